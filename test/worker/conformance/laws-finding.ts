import { describe, expect, test } from "vitest";
import type { OrderSource } from "../../../src/connectors/contract.ts";
import { expectBrokenRowsKept, type CartScene } from "./cart-scene.ts";
import { drain, missing } from "./stage.ts";

/** The laws for finding single orders by number, and all of a span of time. */
export function lawsOfFinding(orders: OrderSource, setUp: CartScene): void {
  describe("finding by number", () => {
    test("an order is found by the number that people know, once, as fetching it shows it", async () => {
      const { vendor, wire } = setUp();
      for (const id of vendor.sell(3)) {
        const order = await orders.get(wire.call, id);
        if (!order || !("order" in order)) throw new Error(`no order ${id}`);
        expect(await orders.findByNumber(wire.call, order.order.number)).toEqual([order]);
      }
    });

    test("all orders that share a number are found, and none whose number only contains it", async () => {
      const { vendor, wire } = setUp();
      const found = async (number: string) =>
        (await orders.findByNumber(wire.call, number)).map((one) => one.source_id).toSorted();
      const both = vendor.sell(2, { number: "SO-7" });
      const longer = vendor.sell(1, { number: "SO-77" });
      expect(await found("SO-7")).toEqual(both.toSorted());
      expect(await found("SO-77")).toEqual(longer);
      expect(await found("SO-")).toEqual([]);
    });

    test("a number that nobody has finds nothing", async () => {
      const { vendor, wire } = setUp();
      vendor.sell(1);
      for (const number of [vendor.unknownId, "no such number", "#/?&é"]) {
        expect(await orders.findByNumber(wire.call, number)).toEqual([]);
      }
    });
  });

  describe("orders of a span", () => {
    const stage = () => {
      const scene = setUp();
      const span = { from: scene.clock.now() - 60_000, to: scene.clock.now() + 60_000 };
      const pull = (cursor: string | null, limit = 7) =>
        orders.between(scene.wire.call, { cursor, limit, ...span });
      return { ...scene, pull, span };
    };
    const idsOf = (pages: readonly { items: readonly { source_id: string }[] }[]): string[] =>
      pages.flatMap((page) => page.items.map((item) => item.source_id));

    test("every order placed in it is met, and by a replay from every cursor, though many share one instant", async () => {
      const { vendor, clock, pull } = stage();
      const sold = vendor.sell(10);
      clock.pass(1_000);
      sold.push(...vendor.sell(30));
      clock.pass(1_000);
      sold.push(...vendor.sell(10));
      clock.pass(600_000);
      const { pages, cursors } = await drain(pull);
      expect(missing(sold, idsOf(pages))).toEqual([]);
      for (const [position, cursor] of cursors.entries()) {
        const again = await drain(pull, cursor);
        expect(missing(sold, [...idsOf(pages.slice(0, position)), ...idsOf(again.pages)])).toEqual(
          [],
        );
      }
    });

    test("neither an order that is thrown away meanwhile nor one that changes makes another be lost", async () => {
      const { vendor, clock, pull } = stage();
      const sold = vendor.sell(20);
      clock.pass(1_000);
      sold.push(...vendor.sell(20));
      const gone: string[] = [];
      const { pages } = await drain(pull, null, (page) => {
        const [one = "", other = ""] = [sold[page * 3], sold[page * 3 + 1]];
        vendor.throwAway(one);
        gone.push(one);
        vendor.touch(other);
        clock.pass(400);
      });
      expect(gone.length).toBeGreaterThan(3);
      const stay = sold.filter((id) => !gone.includes(id));
      expect(missing(stay, idsOf(pages))).toEqual([]);
    });

    test("what was placed before or after it is no part of it, and its bounds are", async () => {
      const { vendor, wire, clock } = setUp();
      const start = clock.now();
      vendor.sell(1);
      clock.pass(10_000);
      const first = vendor.sell(1);
      clock.pass(10_000);
      const last = vendor.sell(1);
      clock.pass(10_000);
      vendor.sell(1);
      const span = { from: start + 10_000, to: start + 20_000 };
      const { pages } = await drain((cursor) =>
        orders.between(wire.call, { cursor, limit: 7, ...span }),
      );
      expect(idsOf(pages).toSorted()).toEqual([...first, ...last].toSorted());
    });

    test("an order is in it whatever its status, as fetching it shows it", async () => {
      const { vendor, wire, pull } = stage();
      const [open = "", done = ""] = vendor.sell(2);
      vendor.finish(done);
      const { pages } = await drain(pull);
      const items = pages.flatMap((page) => page.items);
      for (const id of [open, done]) {
        expect(items).toContainEqual(await orders.get(wire.call, id));
      }
    });

    test("every row that the vendor sent is in items or in skipped, however broken", async () => {
      await expectBrokenRowsKept(stage());
    });
  });
}
