import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { trashEveryMs } from "../../../../src/connectors/carts/woocommerce/orders.ts";
import type { Page } from "../../../../src/connectors/contract.ts";
import type { IncomingOrder } from "../../../../src/domain/incoming.ts";
import { capturedOrders, createShop, orders, richOrder, type Shop, START } from "./shop.ts";

const pull = (
  shop: Shop,
  cursor: string | null,
  limit = 100,
  statuses: string[] = [],
): Promise<Page<IncomingOrder>> =>
  orders.pull(shop.call(), { cursor, limit, statuses, since: START - 3_600_000 });

/** Pulls until the shop has no more; every row seen, in order. */
const drain = async (
  shop: Shop,
  cursor: string | null,
  limit = 100,
): Promise<{ rows: IncomingOrder[]; cursor: string; pages: number }> => {
  const rows: IncomingOrder[] = [];
  for (let pages = 1; pages < 500; pages += 1) {
    const page = await pull(shop, cursor, limit);
    expect(page.items.length + page.skipped.length).toBeLessThanOrEqual(limit);
    rows.push(...page.items);
    cursor = page.next;
    if (page.drained) return { rows, cursor, pages };
  }
  throw new Error("the pull never drains");
};
const idsOf = (rows: IncomingOrder[]): Set<string> => new Set(rows.map((row) => row.source_id));

describe("pulling", () => {
  test("asks for all statuses, a minute before the start, oldest change first", async () => {
    const shop = createShop();
    await pull(shop, null, 50);
    const query = Object.fromEntries(shop.state.asked[0]?.query ?? []);
    expect(query).toEqual({
      modified_after: "2026-11-21T19:59:00",
      dates_are_gmt: "true",
      orderby: "modified",
      order: "asc",
      per_page: "50",
      page: "1",
      status: "any",
    });
  });

  test("narrows to statuses only when told", async () => {
    const shop = createShop();
    shop.add({ status: "processing" });
    shop.add({ status: "wc-picking" });
    const page = await pull(shop, null, 50, ["wc-picking"]);
    expect(page.items.map((item) => item.source_status)).toEqual(["wc-picking"]);
  });

  test("an idle shop is drained by one call", async () => {
    const shop = createShop();
    shop.add();
    const { cursor } = await drain(shop, null);
    shop.state.now += 60_000;
    const before = shop.state.asked.length;
    const page = await pull(shop, cursor);
    expect(page.drained).toBe(true);
    expect(shop.state.asked.length - before).toBe(1);
  });

  test("a backlog goes page by page without numbering pages", async () => {
    const shop = createShop();
    for (let n = 0; n < 25; n += 1) shop.add({ modified: START - 3_000_000 + n * 2000 });
    const { rows, pages } = await drain(shop, null, 10);
    expect(idsOf(rows).size).toBe(25);
    expect(pages).toBe(3);
    expect(shop.state.asked.every(({ query }) => query.get("page") === "1")).toBe(true);
  });

  test("more than a page of orders in one second are all seen", async () => {
    const shop = createShop();
    for (let n = 0; n < 23; n += 1) shop.add({ modified: START - 600_000 });
    const first = await drain(shop, null, 5);
    expect(idsOf(first.rows).size).toBe(23);
    shop.state.now += 300_000;
    const again = await pull(shop, first.cursor, 5);
    expect(again).toMatchObject({ items: [], drained: true });
  });

  test("more than a page of orders within the overlap are all seen, and the next ones too", async () => {
    const shop = createShop();
    for (let n = 0; n < 17; n += 1) shop.add({ modified: START - 17_000 + n * 1000 });
    const { rows, cursor } = await drain(shop, null, 4);
    expect(idsOf(rows).size).toBe(17);
    shop.state.now += 5000;
    const late = shop.add();
    expect(idsOf((await drain(shop, cursor, 4)).rows).has(String(late.id))).toBe(true);
  });

  test("an order modified between two pages makes no other order be jumped over", async () => {
    const shop = createShop();
    const orders = Array.from({ length: 12 }, () => shop.add());
    let page = await pull(shop, null, 4);
    const seen = idsOf([...page.items]);
    for (let n = 0; !page.drained; n += 1) {
      shop.state.now += 1000;
      const moved = orders[n];
      if (moved) Object.assign(moved, { modified: shop.state.now, visible: shop.state.now });
      page = await pull(shop, page.next, 4);
      for (const item of page.items) seen.add(item.source_id);
      if (n > 100) break;
    }
    expect(seen.size).toBe(12);
  });

  test("an order that becomes visible half a minute late is seen", async () => {
    const shop = createShop();
    const late = shop.add({ modified: START + 5000, visible: START + 35_000 });
    shop.add({ modified: START + 10_000 });
    shop.state.now = START + 20_000;
    const { rows, cursor } = await drain(shop, null);
    expect(idsOf(rows).has(String(late.id))).toBe(false);
    shop.state.now = START + 600_000;
    expect(idsOf((await drain(shop, cursor)).rows).has(String(late.id))).toBe(true);
  });

  test("a replayed cursor loses nothing", async () => {
    const shop = createShop();
    for (let n = 0; n < 9; n += 1) shop.add({ modified: START - 300_000 });
    const first = await pull(shop, null, 4);
    const once = await drain(shop, first.next, 4);
    const twice = await drain(shop, first.next, 4);
    expect(idsOf(twice.rows)).toEqual(idsOf(once.rows));
    expect(new Set([...idsOf([...first.items]), ...idsOf(twice.rows)]).size).toBe(9);
  });

  test("a cursor that cannot be read starts over", async () => {
    const shop = createShop();
    shop.add();
    expect((await drain(shop, "{broken")).rows).toHaveLength(1);
  });

  test("a bad row is skipped with its reason, and the others load", async () => {
    const shop = createShop();
    shop.state.instead = () =>
      Response.json([...capturedOrders(), { ...richOrder(), line_items: [] }, "junk"]);
    const page = await pull(shop, null);
    expect(page.items).toHaveLength(2);
    expect(page.skipped.map((row) => row.reason)).toEqual(["no_lines", "bad_response"]);
    expect(page.drained).toBe(true);
  });

  test("a page that is no list is a bad response", async () => {
    const shop = createShop();
    for (const body of ['{"orders":[]}', "<html>maintenance</html>"]) {
      shop.state.instead = () => new Response(body);
      await expect(pull(shop, null)).rejects.toMatchObject({ kind: "bad_response" });
    }
  });

  test("a shop that says no is a failure with its own words", async () => {
    const shop = createShop();
    shop.state.instead = () =>
      Response.json(
        { code: "rest_invalid_param", message: "Invalid parameter(s): status" },
        { status: 400 },
      );
    await expect(pull(shop, null)).rejects.toMatchObject({
      kind: "bad_request",
      message: expect.stringContaining("Invalid parameter(s): status"),
    });
  });
});

