import { expect, test } from "vitest";
import { getOrder } from "../../../src/sync/get-order.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { listRunRows } from "../../../src/store/runs.ts";
import { listSkips } from "../../../src/store/skipped-orders.ts";
import { drain, makeWorld, run, type World } from "../world.ts";

type Row = Record<string, unknown> & { line_items: Record<string, unknown>[] };

/** Lets the shop's order list say something else than the shop means. */
function garble(world: World, change: (rows: Row[]) => unknown): void {
  const { http } = world.deps;
  world.deps.http = {
    fetch: async (url, request) => {
      const answer = await http.fetch(url, request);
      if (!/\/wc\/v3\/orders\?/.test(url) || url.includes("status=trash")) return answer;
      return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body) as Row[])) };
    },
  };
}

async function downloaded(change: (rows: Row[]) => unknown, count = 3) {
  const world = await makeWorld();
  await world.control("POST orders", { count });
  garble(world, change);
  await run(world, "order-download");
  const { merchantId, cartId } = world.merchant;
  const db = await world.deps.databases.of(merchantId);
  const { items } = await listOrders(world.deps, merchantId, { limit: 100 });
  return {
    world,
    items,
    skips: await listSkips(db, merchantId, { cart_id: cartId }, { limit: 100, after: null }),
    runs: await listRunRows(db, merchantId, cartId, 10),
    order: (number: string) =>
      getOrder(world.deps, merchantId, items.find((one) => one.number === number)?.id ?? ""),
  };
}

const second = (change: (row: Row) => void) => (rows: Row[]) => {
  const row = rows[1];
  if (row) change(row);
  return rows;
};

test("a row that does not parse is skipped with its place, the others load, and the run says so", async () => {
  const { world, items, skips, runs } = await downloaded(second((row) => (row["billing"] = 7)));
  expect(items).toHaveLength(2);
  expect(skips).toMatchObject([{ reason: "bad_response" }]);
  expect(skips[0]?.message).toContain("billing");
  expect(runs).toMatchObject([{ job: "order-download", result: "bad_response" }]);
  expect(runs[0]?.message).toContain("billing");

  world.clock.pass(300_000);
  await run(world, "order-download");
  const { merchantId, cartId } = world.merchant;
  const db = await world.deps.databases.of(merchantId);
  expect(await listRunRows(db, merchantId, cartId, 10)).toHaveLength(1);
});

/** A shop with one order that it shows with a broken `billing`, in its list as well as by itself. */
async function brokenOrder() {
  const world = await makeWorld();
  await world.control("POST orders", { count: 2 });
  const [first, second] = world.view().shop.orders.map(({ id }) => id);
  const { http } = world.deps;
  const shop = { isBroken: true };
  world.deps.http = {
    fetch: async (url, request) => {
      const answer = await http.fetch(url, request);
      if (!shop.isBroken || !/\/wc\/v3\/orders\b/.test(url)) return answer;
      const said: unknown = JSON.parse(answer.body);
      for (const row of Array.isArray(said) ? (said as Row[]) : [said as Row])
        if (row["id"] === first) row["billing"] = 7;
      return { ...answer, body: JSON.stringify(said) };
    },
  };
  const { merchantId, cartId } = world.merchant;
  const db = await world.deps.databases.of(merchantId);
  return {
    world,
    first: String(first),
    second: String(second),
    shop,
    runs: () => listRunRows(db, merchantId, cartId, 10),
    fetch: async (...ids: string[]) => {
      world.deps.lines.length = 0;
      for (const source_id of ids)
        await world.deps.queues.jobs.send({
          kind: "fetch",
          merchant_id: merchantId,
          connection_id: cartId,
          source_id,
        });
      await drain(world.deps, world.deps);
      const lines = world.deps.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      return lines.find(({ event }) => event === "fetch");
    },
  };
}

test("an unreadable order that a webhook told of leaves one run with its place, whoever sees it again", async () => {
  const { world, first, second, runs, fetch } = await brokenOrder();
  const line = await fetch(first, second);
  const [run1] = await runs();
  expect(run1).toMatchObject({
    job: "order-download",
    result: "bad_response",
    counts: { loaded: 1, skipped: 1 },
  });
  expect(run1?.message).toContain("billing");
  expect(line).toMatchObject({
    level: "warn",
    result: "bad_response",
    message: run1?.message,
    source_ids: [first, second],
    order_ids: [expect.stringMatching(/^ord_/)],
  });

  expect(await fetch(first)).toMatchObject({ level: "info", source_ids: [first], order_ids: [] });
  await world.control("POST orders", { count: 1, status: "pending" });
  const pending = String(world.view().shop.orders.at(-1)?.id);
  expect(await fetch(first, pending)).toMatchObject({ level: "info", skipped: 1 });
  await run(world, "order-download");
  expect(await runs()).toHaveLength(1);
});

