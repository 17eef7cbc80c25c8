import { describe, expect, test } from "vitest";
import type { CartConnector, ShipmentNotice } from "../../../src/connectors/contract.ts";
import { currencyOf, minorUnits } from "../../../src/domain/money.ts";
import { orderShape } from "../../../src/domain/order.ts";
import type { Order } from "../../../src/domain/order.ts";
import type { CartFixture } from "./fixtures.ts";
import { lawsOfAll } from "./laws-all.ts";
import { at, connect, drain, failureOf, missing, put, testClock } from "./stage.ts";

function setUpCart(connector: CartConnector, fixture: CartFixture) {
  const clock = testClock();
  const vendor = fixture.start(clock);
  const wire = connect(connector, vendor, clock);
  const since = clock.now() - 60_000;
  const pull = (cursor: string | null, limit = 7) =>
    connector.orders.pull(wire.call, { cursor, limit, since, statuses: [] });
  const noticeFor = async (sourceId: string, n = 1): Promise<ShipmentNotice> => {
    const order = await connector.orders.get(wire.call, sourceId);
    if (!order || !("order" in order)) throw new Error(`no order ${sourceId}`);
    return {
      source_id: sourceId,
      number: order.order.number,
      shipment_id: `shp_conformance_${sourceId}_${n}`,
      tracking_number: `1Z${sourceId}N${n}`,
      tracking_url: `https://tracking.example.com/${n}`,
      carrier: "UPS",
      service: "Ground",
      shipped_at: clock.now(),
      lines: order.order.lines.map(({ line_id, sku }) => ({ line_id, sku, quantity: 1 })),
      completes_order: false,
      mail_customer: true,
    };
  };
  return { clock, vendor, wire, pull, noticeFor };
}