test("a place between pages that a broken run left behind keeps no later pull from what is new", async () => {
  const shop = createShop();
  for (let n = 0; n < 5; n += 1) shop.add();
  // Five orders of one second are a walk over three pages; its last page brings nothing new.
  let page = await pull(shop, null, 2);
  for (let n = 0; n < 2; n += 1) page = await pull(shop, page.next, 2);
  const left = page.next;
  for (let run = 0; run < 3; run += 1) {
    shop.state.now += 5 * 60_000;
    const late = shop.add();
    const { rows } = await drain(shop, left, 2);
    expect(idsOf(rows)).toContain(String(late.id));
  }
});

describe("the trash", () => {
  test("is looked into every quarter of an hour, and what lies there comes as trashed", async () => {
    const shop = createShop();
    const order = shop.add();
    const { cursor } = await drain(shop, null);
    shop.state.now += 60_000;
    Object.assign(order, { status: "trash", modified: shop.state.now });
    const soon = await drain(shop, cursor);
    expect(soon.rows).toEqual([]);

    shop.state.now += trashEveryMs;
    const due = await drain(shop, soon.cursor);
    expect(due.rows).toMatchObject([{ source_id: String(order.id), state: "trashed" }]);
    expect(due.pages).toBe(2);

    shop.state.now += 60_000;
    expect((await drain(shop, due.cursor)).pages).toBe(1);
  });

  test("a place in it that a broken run left behind keeps no later pull from the orders", async () => {
    const shop = createShop();
    const { cursor } = await drain(shop, null);
    shop.state.now += trashEveryMs;
    shop.add();
    const { next } = await pull(shop, cursor);
    // The look fails or the worker dies: what is stored is the place in front of the trash.
    for (let run = 0; run < 3; run += 1) {
      shop.state.now += 5 * 60_000;
      const late = shop.add();
      const { rows } = await drain(shop, next);
      expect(idsOf(rows)).toContain(String(late.id));
    }
  });

  test("that a shop does not show stops nothing", async () => {
    const shop = createShop();
    const { cursor } = await drain(shop, null);
    shop.state.now += trashEveryMs;
    const page = await pull(shop, cursor);
    shop.state.instead = () => Response.json({ code: "rest_invalid_param" }, { status: 400 });
    expect(await pull(shop, page.next)).toMatchObject({ items: [], drained: true });
  });
});

