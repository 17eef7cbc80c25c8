import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createShop, orders, refundOf, richOrder, type Shop, START } from "./shop.ts";

describe("finding by number", () => {
  const find = async (shop: Shop, number: string): Promise<string[]> =>
    (await orders.findByNumber(shop.call(), number)).map((one) => one.source_id);

  test("answers an order whose number is its id once", async () => {
    const shop = createShop();
    const order = shop.add();
    shop.add();
    expect(await find(shop, String(order.id))).toEqual([String(order.id)]);
    expect(await find(shop, ` ${order.id} `)).toEqual([String(order.id)]);
  });

  test("answers an order whose number is not its id, and not the one whose id it is", async () => {
    const shop = createShop();
    const other = shop.add({ number: "S-1" });
    const order = shop.add({ number: String(other.id) });
    expect(await find(shop, String(other.id))).toEqual([String(order.id)]);
    expect(await find(shop, "S-1")).toEqual([String(other.id)]);
  });

  test("answers all that share a number, and none that only contains it", async () => {
    const shop = createShop();
    const both = [shop.add({ number: "W-7" }), shop.add({ number: "W-7" })];
    shop.add({ number: "W-77" });
    expect((await find(shop, "W-7")).toSorted()).toEqual(both.map(({ id }) => String(id)));
  });

  test("finds trashed orders by their id", async () => {
    const shop = createShop();
    const order = shop.add({ status: "trash" });
    expect(await find(shop, String(order.id))).toEqual([String(order.id)]);
  });

  test("finds what it cannot read, and says so", async () => {
    const shop = createShop();
    const order = shop.add();
    shop.state.instead = (_, path) => {
      const row = { ...richOrder(), id: order.id, number: String(order.id), line_items: [] };
      return Response.json(path === "/orders" ? [row] : row);
    };
    expect(await orders.findByNumber(shop.call(), String(order.id))).toMatchObject([
      { source_id: String(order.id), reason: "no_lines" },
    ]);
  });

  test("reads what it finds as a pull does, refunds included", async () => {
    const shop = createShop();
    const order = shop.add({ number: "W-7", refunds: [refundOf({ "5": 1 })] });
    const found = await orders.findByNumber(shop.call(), "W-7");
    expect(found).toEqual([await orders.get(shop.call(), String(order.id))]);
  });

  test("asks for what a person may type, and nothing for nothing", async () => {
    const shop = createShop();
    expect(await find(shop, "#W 7/&é")).toEqual([]);
    expect(shop.state.asked.map(({ query }) => query.get("search"))).toEqual(["#W 7/&é"]);
    expect(await find(shop, "  ")).toEqual([]);
    expect(await find(shop, "404")).toEqual([]);
  });
});

