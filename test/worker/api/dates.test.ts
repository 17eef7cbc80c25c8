import { expect, test } from "vitest";
import { makeWorld, run } from "../world.ts";
import { stored } from "../sync/between-steps.ts";
import { client } from "./client.ts";

const taken = "has to be a date such as 2026-11-26 or a moment such as 2026-11-26T08:00:00Z";

test("a date that is none is refused with what is taken, wherever a range is given", async () => {
  const { deps, merchant } = await makeWorld();
  const api = client(deps, merchant.keys.merchant);
  const cart = `/api/carts/${merchant.cartId}`;
  for (const answer of [
    await api("GET", "/api/skipped-orders?from=26.11.2026"),
    await api("POST", "/api/skipped-orders/recheck", { from: "2026-11-31" }),
    await api("POST", `${cart}/preview`, { from: "yesterday" }),
    await api("POST", `${cart}/repull`, { from: "2026-11", to: "2026-11-26" }),
  ]) {
    expect(answer.status).toBe(422);
    expect(answer.body.error.fields[0]).toEqual({ path: "from", message: taken });
  }
  const filter = { to: "2026-11-26 08:00" };
  const bulk = await api("POST", "/api/orders/bulk", { action: "clear", filter });
  expect([bulk.status, bulk.body.error.fields[0]]).toEqual([
    422,
    { path: "filter.to", message: taken },
  ]);
});

test("a bulk action takes days, the last one whole, and moments, the very moment too", async () => {
  const world = await makeWorld({ delivery: false });
  await world.control("POST orders", { count: 2 });
  await run(world, "order-download");
  const [order] = await stored("SELECT created_at FROM orders");
  const moment = new Date(Number(order?.["created_at"])).toISOString();
  const day = moment.slice(0, 10);
  const before = new Date(Number(order?.["created_at"]) - 86_400_000).toISOString().slice(0, 10);
  const api = client(world.deps, world.merchant.keys.merchant);
  const counted = async (filter: object) =>
    (await api("POST", "/api/orders/bulk", { action: "clear", filter })).body.error.fields[0];
  for (const [filter, message] of [
    [{ from: day, to: day }, "2"],
    [{ from: moment, to: moment }, "2"],
    [{ from: before, to: before }, "0"],
  ] as const)
    expect(await counted(filter)).toEqual({ path: "confirmCount", message });
  expect((await counted({ from: day, to: before })).path).toBe("filter.to");
});