test("an order that is here and cannot be read any more makes one run say so", async () => {
  const { world, first, shop, runs, fetch } = await brokenOrder();
  shop.isBroken = false;
  await fetch(first);
  shop.isBroken = true;
  await fetch(first);
  await fetch(first);
  await run(world, "order-download");
  const bad = (await runs()).filter(({ result }) => result === "bad_response");
  expect(bad).toMatchObject([{ message: expect.stringContaining("billing") }]);
});

test("an answer that is no list fails the run as bad_response and moves nothing", async () => {
  const { items, runs, world } = await downloaded(() => ({ oops: true }));
  expect(items).toHaveLength(0);
  expect(runs).toMatchObject([{ result: "bad_response" }]);
  expect(world.deps.queues.deliveries.sent).toHaveLength(0);
});

for (const [what, quantity] of [
  ["negative", -1],
  ["missing", undefined],
  ["fractional", 1.5],
] as const)
  test(`an order with a ${what} quantity is skipped and names the line`, async () => {
    const { items, skips } = await downloaded(
      second((row) => {
        const line = row.line_items[0];
        if (line) line["quantity"] = quantity;
      }),
    );
    expect(items).toHaveLength(2);
    expect(skips).toHaveLength(1);
    expect(skips[0]?.message).toContain("line_items[0].quantity");
  });

test("an order in a currency that does not exist is skipped", async () => {
  const { items, skips } = await downloaded(second((row) => (row["currency"] = "ZZZ")));
  expect(items).toHaveLength(2);
  expect(skips).toMatchObject([{ reason: "invalid" }]);
  expect(skips[0]?.message).toContain("currency");
});

test("an order without lines is skipped", async () => {
  const { items, skips } = await downloaded(second((row) => (row.line_items = [])));
  expect(items).toHaveLength(2);
  expect(skips).toMatchObject([{ reason: "no_lines" }]);
});

test("an emoji in a name arrives as it is", async () => {
  const { items, order, world } = await downloaded(
    second((row) => Object.assign(row["shipping"] as object, { first_name: "Zoë 🦄\"'\\" })),
  );
  expect(items).toHaveLength(3);
  const number = items.map((one) => one.number).toSorted()[1] ?? "";
  expect((await order(number)).order.ship_to.first_name).toBe("Zoë 🦄\"'\\");
  expect(JSON.stringify([...world.state.warehouse_orders.all()])).toContain("🦄");
});

const manyLines = (row: Row, count: number, pad = "") => {
  const [line] = row.line_items;
  row.line_items = Array.from({ length: count }, (_, at) => ({
    ...line,
    id: at + 1,
    name: `Demo part ${at}${pad}`,
  }));
};

test("an order of 10,000 lines larger than 1 MB is skipped with that reason, and the others load", async () => {
  const { items, skips } = await downloaded(second((row) => manyLines(row, 10_000)));
  expect(items).toHaveLength(2);
  expect(skips).toMatchObject([{ reason: "too_large" }]);
  expect(skips[0]?.message).toContain("10000 lines");
});

test("an order of 2,000 lines loads whole and is sent whole", async () => {
  const { items, world } = await downloaded(second((row) => manyLines(row, 2_000)));
  expect(items.every(({ status }) => status === "at_wms")).toBe(true);
  const lines = world.state.warehouse_orders.all().map((order) => order.lines.length);
  expect(Math.max(...lines)).toBe(2_000);
});

test("a page over 1 MB is cut, and every order of it loads", async () => {
  const { items } = await downloaded((rows) => {
    for (const row of rows) manyLines(row, 900, "x".repeat(300));
    return rows;
  }, 5);
  expect(items).toHaveLength(5);
  expect(items.every(({ status }) => status === "at_wms")).toBe(true);
});

test("what nobody sees in an address is not sent, and the timeline says so", async () => {
  const { world, order } = await downloaded(
    second((row) => {
      row["shipping"] = {
        ...(row["shipping"] as object),
        first_name: "A\u0000nn",
        city: "Aus\u0007tin",
      };
      row["billing"] = { ...(row["billing"] as object), last_name: "O\u001fther" };
    }),
  );
  const received = JSON.stringify(world.state.warehouse_orders.all());
  expect(received).toContain('"first_name":"Ann"');
  expect(received).toContain('"last_name":"Other"');
  expect(received).not.toMatch(/\\u00[01]/);
  const { timeline } = await order("1002");
  expect(timeline.map(({ text }) => text).join(" ")).toMatch(
    /The first name .*U\+0000.* The city .*U\+0007.* The last name \(last_name\) of the billing address .*U\+001F/,
  );
});