describe("whatever a shop does while it is read", () => {
  const act = fc.record({
    wait: fc.integer({ min: 0, max: 90_000 }),
    what: fc.constantFrom("create", "modify", "trash", "restore", "late", "nothing"),
    which: fc.nat({ max: 50 }),
    many: fc.integer({ min: 1, max: 6 }),
  });

  for (const [name, options] of [
    ["a usual shop", {}],
    ["a shop that does not count its pages", { saysPages: false }],
    ["a shop that does not say its time", { saysDate: false }],
  ] as const) {
    test(`${name}: the last state of every order is seen`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 5 }),
          fc.array(act, { maxLength: 40 }),
          async (limit, acts) => {
            const shop = createShop(options);
            const last = new Map<string, string>();
            let cursor: string | null = null;
            const step = async (): Promise<boolean> => {
              const page = await pull(shop, cursor, limit);
              for (const item of page.items) last.set(item.source_id, item.source_status);
              cursor = page.next;
              return page.drained;
            };
            for (const { wait, what, which, many } of acts) {
              shop.state.now += wait;
              const { now, orders } = shop.state;
              const one = orders[which % Math.max(1, orders.length)];
              if (what === "create") for (let n = 0; n < many; n += 1) shop.add();
              if (what === "late") shop.add({ modified: now, visible: now + many * 9000 });
              if (one && one.visible <= now) {
                const change = { modified: now, visible: now };
                if (what === "modify") Object.assign(one, { ...change, status: `s${now}` });
                if (what === "trash") Object.assign(one, { ...change, status: "trash" });
                if (what === "restore") Object.assign(one, { ...change, status: "pending" });
              }
              await step();
            }
            // What changed during the last pages comes with the pull after them.
            for (const wait of [trashEveryMs, trashEveryMs]) {
              shop.state.now += wait;
              for (let n = 0; !(await step()); n += 1) expect(n).toBeLessThan(500);
            }
            const now = shop.state.orders.map((order) => [String(order.id), order.status]);
            expect(Object.fromEntries(last)).toEqual(Object.fromEntries(now));
          },
        ),
        { numRuns: 100 },
      );
    });
  }
});

describe("getting one order", () => {
  const get = (shop: Shop, id: string) => orders.get(shop.call(), id);

  test("answers it as it is now, in the trash too", async () => {
    const shop = createShop();
    const order = shop.add({ status: "trash" });
    expect(await get(shop, String(order.id))).toMatchObject({ state: "trashed" });
  });

  test("answers null when the shop does not have it", async () => {
    const shop = createShop();
    expect(await get(shop, "404")).toBeNull();
    expect(await get(shop, "not-a-number")).toBeNull();
  });

  test("takes a shop without REST routes for trouble, not for a deleted order", async () => {
    const shop = createShop();
    shop.state.instead = () => Response.json({ code: "rest_no_route" }, { status: 404 });
    await expect(get(shop, "5")).rejects.toMatchObject({ kind: "bad_response" });
    shop.state.instead = () => new Response("<html>Not found</html>", { status: 404 });
    await expect(get(shop, "5")).rejects.toMatchObject({ kind: "bad_response" });
  });
});
