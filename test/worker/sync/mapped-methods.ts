import { expect } from "vitest";
import { client } from "../api/client.ts";
import { makeWorld, run, type World } from "../world.ts";
import { stored } from "./between-steps.ts";

type Api = ReturnType<typeof client>;
export const apiOf = ({ deps, merchant }: World): Api => client(deps, merchant.keys.merchant);

/** A world whose WMS has methods, with orders of some ship methods that were downloaded. */
export async function worldOf(
  methods: Readonly<Record<string, number>>,
  loads = true,
): Promise<World> {
  const world = await makeWorld();
  if (loads) await loadMethods(world);
  for (const [shipMethod, count] of Object.entries(methods))
    await world.control("POST orders", { count, shipMethod });
  await run(world, "order-download");
  return world;
}

export async function loadMethods(world: World) {
  const done = await apiOf(world)("POST", "/api/ship-methods/load", {
    wms_id: world.merchant.wmsId,
  });
  expect(done.status).toBe(200);
  return done.body;
}

export const saveMethods = (world: World, ...items: object[]) =>
  apiOf(world)("PUT", "/api/ship-methods", { cart_id: world.merchant.cartId, items });

export const exact = (value: string, wms_method: string) => ({ match: "exact", value, wms_method });
export const count = async (where: string) =>
  Number((await stored(`SELECT count(*) AS n FROM orders WHERE ${where}`))[0]?.["n"]);
export const alerts = () => stored("SELECT * FROM alerts WHERE kind = 'ship_method' ORDER BY id");
export const methods = (columns: string) =>
  stored(`SELECT ${columns} FROM ship_methods ORDER BY match, value`);
export const sentMethods = (world: World) =>
  world.view().warehouse.orders.map(({ order }) => (order as { ship_code?: string }).ship_code);