/** Every law of section "Laws" for a cart, against its fake vendor. */
export function lawsOfCart(connector: CartConnector, fixture: CartFixture): void {
  const setUp = () => setUpCart(connector, fixture);

  lawsOfAll(connector, async () => {
    const { vendor, clock, wire, pull, noticeFor } = setUp();
    const [id = ""] = vendor.sell(1);
    const notice = await noticeFor(id);
    const cart = connector.shipments;
    return {
      vendor,
      clock,
      wire,
      verbs: {
        pull: () => pull(null),
        get: () => connector.orders.get(wire.call, id),
        find: () => connector.shipments.find(wire.call, notice),
        confirm: () => connector.shipments.confirm(wire.call, notice, null),
        ...(cart.withdraw ? { withdraw: async () => cart.withdraw?.(wire.call, notice, "1") } : {}),
      },
    };
  });

  describe("pulling orders", () => {
    test("a first pull and a replay from every cursor lose nothing, though all share one instant", async () => {
      const { vendor, clock, pull } = setUp();
      const sold = vendor.sell(40);
      clock.pass(1_000);
      sold.push(...vendor.sell(15));
      const { pages, cursors } = await drain(pull);
      const ids = pages.map((page) => page.items.map((item) => item.source_id));
      expect(missing(sold, ids.flat())).toEqual([]);
      for (const [position, cursor] of cursors.entries()) {
        const again = await drain(pull, cursor);
        const seen = again.pages.flatMap((page) => page.items.map((item) => item.source_id));
        const before = ids.slice(0, position).flat();
        expect(missing(sold, [...before, ...seen])).toEqual([]);
      }
    });

    test("what is sold or changed between two pages is met, equal timestamps included", async () => {
      const { vendor, clock, pull } = setUp();
      const sold = vendor.sell(30);
      const { pages, cursors } = await drain(pull, null, (page) => {
        if (page > 6) return;
        sold.push(...vendor.sell(2));
        vendor.touch(sold[page] ?? "");
        if (page % 2 === 0) clock.pass(400);
      });
      const later = vendor.sell(3);
      const rest = await drain(pull, cursors.at(-1) ?? null);
      clock.pass(2_000);
      const touched = sold[0] ?? "";
      vendor.touch(touched);
      const last = await drain(pull, rest.cursors.at(-1) ?? null);
      const idsOf = (all: typeof pages) =>
        all.flatMap((page) => page.items.map((item) => item.source_id));
      expect(missing([...sold, ...later], idsOf([...pages, ...rest.pages]))).toEqual([]);
      expect(idsOf(last.pages)).toContain(touched);
    });

    test("every row that the vendor sent is in items or in skipped, however broken", async () => {
      const { vendor, wire, pull } = setUp();
      vendor.sell(12);
      let sent = 0;
      let spoilt = -1;
      wire.tamper((payload) => {
        const rows = vendor.rowsIn(payload);
        if (rows === null) return payload;
        sent += rows.length;
        const broken = [null, 7, "row", [], {}];
        return rows.map((row, position) =>
          position % 3 === 1 ? broken[(spoilt += 1) % broken.length] : row,
        );
      });
      const { pages } = await drain((cursor) => pull(cursor, 20));
      const counted = pages.reduce((sum, page) => sum + page.items.length + page.skipped.length, 0);
      expect(sent).toBeGreaterThan(0);
      expect(counted).toBe(sent);
      expect(pages.some((page) => page.skipped.length > 0)).toBe(true);
      for (const row of pages.flatMap((page) => page.skipped)) expect(row.message).not.toBe("");
    });

    test("a null or missing number is absent or skips its row; it is never zero", async () => {
      for (const nothing of [null, undefined, ""]) {
        const { vendor } = setUp();
        for (const { wire: path, ours } of vendor.numbers) {
          const scene = setUp();
          scene.vendor.sell(1);
          const whole = await scene.pull(null);
          scene.wire.tamper((payload) => {
            for (const row of scene.vendor.rowsIn(payload) ?? []) put(row, path, nothing);
            return payload;
          });
          const page = await scene.pull(null);
          expect(typeof at(whole.items[0], ours)).toBe("number");
          expect(page.items.length + page.skipped.length).toBe(1);
          expect(page.items.map((item) => at(item, ours) ?? "absent")).toEqual(
            page.items.map(() => "absent"),
          );
        }
      }
    });

    test.each([
      ["USD", "43.97"],
      ["JPY", "4397"],
      ["KWD", "43.975"],
    ])("money in %s is integer minor units beside its currency", async (code, total) => {
      const { vendor, pull } = setUp();
      vendor.sell(1, { currency: code, total });
      const [item] = (await pull(null)).items;
      const order = orderShape.parse(item?.order);
      const currency = currencyOf(code);
      expect(order.currency).toEqual(currency);
      expect(order.grand_total).toBe(minorUnits(total, currency?.exponent ?? -1));
      expect(amountsOf(order).every(Number.isSafeInteger)).toBe(true);
      expect(amountsOf(order).length).toBeGreaterThan(2);
    });
  });

  test("one order fetched is the order that was pulled; one that never was is null", async () => {
    const { vendor, wire, pull } = setUp();
    const [id = ""] = vendor.sell(1);
    const [pulled] = (await pull(null)).items;
    expect(await connector.orders.get(wire.call, id)).toEqual(pulled);
    expect(await connector.orders.get(wire.call, vendor.unknownId)).toBeNull();
  });

  describe("confirming shipments", () => {
    test("find knows a shipment after it was confirmed, and confirming it again makes no second", async () => {
      const { vendor, wire, noticeFor } = setUp();
      const [id = ""] = vendor.sell(1);
      const notice = await noticeFor(id);
      const cart = connector.shipments;
      expect(await cart.find(wire.call, notice)).toBeNull();
      const first = await cart.confirm(wire.call, notice, null);
      if (first.kind !== "confirmed") throw new Error(first.message);
      const known = await cart.find(wire.call, notice);
      if (first.cart_shipment_id !== null) expect(known).toBe(first.cart_shipment_id);
      expect(await cart.confirm(wire.call, notice, known)).toEqual(first);
      const corrected = { ...notice, tracking_number: "CORRECTED" };
      expect(await cart.confirm(wire.call, corrected, known)).toMatchObject({ kind: "confirmed" });
      expect(vendor.shipmentsOf(id)).toEqual([{ tracking_number: "CORRECTED" }]);
    });

    test("a confirmation whose answer was lost is found, not made twice", async () => {
      const { vendor, wire, noticeFor } = setUp();
      const [id = ""] = vendor.sell(1);
      const notice = await noticeFor(id);
      const cart = connector.shipments;
      vendor.loseNextAnswer();
      const failure = await failureOf(() => cart.confirm(wire.call, notice, null));
      expect(["unavailable", "timed_out"]).toContain(failure?.kind);
      const known = await cart.find(wire.call, notice);
      expect(known).not.toBeNull();
      await cart.confirm(wire.call, notice, known);
      expect(vendor.shipmentsOf(id)).toHaveLength(1);
    });

    test("two shipments of one order are two, and each is found by itself", async () => {
      const { vendor, wire, noticeFor } = setUp();
      const [id = ""] = vendor.sell(1);
      const notices = [await noticeFor(id, 1), await noticeFor(id, 2)];
      const found: (string | null)[] = [];
      for (const notice of notices) {
        expect(await connector.shipments.find(wire.call, notice)).toBeNull();
        await connector.shipments.confirm(wire.call, notice, null);
      }
      for (const notice of notices) found.push(await connector.shipments.find(wire.call, notice));
      expect(vendor.shipmentsOf(id)).toHaveLength(2);
      expect(new Set(found).size).toBe(2);
      expect(found).not.toContain(null);
    });

    test("a shop's no is a value", async () => {
      const { vendor, wire, noticeFor } = setUp();
      const [id = ""] = vendor.sell(1);
      const notice = { ...(await noticeFor(id)), source_id: vendor.unknownId };
      const outcome = await connector.shipments.confirm(wire.call, notice, null);
      expect(outcome).toMatchObject({ kind: "refused" });
    });

    test("what is withdrawn is gone", async () => {
      const { vendor, wire, noticeFor } = setUp();
      const cart = connector.shipments;
      if (!cart.withdraw) return;
      const [id = ""] = vendor.sell(1);
      const notice = await noticeFor(id);
      const made = await cart.confirm(wire.call, notice, null);
      if (made.kind !== "confirmed") throw new Error(made.message);
      const outcome = await cart.withdraw(wire.call, notice, made.cart_shipment_id ?? "");
      expect(outcome).toEqual({ kind: "withdrawn" });
      expect(vendor.shipmentsOf(id)).toEqual([]);
      expect(await cart.find(wire.call, notice)).toBeNull();
    });
  });
}

/** Every amount that is somewhere in an order. */
const amountsOf = ({ lines, ...order }: Order): unknown[] =>
  [order, ...lines].flatMap((one) =>
    Object.entries(one).flatMap(([name, value]) =>
      /price|discount|amount|tax$|surcharge|value|total|handling|balance/.test(name) ? [value] : [],
    ),
  );
