import { expect } from "vitest";
import { client } from "../api/client.ts";
import { makeWorld, run, type World } from "../world.ts";
import { duringEveryCall, openAlerts } from "./between-steps.ts";
import { settle } from "./people.ts";

export type Items = readonly { sku: string; quantity?: number }[];

/** The API with the key of the world's merchant. */
export const api = (world: World) => client(world.deps, world.merchant.keys.merchant);

/** A world whose merchant has products, and whose cart translates as `settings` say. */
export async function worldWith(
  items: readonly { sku: string; name?: string; aliases?: Record<string, string[]> }[],
  settings: Record<string, unknown> = {},
): Promise<World> {
  const world = await makeWorld();
  if (items.length > 0)
    expect((await api(world)("PUT", "/api/products", { items })).status).toBe(200);
  if (Object.keys(settings).length > 0) await setCart(world, settings);
  return world;
}

export async function setCart(world: World, settings: Record<string, unknown>): Promise<void> {
  const path = `/api/carts/${world.merchant.cartId}/settings`;
  expect((await api(world)("PATCH", path, settings)).status).toBe(200);
}

/** The shop sells it, and it is downloaded and sent, if it may be. */
export async function sell(world: World, lines: Items, count = 1): Promise<void> {
  for (let nth = 0; nth < count; nth += 1)
    await world.control("POST orders", {
      lines: lines.map(({ sku, quantity = 1 }) => ({ sku, quantity })),
    });
  world.clock.pass(61_000);
  await run(world, "order-download");
}

/** Does what mends something, and all that follows from it. */
export async function mend(
  world: World,
  method: string,
  path: string,
  body?: unknown,
): Promise<ReturnType<typeof JSON.parse>> {
  const answered = await api(world)(method, path, body);
  expect([answered.status, answered.body]).toEqual([
    expect.toSatisfy((status) => status < 300),
    answered.body,
  ]);
  await settle(world);
  return answered.body;
}

/** The codes that the warehouse was sent, order by order. */
export const sent = (world: World): string[][] =>
  world.state.warehouse_orders.all().map(({ lines }) => lines.map(({ sku }) => sku));

/** Kind, subject and number of orders of each open alert. */
export const alerts = async (world: World) =>
  (await openAlerts(world)).map(({ kind, title, waiting }) => ({ kind, title, waiting }));

/** From now on the warehouse tells of parcels by its codes alone. */
export function tellByCode(world: World): void {
  duringEveryCall(world.deps, /^GET https:\/\/warehouse\.example\/shipments/, async (pass) => {
    const answer = await pass();
    return { ...answer, body: answer.body.replaceAll(/"line_id":"[^"]*"/g, '"line_id":null') };
  });
}
