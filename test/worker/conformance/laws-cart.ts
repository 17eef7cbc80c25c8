import { describe, expect, test } from "vitest";
import type { CartConnector } from "../../../src/connectors/contract.ts";
import { type CartScene, setUpCart } from "./cart-scene.ts";
import type { CartFixture } from "./fixtures.ts";
import { lawsOfAll } from "./laws-all.ts";
import { lawsOfFinding } from "./laws-finding.ts";
import { lawsOfOrders } from "./laws-orders.ts";
import { lawsOfShipments } from "./laws-shipments.ts";
import { lawsOfStock } from "./laws-stock.ts";
import { failureOf } from "./stage.ts";

/** Every law of section "Laws" for a cart, against its fake vendor; those of what it offers. */
export function lawsOfCart(connector: CartConnector, fixture: CartFixture): void {
  const setUp: CartScene = () => setUpCart(connector, fixture);
  const { orders, shipments, cancel, stock } = connector;

  lawsOfAll(connector, async () => {
    const { vendor, clock, wire, noticeFor } = setUp();
    const [id = ""] = vendor.sell(1);
    const notice = await noticeFor(id);
    const now = clock.now();
    const page = { cursor: null, limit: 7 };
    const levels = vendor.shelf?.stock(2).map((sku) => ({ sku, quantity: 3 })) ?? [];
    const verbs: Record<string, (() => Promise<unknown>) | undefined> = {
      pull: orders && (() => orders.pull(wire.call, { ...page, since: now, statuses: [] })),
      get: orders && (() => orders.get(wire.call, id)),
      findByNumber: orders && (() => orders.findByNumber(wire.call, notice.number)),
      between: orders && (() => orders.between(wire.call, { ...page, from: now, to: now })),
      cancel: cancel && (() => cancel(wire.call, id, "Out of stock")),
      find: shipments && (() => shipments.find(wire.call, notice)),
      confirm: shipments && (() => shipments.confirm(wire.call, notice, null)),
      withdraw: shipments?.withdraw && (async () => shipments.withdraw?.(wire.call, notice, "1")),
      setStock: stock && (() => stock.set(wire.call, levels)),
    };
    const offered = Object.entries(verbs).flatMap(([name, verb]) =>
      verb === undefined ? [] : [[name, verb] as const],
    );
    return { vendor, clock, wire, verbs: Object.fromEntries(offered) };
  });

  if (orders) {
    lawsOfOrders(orders, connector.sees.includes("refund"), setUp);
    lawsOfFinding(orders, setUp);
  }
  if (cancel) lawsOfCalledOff(connector, cancel, setUp);
  if (shipments) lawsOfShipments(shipments, setUp);
  if (stock) lawsOfStock(stock, setUp);
}

function lawsOfCalledOff(
  { orders }: CartConnector,
  cancel: NonNullable<CartConnector["cancel"]>,
  setUp: CartScene,
): void {
  describe("calling an order off", () => {
    const reason = "The warehouse has none left";

    test("it is cancelled in the cart, with the reason for the shop's people, and twice is once", async () => {
      const { vendor, wire } = setUp();
      const [id = "", other = ""] = vendor.sell(2);
      for (const time of [1, 2]) {
        expect([time, await cancel(wire.call, id, reason)]).toEqual([time, { kind: "cancelled" }]);
      }
      expect(vendor.notesOf(id).filter((note) => note.includes(reason))).toHaveLength(1);
      expect(vendor.notesOf(other).filter((note) => note.includes(reason))).toEqual([]);
      if (!orders) return;
      expect(await orders.get(wire.call, id)).toMatchObject({ state: "cancelled" });
      expect(await orders.get(wire.call, other)).toMatchObject({ state: "open" });
    });

    test("one whose answer was lost is asked for again, and is cancelled once", async () => {
      const { vendor, wire } = setUp();
      const [id = ""] = vendor.sell(1);
      vendor.loseNextAnswer();
      const failure = await failureOf(() => cancel(wire.call, id, reason));
      expect(["unavailable", "timed_out"]).toContain(failure?.kind);
      expect(await cancel(wire.call, id, reason)).toEqual({ kind: "cancelled" });
      expect(vendor.notesOf(id).filter((note) => note.includes(reason))).toHaveLength(1);
    });

    test("it is too late for an order that the shop is done with, and says why", async () => {
      const { vendor, wire } = setUp();
      const [id = ""] = vendor.sell(1);
      vendor.finish(id);
      const outcome = await cancel(wire.call, id, reason);
      expect(outcome).toMatchObject({ kind: "too_late" });
      if (outcome.kind === "too_late") expect(outcome.message).not.toBe("");
      expect(vendor.notesOf(id).filter((note) => note.includes(reason))).toEqual([]);
    });

    test("what the cart never had, or has thrown away, is called off", async () => {
      const { vendor, wire } = setUp();
      const [id = ""] = vendor.sell(1);
      vendor.throwAway(id);
      expect(await cancel(wire.call, id, reason)).toEqual({ kind: "cancelled" });
      expect(await cancel(wire.call, vendor.unknownId, reason)).toEqual({ kind: "cancelled" });
    });
  });
}
