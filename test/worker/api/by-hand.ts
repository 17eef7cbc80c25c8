import { createConnection } from "../../../src/sync/create-connection.ts";
import { getOrder } from "../../../src/sync/get-order.ts";
import { listOrders } from "../../../src/sync/list-orders.ts";
import { makeWorld, type World } from "../world.ts";
import { client } from "./client.ts";

/** A world whose merchant also has a cart for orders by hand, with delivery on. */
export async function worldByHand(policy: object = { delivery: true }) {
  const world = await makeWorld();
  const { merchantId } = world.merchant;
  const { connectionId: handCart } = await createConnection(world.deps, merchantId, {
    connector: "api",
    settings: {},
    secrets: {},
    policy,
  });
  const api = client(world.deps, world.merchant.keys.merchant);
  return { world, api, handCart };
}

export const given = (more: object = {}) => ({
  number: "H-1",
  ship_to: {
    first_name: "Jo",
    last_name: "Doe",
    address_1: "1 Main St",
    city: "Austin",
    state: "TX",
    zip: "78701",
    country: "US",
  },
  lines: [{ sku: "MUG", quantity: 2 }],
  ...more,
});

export const all = async ({ deps, merchant }: World) =>
  (await listOrders(deps, merchant.merchantId, { limit: 100 })).items;
export const one = async (world: World, id: string) =>
  getOrder(world.deps, world.merchant.merchantId, id);