describe("orders of a span", () => {
  const between = (shop: Shop, cursor: string | null, from: number, to: number, limit = 100) =>
    orders.between(shop.call(), { cursor, from, to, limit });
  const drain = async (
    shop: Shop,
    cursor: string | null,
    [from, to, limit]: readonly [number, number, number],
    meanwhile: () => void = () => {},
  ) => {
    const seen: string[] = [];
    const cursors = [cursor];
    for (let pages = 0; pages < 500; pages += 1) {
      const page = await between(shop, cursor, from, to, limit);
      seen.push(...page.items.map((item) => item.source_id));
      cursor = page.next;
      cursors.push(cursor);
      if (page.drained) return { seen, cursors };
      meanwhile();
    }
    throw new Error("the span never ends");
  };

  test("asks a second wider on both sides, for every status", async () => {
    const shop = createShop();
    await between(shop, null, START - 60_000, START, 50);
    expect(Object.fromEntries(shop.state.asked[0]?.query ?? [])).toEqual({
      after: "2026-11-21T20:58:59",
      before: "2026-11-21T21:00:01",
      dates_are_gmt: "true",
      orderby: "date",
      order: "asc",
      per_page: "50",
      page: "1",
      status: "any",
    });
  });

  test("holds its first and its last second, and nothing beside them", async () => {
    const shop = createShop();
    const [from, to] = [START - 90_000, START - 30_000];
    shop.add({ created: from - 1000 });
    const inside = [from, from + 1000, to].map((created) => String(shop.add({ created }).id));
    shop.add({ created: to + 1000 });
    shop.state.now += 600_000;
    expect((await drain(shop, null, [from, to, 100])).seen).toEqual(inside);
  });

  test("goes by when an order was placed, not by when it changed", async () => {
    const shop = createShop();
    const order = shop.add({ created: START - 90_000, modified: START, status: "cancelled" });
    const { seen } = await drain(shop, null, [START - 100_000, START - 80_000, 10]);
    expect(seen).toEqual([String(order.id)]);
  });

  test("a shop that takes its bounds for inclusive adds nothing", async () => {
    const shop = createShop();
    shop.state.instead = () =>
      Response.json([{ ...richOrder(), date_created_gmt: "2026-11-21T20:59:59" }]);
    const page = await between(shop, null, START, START + 60_000);
    expect(page).toMatchObject({ items: [], skipped: [], drained: true });
  });

  test("a cursor of another span starts over", async () => {
    const shop = createShop();
    for (let n = 0; n < 9; n += 1) shop.add({ created: START - 600_000 + n * 1000 });
    const page = await between(shop, null, START - 900_000, START, 2);
    const other = await drain(shop, page.next, [START - 900_000, START - 300_000, 2]);
    expect(new Set(other.seen).size).toBe(9);
    expect(new Set((await drain(shop, "{broken", [START - 900_000, START, 2])).seen).size).toBe(9);
  });

  test("a bad row is skipped with its reason, and the others load", async () => {
    const shop = createShop();
    shop.state.instead = () =>
      Response.json([richOrder(), { ...richOrder(), id: 14, line_items: [] }, "junk"]);
    const placed = Date.parse(`${String(richOrder()["date_created_gmt"])}Z`);
    const page = await between(shop, null, placed, placed);
    expect(page.items).toHaveLength(1);
    expect(page.skipped.map((row) => row.reason)).toEqual(["no_lines", "bad_response"]);
  });

  for (const [name, options] of [
    ["a usual shop", {}],
    ["a shop that does not count its pages", { saysPages: false }],
  ] as const) {
    test(`${name}: whatever is trashed or placed meanwhile, no other order is lost, nor by a replay`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 5 }),
          fc.array(fc.integer({ min: -600, max: 0 }), { minLength: 1, maxLength: 25 }),
          fc.integer({ min: 1, max: 600 }),
          fc.array(fc.nat({ max: 30 }), { maxLength: 8 }),
          async (limit, seconds, spread, trashed) => {
            const shop = createShop(options);
            // A small spread puts many orders into one second.
            for (const n of seconds) {
              shop.add({ created: START + Math.ceil(n / spread) * 1000, modified: START });
            }
            const span = [START - 700_000, START, limit] as const;
            const trash = [...trashed];
            const meanwhile = () => {
              const which = trash.pop();
              const order = which === undefined ? undefined : shop.state.orders[which];
              if (order) order.status = "trash";
              shop.state.now += 1000;
              if (which !== undefined) shop.add();
            };
            const { seen, cursors } = await drain(shop, null, span, meanwhile);
            const wanted = shop.state.orders
              .filter(({ status, created }) => status !== "trash" && created <= START)
              .map(({ id }) => String(id));
            expect(wanted.filter((id) => !seen.includes(id))).toEqual([]);
            const cursor = cursors[Math.floor(cursors.length / 2)] ?? null;
            const once = new Set((await drain(shop, cursor, span)).seen);
            const twice = new Set((await drain(shop, cursor, span)).seen);
            expect(twice).toEqual(once);
          },
        ),
        { numRuns: 100 },
      );
    });
  }
});
