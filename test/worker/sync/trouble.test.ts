import { expect, test } from "vitest";
import { connectors } from "../../../src/connectors/registry.ts";
import { HttpError } from "../../../src/platform/http.ts";
import { changeConnection } from "../../../src/sync/change-connection.ts";
import type { Deps } from "../../../src/sync/deps.ts";
import { downloadOrders } from "../../../src/sync/download-orders.ts";
import { fetchOrders } from "../../../src/sync/fetch-orders.ts";
import { pauseConnection } from "../../../src/sync/pause-connection.ts";
import { workDispatch } from "../../../src/sync/work-dispatch.ts";
import { Crash, mortal } from "../crash.ts";
import { drain, makeWorld, run, type World } from "../world.ts";
import {
  answer,
  aroundBatches,
  download,
  duringCall,
  duringEveryCall,
  hoursPass,
  order,
  orderDownload,
  shopOrderId,
  stored,
} from "./between-steps.ts";

/** A world whose one order is loaded and on a dispatch, while its WMS is paused. */
async function worldWithPausedWms(): Promise<World> {
  const world = await makeWorld();
  const { merchantId, wmsId } = world.merchant;
  await pauseConnection(world.deps, merchantId, wmsId, true);
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  return world;
}

async function resume(world: World): Promise<void> {
  const { merchantId, wmsId } = world.merchant;
  await pauseConnection(world.deps, merchantId, wmsId, false);
  await drain(world.deps, world.deps);
}

const turnDeliveryOn = async (world: World) => {
  const { merchantId, cartId } = world.merchant;
  await changeConnection(world.deps, merchantId, cartId, { policy: { delivery: true } });
  await drain(world.deps, world.deps);
};

test("an order called off while its WMS was paused is never sent", async () => {
  const world = await worldWithPausedWms();
  await world.control("PATCH orders", { status: "cancelled" });
  await download(world);
  world.clock.pass(24 * 3_600_000);
  await resume(world);
  expect(world.view().warehouse.received).toBe(0);
  expect(await order(world)).toMatchObject({ status: "canceled" });
});

test("an order changed while its WMS was paused goes as its cart shows it", async () => {
  const world = await worldWithPausedWms();
  await world.control("PATCH orders", { city: "Moved Town" });
  await download(world);
  await resume(world);
  expect(JSON.stringify(world.state.warehouse_orders.all())).toContain("Moved Town");
});

test("an order called off while its outcome was unknown, and meant after all, is sent once", async () => {
  const world = await makeWorld();
  await world.control("POST faults", { target: "warehouse", kind: "timeout" });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  await world.control("PATCH orders", { status: "cancelled" });
  await download(world);
  await world.control("DELETE faults");
  await world.control("PATCH orders", { status: "processing" });
  await download(world);
  await hoursPass(world, 3);
  expect(world.view().warehouse.orders).toHaveLength(1);
  expect(await order(world)).toMatchObject({ status: "at_wms", sending_canceled: false });
});

test("a question whether the warehouse has an order stays open until it is answered", async () => {
  const world = await makeWorld();
  await world.control("POST faults", { target: "warehouse", kind: "ignore_key" });
  await world.control("POST orders", { count: 1 });
  await world.deps.queues.jobs.send(orderDownload(world));
  const process = mortal(world.deps);
  const { http, coordinator } = process.deps;
  let dead = false;
  const alive = () => {
    if (dead) throw new Crash("dead");
  };
  process.deps.http = {
    fetch: async (url, request) => {
      alive();
      const said = await http.fetch(url, request);
      dead = request?.method === "POST" && url.includes("warehouse");
      alive();
      return said;
    },
  };
  process.deps.coordinator = (merchantId) => {
    const inner = coordinator(merchantId);
    return {
      ...inner,
      finish: async (...args) => {
        alive();
        return inner.finish(...args);
      },
    };
  };
  const dying = aroundBatches(process.deps, async (_nth, commit) => {
    alive();
    return commit();
  });
  await drain(world.deps, dying).catch(() => undefined);
  expect(world.view().warehouse.orders).toHaveLength(1);

  const happened = duringCall(world.deps, /^GET .*warehouse\.example\/orders\//, async () => {
    throw new HttpError("blocked", "warehouse.example is not called: private address.");
  });
  await hoursPass(world, 2);
  expect(happened()).toBe(true);
  expect(world.view().warehouse.orders).toHaveLength(1);
});

