import { expect, test } from "vitest";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import { drain, makeWorld, run } from "../world.ts";
import { download, hoursPass, order } from "./between-steps.ts";
import { worldAtWms } from "./people.ts";

test("an order that the warehouse calls off in its feed is canceled here, and the cart left alone unless it wants to hear", async () => {
  const world = await worldAtWms();
  await world.control("POST cancel", { reason: "Out of stock" });
  await run(world, "shipment-pickup");
  expect(await order(world)).toMatchObject({ status: "canceled", canceled_by: "wms" });
  expect((await order(world)).timeline.at(-1)?.text).toContain("Out of stock");
  await hoursPass(world, 1);
  expect(world.view().shop.orders[0]?.status).toBe("processing");
  await download(world);
  expect(await order(world)).toMatchObject({ status: "canceled" });
  expect(world.view().warehouse.received).toBe(1);
});

test("what the warehouse called off before it was sent anew does not count against the new one", async () => {
  const world = await makeWorld();
  const { merchantId, wmsId } = world.merchant;
  const fail = { target: "warehouse", times: 1 };
  await world.control("POST faults", { target: "warehouse", kind: "ignore_key" });
  await world.control("POST faults", { ...fail, kind: "lost_answer" });
  await world.control("POST faults", { ...fail, kind: "http500", match: "GET /orders/" });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  await world.control("POST cancel", { reason: "Out of stock" });
  world.clock.pass(65 * 60_000);
  await world.deps.queues.jobs.send({
    kind: "run",
    merchant_id: merchantId,
    connection_id: wmsId,
    job: "order-delivery",
    by: "person",
  });
  await drain(world.deps, world.deps);
  expect(world.view().warehouse.received).toBe(2);
  await run(world, "shipment-pickup");
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("a cart that wants to hear of it calls off what the warehouse called off", async () => {
  const world = await worldAtWms();
  const { merchantId, cartId } = world.merchant;
  await changeConnection(world.deps, merchantId, cartId, { policy: { cancel_in_cart: true } });
  await world.control("POST cancel", { reason: "Out of stock" });
  await world.control("POST faults", { target: "shop", kind: "http500" });
  await run(world, "shipment-pickup");
  await world.control("DELETE faults");
  await hoursPass(world, 1);
  expect(world.view().shop.orders[0]?.status).toBe("cancelled");
  expect(await order(world)).toMatchObject({ status: "canceled", cancel_wanted: null });
  const { timeline } = await order(world);
  expect(timeline.filter(({ event }) => event === "canceled_in_cart")).toHaveLength(1);
});

test("a warehouse that only nudges is asked, and not believed", async () => {
  const world = await worldAtWms();
  const { merchantId, wmsId } = world.merchant;
  const nudge = {
    kind: "wms_cancel" as const,
    merchant_id: merchantId,
    connection_id: wmsId,
    reference: (await order(world)).cust_ref,
  };
  await world.deps.queues.jobs.send(nudge);
  await drain(world.deps, world.deps);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  await world.control("POST cancel");
  await world.deps.queues.jobs.send(nudge);
  await drain(world.deps, world.deps);
  expect(await order(world)).toMatchObject({ status: "canceled", canceled_by: "wms" });
});
