import { expect } from "vitest";
import type { OrderAction } from "../../../src/domain/order-actions.ts";
import { actOnOrders } from "../../../src/sync/act-on-orders.ts";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import { downloadOrders } from "../../../src/sync/download-orders.ts";
import type { CartPolicy } from "../../../src/domain/policy.ts";
import { drain, makeWorld, run, type World } from "../world.ts";
import { answer, duringCall, order, orderDownload } from "./between-steps.ts";

/** Who acts in these tests, and how the timeline shows it. */
export const by = { user: "merchant_ann", name: "Ann" };
export const BY = "Ann (merchant_ann)";

export const submits = /^POST https:\/\/warehouse\.example\/orders$/;

/** Does something with the newest order, and answers what came of it. */
export async function act(world: World, wanted: OrderAction) {
  const { id } = await order(world);
  return actOn(world, id, wanted);
}

/** The same with an order that lists do not show. */
export async function actOn(world: World, id: string, wanted: OrderAction) {
  const [done] = await actOnOrders(world.deps, world.merchant.merchantId, [id], wanted, by);
  if (!done) throw new Error("The action answered nothing");
  return done;
}

export const hold = (until: number | null = null): OrderAction => ({ action: "hold", until });
export const release: OrderAction = { action: "release" };
export const edit = (given: Extract<OrderAction, { action: "edit" }>["edit"]): OrderAction => ({
  action: "edit",
  edit: given,
});
export const cancelSending: OrderAction = { action: "cancel-sending" };
export const cancel: OrderAction = { action: "cancel" };
export const clear: OrderAction = { action: "clear" };
export const restore: OrderAction = { action: "restore" };

export const setPolicy = ({ deps, merchant }: World, policy: Partial<CartPolicy>) =>
  changeConnection(deps, merchant.merchantId, merchant.cartId, { policy });

/** A world with one order that waits to be sent, and the hint of the dispatch that it is on. */
export async function worldWithHint() {
  const world = await makeWorld();
  // Keys of idempotency would hide a second send.
  await world.control("POST faults", { target: "warehouse", kind: "ignore_key" });
  await world.control("POST orders", { count: 1 });
  await downloadOrders(world.deps, orderDownload(world));
  const [hint] = world.deps.queues.deliveries.sent.splice(0);
  if (!hint) throw new Error("No dispatch was made");
  return { world, hint };
}

/** A world with one order that waits because its cart's delivery is off. */
export async function worldThatWaits(): Promise<World> {
  const world = await makeWorld({ delivery: false });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  return world;
}

/** A world with one order that the warehouse has. */
export async function worldAtWms(): Promise<World> {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  return world;
}

/** A world with one order that the warehouse refused for its address. */
export async function worldInError(): Promise<World> {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  duringCall(world.deps, submits, async () =>
    answer(422, '{"code":"address","message":"No such street"}'),
  );
  await run(world, "order-download");
  return world;
}

/** Everything that was queued runs, and so does what follows from it. */
export const settle = (world: World) => drain(world.deps, world.deps);

/** What the warehouse has of our orders, and has not called off. */
export const openAtWarehouse = (world: World) =>
  world.view().warehouse.orders.filter(({ status }) => status !== "cancelled");