test("a process that dies while it resumes a connection leaves no work lying", async () => {
  const world = await worldWithPausedWms();
  const { merchantId, wmsId } = world.merchant;
  const parked = await stored("SELECT due_at FROM dispatches");
  expect(parked).toEqual([{ due_at: null }]);
  // Boundary 1 is the one after the first batch.
  const process = mortal(world.deps, 1);
  await expect(pauseConnection(process.deps, merchantId, wmsId, false)).rejects.toThrow(Crash);
  expect(process.boundaries.at(-1)).toBe("after d1.batch");
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("one order that a firewall refuses with 403 does not stop the others", async () => {
  const world = await makeWorld();
  world.deps.dispatchSize = 100;
  await world.control("POST orders", { count: 60 });
  const poison = `"reference":"${world.view().shop.orders[0]?.number}"`;
  let refused = 0;
  duringEveryCall(world.deps, /^POST .*warehouse/, async (pass, request) => {
    if (!String(request?.body).includes(poison)) return pass();
    refused += 1;
    return answer(403, "<html><title>403 Forbidden</title></html>");
  });
  await run(world, "order-download");
  await hoursPass(world, 2);
  expect(refused).toBeGreaterThan(0);
  expect(world.view().warehouse.orders).toHaveLength(59);
});

test("a connector that throws on one order does not stop the others", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 30 });
  const poison = String(world.view().shop.orders[29]?.number);
  let thrown = 0;
  const faulty: Deps["connectors"] = connectors.map((connector) =>
    connector.side === "cart"
      ? connector
      : {
          ...connector,
          orders: {
            ...connector.orders,
            submit: async (call, sent, key) => {
              if (sent.reference !== poison) return connector.orders.submit(call, sent, key);
              thrown += 1;
              throw new TypeError("Cannot read properties of null");
            },
          },
        },
  );
  world.deps.connectors = faulty;
  await run(world, "order-download");
  await hoursPass(world, 2);
  expect(thrown).toBeGreaterThan(0);
  expect(await stored("SELECT 1 FROM orders WHERE status = 'at_wms'")).toHaveLength(29);
  expect(world.view().warehouse.orders).toHaveLength(29);
});

test("a known order that its cart empties is stopped, and is no skipped order beside it", async () => {
  const world = await makeWorld({ delivery: false });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  const emptied = world.state.shop_orders.all()[0];
  if (!emptied) throw new Error("The shop has no order");
  world.state.shop_orders.put(emptied.id, {
    ...emptied,
    lines: [],
    modified: world.clock.now() + 1_000,
  });
  await download(world);
  await turnDeliveryOn(world);
  expect(await stored("SELECT 1 FROM skipped_orders WHERE order_id IS NULL")).toHaveLength(0);
  expect(world.view().warehouse.orders).toHaveLength(0);
  const { timeline } = await order(world);
  expect(timeline.map(({ event }) => event)).toContain("canceled_in_cart");
});

test("while order download is switched off, a webhook loads nothing", async () => {
  const world = await makeWorld();
  const { merchantId, cartId } = world.merchant;
  const jobs = (on: boolean) =>
    changeConnection(world.deps, merchantId, cartId, { jobs: { "order-download": { on } } });
  const byWebhook = () => fetchOrders(world.deps, merchantId, cartId, [shopOrderId(world)]);
  await world.control("POST orders", { count: 1 });
  await jobs(false);
  await byWebhook();
  expect(await stored("SELECT 1 FROM orders")).toHaveLength(0);

  await jobs(true);
  await byWebhook();
  expect(await stored("SELECT 1 FROM orders")).toHaveLength(1);
});

test("a cart that takes no shipment is not called healthy", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  await world.control("POST ship");
  await world.control("POST faults", { target: "shop", kind: "http500" });
  await download(world);
  const health = () => stored("SELECT health FROM connections WHERE side = 'cart'");
  expect(await health()).toEqual([{ health: "degraded" }]);
  await run(world, "shipment-pickup");
  expect(world.deps.lines.some((line) => line.includes("confirmation_attempt"))).toBe(true);
  expect(await health()).toEqual([{ health: "degraded" }]);
});

test("a dispatch whose claim D1 refused is worked again half a minute later", async () => {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1 });
  await downloadOrders(world.deps, orderDownload(world));
  const [hint] = world.deps.queues.deliveries.sent.splice(0);
  if (!hint) throw new Error("No dispatch was made");
  const overloaded = aroundBatches(world.deps, async () => {
    throw new Error("D1 DB is overloaded.");
  });
  await expect(workDispatch(overloaded, hint)).rejects.toThrow("overloaded");
  world.clock.pass(30_000);
  expect(await workDispatch(world.deps, hint)).toBe("settled");
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});

test("an order deleted in a shop that was down when asked for it is stopped", async () => {
  const world = await makeWorld({ delivery: false });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  const { merchantId, cartId } = world.merchant;
  const source_id = shopOrderId(world);
  world.state.shop_orders.delete(Number(source_id));
  await world.control("POST faults", { target: "shop", kind: "http500", times: 1 });
  await world.deps.queues.jobs.send({
    kind: "fetch",
    merchant_id: merchantId,
    connection_id: cartId,
    source_id,
  });
  await drain(world.deps, world.deps);
  await hoursPass(world, 2);
  await turnDeliveryOn(world);
  expect(world.view().warehouse.orders).toHaveLength(0);
  expect(await order(world)).toMatchObject({ status: "canceled" });
});

test("an object that is too busy to forget a settled dispatch is not asked again, and the message is done", async () => {
  const world = await worldWithPausedWms();
  let asked = 0;
  const { coordinator } = world.deps;
  const deps: Deps = {
    ...world.deps,
    coordinator: (merchantId) => ({
      ...coordinator(merchantId),
      forget: async () => {
        asked += 1;
        throw Object.assign(new Error("Durable Object is overloaded"), { overloaded: true });
      },
    }),
  };
  const { merchantId, wmsId } = world.merchant;
  await pauseConnection(world.deps, merchantId, wmsId, false);
  expect(await drain(world.deps, deps)).not.toContain("retried");
  expect(asked).toBe(1);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
});
