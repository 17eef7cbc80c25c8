import { describe, expect, test } from "vitest";
import type { OrderSource } from "../../../src/connectors/contract.ts";
import type { IncomingOrder } from "../../../src/domain/incoming.ts";
import { currencyOf, minorUnits } from "../../../src/domain/money.ts";
import { orderShape } from "../../../src/domain/order.ts";
import type { Order } from "../../../src/domain/order.ts";
import { expectBrokenRowsKept, type CartScene } from "./cart-scene.ts";
import { at, drain, missing, put } from "./stage.ts";

/** The laws for a cart that is asked for what is new, and for single orders. */
export function lawsOfOrders(orders: OrderSource, refunds: boolean, setUp: CartScene): void {
  const scene = () => {
    const { clock, vendor, wire } = setUp();
    const since = clock.now() - 60_000;
    const pull = (cursor: string | null, limit = 7) =>
      orders.pull(wire.call, { cursor, limit, since, statuses: [] });
    return { clock, vendor, wire, pull };
  };

  describe("pulling orders", () => {
    test("a first pull and a replay from every cursor lose nothing, though all share one instant", async () => {
      const { vendor, clock, pull } = scene();
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
      const { vendor, clock, pull } = scene();
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
      await expectBrokenRowsKept(scene());
    });

    test("a null or missing number is absent or skips its row; it is never zero", async () => {
      for (const nothing of [null, undefined, ""]) {
        const { vendor } = scene();
        for (const { wire: path, ours } of vendor.numbers) {
          const one = scene();
          one.vendor.sell(1);
          const whole = await one.pull(null);
          one.wire.tamper((payload) => {
            for (const row of one.vendor.rowsIn(payload) ?? []) put(row, path, nothing);
            return payload;
          });
          const page = await one.pull(null);
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
      const { vendor, pull } = scene();
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

  test.runIf(refunds)("pieces that were refunded are not sent, and the pull notices", async () => {
    const { vendor, clock, wire, pull } = scene();
    const [id = ""] = vendor.sell(1);
    const piecesIn = (item: IncomingOrder | undefined) =>
      item?.order.lines.reduce((sum, line) => sum + line.quantity, 0) ?? 0;
    const first = await drain(pull);
    const before = piecesIn(first.pages[0]?.items[0]);
    expect(before).toBeGreaterThan(1);
    clock.pass(300_000);
    vendor.refundOne?.(id);
    const then = await drain(pull, first.cursors.at(-1));
    const [item] = then.pages.flatMap((page) => page.items);
    expect(piecesIn(item)).toBe(before - 1);
    expect(await orders.get(wire.call, id)).toEqual(item);
  });

  test("one order fetched is the order that was pulled; one that never was is null", async () => {
    const { vendor, wire, pull } = scene();
    const [id = ""] = vendor.sell(1);
    const [pulled] = (await pull(null)).items;
    expect(await orders.get(wire.call, id)).toEqual(pulled);
    expect(await orders.get(wire.call, vendor.unknownId)).toBeNull();
  });
}

/** Every amount that is somewhere in an order. */
const amountsOf = ({ lines, ...order }: Order): unknown[] =>
  [order, ...lines].flatMap((one) =>
    Object.entries(one).flatMap(([name, value]) =>
      /price|discount|amount|tax$|surcharge|value|total|handling|balance/.test(name) ? [value] : [],
    ),
  );
