import { describe, expect, test } from "vitest";
import type { Call, Page, PullRequest, WmsConnector } from "../../../src/connectors/contract.ts";
import type { WmsFixture } from "./fixtures.ts";
import { lawsOfAll } from "./laws-all.ts";
import { wmsOrder } from "./samples.ts";
import { at, connect, drain, failureOf, missing, put, testClock } from "./stage.ts";

type FeedName = "shipments" | "stock" | "products";
interface Feed {
  pull(
    call: Call,
    request: PullRequest,
  ): Promise<Page<unknown> & { cancelled?: readonly unknown[] }>;
}

function setUpWms(connector: WmsConnector, fixture: WmsFixture) {
  const clock = testClock();
  const vendor = fixture.start(clock);
  const wire = connect(connector, vendor, clock);
  const submit = (reference: string, key: string) =>
    connector.orders.submit(wire.call, wmsOrder(reference), key);
  return { clock, vendor, wire, submit };
}

/** Every law of section "Laws" for a WMS, against its fake vendor. */
export function lawsOfWms(connector: WmsConnector, fixture: WmsFixture): void {
  const setUp = () => setUpWms(connector, fixture);
  const { shipments, stock, products } = connector;
  const cancel = connector.cancel !== undefined;
  const feeds: Record<FeedName, Feed | undefined> = { shipments, stock, products };
  const names = (Object.keys(feeds) as FeedName[]).filter((name) => feeds[name] !== undefined);

  lawsOfAll(connector, async () => {
    const { vendor, clock, wire, submit } = setUp();
    await submit("known", "key-known");
    return {
      vendor,
      clock,
      wire,
      verbs: {
        submit: () => submit("missing", "key-missing"),
        find: () => connector.orders.find(wire.call, "missing"),
        ...Object.fromEntries(
          names.map((name) => [
            name,
            () => feeds[name]!.pull(wire.call, { cursor: null, limit: 50 }),
          ]),
        ),
        ...(connector.shipMethods
          ? { ship_methods: async () => connector.shipMethods?.list(wire.call) }
          : {}),
        ...(connector.cancel
          ? { cancel: async () => connector.cancel?.(wire.call, "missing") }
          : {}),
      },
    };
  });

  describe("sending orders", () => {
    test("one key twice makes one order, and the answer is the same", async () => {
      const { vendor, submit } = setUp();
      const first = await submit("A1", "key-1");
      expect(first).toMatchObject({ kind: "accepted" });
      expect(await submit("A1", "key-1")).toEqual(first);
      expect(vendor.ordersOf("A1")).toBe(1);
    });

    test("a reference that is there already is a duplicate, and find says which it is", async () => {
      const { vendor, wire, submit } = setUp();
      const first = await submit("A1", "key-1");
      expect(await submit("A1", "key-2")).toEqual({ kind: "duplicate" });
      expect(vendor.ordersOf("A1")).toBe(1);
      const found = await connector.orders.find(wire.call, "A1");
      if (first.kind !== "accepted") throw new Error(first.kind);
      expect(found).toEqual({ wms_order_id: first.wms_order_id, status: "open" });
    });

    test("an order whose answer was lost is unknown to us and found there", async () => {
      const { vendor, wire, submit } = setUp();
      expect(await connector.orders.find(wire.call, "A1")).toBeNull();
      vendor.loseNextAnswer();
      const failure = await failureOf(() => submit("A1", "key-1"));
      expect(["unavailable", "timed_out"]).toContain(failure?.kind);
      expect(await connector.orders.find(wire.call, "A1")).toMatchObject({ status: "open" });
      expect(await submit("A1", "key-1")).toMatchObject({ kind: "accepted" });
      expect(vendor.ordersOf("A1")).toBe(1);
    });

    test("a web page with 404 is no proof that the order is not there", async () => {
      const { wire } = setUp();
      wire.suffer("page");
      const failure = await failureOf(() => connector.orders.find(wire.call, "missing"));
      expect(failure?.kind).toBe("bad_response");
    });

    test("money arrives as integer minor units beside its currency", async () => {
      const { vendor, submit } = setUp();
      await submit("A1", "key-1");
      const { order } = wmsOrder("A1");
      expect(vendor.moneyOf("A1")).toEqual({ units: order.grand_total, currency: order.currency });
    });

    test("a refusal is a value with the vendor's words, and without our secrets", async () => {
      const { vendor, submit } = setUp();
      vendor.refuseNext(`no ${Object.values(vendor.secrets).join(" ")} today`);
      const outcome = await submit("A1", "key-1");
      expect(outcome).toMatchObject({ kind: "refused" });
      if (outcome.kind !== "refused") return;
      expect(outcome.message).toContain("today");
      const sent = Object.entries(vendor.secrets).filter(([name]) => name !== "webhook_secret");
      for (const [, value] of sent) expect(outcome.message).not.toContain(value);
      expect(vendor.ordersOf("A1")).toBe(0);
    });

    test.runIf(cancel)(
      "cancelling stops what is open and is too late for what has left",
      async () => {
        const { vendor, wire, submit } = setUp();
        await submit("A1", "key-1");
        await submit("A2", "key-2");
        vendor.ship("A2");
        expect(await connector.cancel?.(wire.call, "A1")).toEqual({ kind: "cancelled" });
        expect(await connector.cancel?.(wire.call, "A1")).toEqual({ kind: "cancelled" });
        expect(await connector.orders.find(wire.call, "A1")).toMatchObject({ status: "cancelled" });
        expect(await connector.cancel?.(wire.call, "A2")).toMatchObject({ kind: "too_late" });
      },
    );
  });

  test.runIf(fixture.offers.includes("wms.calls_off"))(
    "an order that the WMS calls off is told as such and as no shipment, and a replay tells it again",
    async () => {
      const { vendor, wire, submit } = setUp();
      for (const reference of ["A1", "A2", "A3"]) await submit(reference, `key-${reference}`);
      vendor.callOff?.("A1", "No stock left");
      vendor.ship("A2");
      vendor.callOff?.("A3", null);
      const pull = (cursor: string | null) => shipments.pull(wire.call, { cursor, limit: 1 });
      const { pages, cursors } = await drain(pull);
      const off = [
        { reference: "A1", reason: "No stock left" },
        { reference: "A3", reason: null },
      ];
      expect(pages.flatMap((page) => page.cancelled)).toEqual(off);
      expect(pages.flatMap((page) => page.items.map((item) => item.reference))).toEqual(["A2"]);
      for (const [position, cursor] of cursors.entries()) {
        const before = pages.slice(0, position).flatMap((page) => page.cancelled);
        const again = (await drain(pull, cursor)).pages.flatMap((page) => page.cancelled);
        for (const one of off) expect([...before, ...again]).toContainEqual(one);
      }
      expect(await connector.orders.find(wire.call, "A1")).toMatchObject({ status: "cancelled" });
      expect((await connector.cancel?.(wire.call, "A1"))?.kind ?? "cancelled").toBe("cancelled");
    },
  );

  test("a shipment names our reference and our lines, and corrected it keeps its id", async () => {
    const { vendor, wire, submit, clock } = setUp();
    await submit("A1", "key-1");
    const id = vendor.ship("A1");
    const first = await drain((cursor) => shipments.pull(wire.call, { cursor, limit: 5 }));
    const [shipment] = first.pages.flatMap((page) => page.items);
    expect(shipment).toMatchObject({ wms_shipment_id: id, reference: "A1", status: "shipped" });
    expect(shipment?.shipped_at).toBe(clock.now());
    expect(shipment?.lines?.map((line) => [line.line_id, line.quantity])).toEqual([
      ["5", 3],
      ["6", 1],
    ]);
    vendor.correct(id);
    const next = await drain(
      (cursor) => shipments.pull(wire.call, { cursor, limit: 5 }),
      first.cursors.at(-1),
    );
    expect(next.pages.flatMap((page) => page.items)).toMatchObject([
      { wms_shipment_id: id, reference: "A1", tracking_number: "CORRECTED" },
    ]);
  });

  if (connector.shipMethods) {
    const list = connector.shipMethods.list.bind(connector.shipMethods);

    test("its ship methods have a code each, and a broken row is skipped and counted", async () => {
      const { wire } = setUp();
      const whole = await list(wire.call);
      expect(whole?.items.length).toBeGreaterThan(1);
      for (const { code } of whole?.items ?? []) expect(code.trim()).not.toBe("");
      wire.tamper((payload) => {
        const rows = Object.values(payload as object).find(Array.isArray) as unknown[];
        rows[0] = {};
        return payload;
      });
      const broken = await list(wire.call);
      expect(broken?.items).toHaveLength((whole?.items.length ?? 0) - 1);
      expect(broken?.skipped).toHaveLength(1);
    });
  }

  describe.each(names)("the feed of %s", (name) => {
    const pullFrom = (scene: ReturnType<typeof setUp>) => (cursor: string | null) =>
      feeds[name]!.pull(scene.wire.call, { cursor, limit: 7 });

    test("a replay from any cursor loses nothing, equal timestamps included", async () => {
      const scene = setUp();
      const { make, idOf } = scene.vendor.feeds[name];
      const made = make(20);
      const pull = pullFrom(scene);
      const { pages, cursors } = await drain(pull, null, (page) => {
        if (page <= 2) made.push(...make(3));
      });
      const ids = pages.map((page) => page.items.map(idOf));
      expect(missing(made, ids.flat())).toEqual([]);
      for (const [position, cursor] of cursors.entries()) {
        const again = await drain(pull, cursor);
        const seen = again.pages.flatMap((page) => page.items.map(idOf));
        expect(missing(made, [...ids.slice(0, position).flat(), ...seen])).toEqual([]);
      }
      const late = make(1);
      const rest = await drain(pull, cursors.at(-1));
      expect(
        missing(
          late,
          rest.pages.flatMap((page) => page.items.map(idOf)),
        ),
      ).toEqual([]);
    });

    test("every row is in items or in skipped, however broken", async () => {
      const scene = setUp();
      const { make, rowsIn } = scene.vendor.feeds[name];
      make(30);
      let sent = 0;
      let spoilt = -1;
      scene.wire.tamper((payload) => {
        const rows = rowsIn(payload) ?? [];
        sent += rows.length;
        const broken = [null, 7, "row", [], {}];
        rows.forEach((_, position) => {
          if (position % 3 === 1) rows[position] = broken[(spoilt += 1) % broken.length];
        });
        return payload;
      });
      const { pages } = await drain(pullFrom(scene));
      const counted = pages.reduce(
        (sum, page) =>
          sum + page.items.length + page.skipped.length + (page.cancelled?.length ?? 0),
        0,
      );
      expect(sent).toBeGreaterThan(0);
      expect(counted).toBe(sent);
      expect(pages.some((page) => page.skipped.length > 0)).toBe(true);
    });

    test("a null or missing number is absent or skips its row; it is never zero", async () => {
      for (const nothing of [null, undefined]) {
        for (const { wire: path, ours } of setUp().vendor.feeds[name].numbers) {
          const scene = setUp();
          const { make, rowsIn } = scene.vendor.feeds[name];
          make(1);
          const pull = pullFrom(scene);
          const whole = (await drain(pull)).pages.flatMap((page) => page.items);
          expect(typeof at(whole.at(-1), ours)).toBe("number");
          scene.wire.tamper((payload) => {
            for (const row of rowsIn(payload) ?? []) put(row, path, nothing);
            return payload;
          });
          const { pages } = await drain(pull);
          const items = pages.flatMap((page) => page.items);
          const skipped = pages.flatMap((page) => page.skipped);
          expect(items.length + skipped.length).toBe(whole.length);
          for (const item of items) expect(at(item, ours) ?? "absent").toBe("absent");
        }
      }
    });
  });
}
