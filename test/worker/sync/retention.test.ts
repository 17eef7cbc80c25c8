import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { runScheduled } from "../../../src/jobs/scheduled.ts";
import { applyRetention } from "../../../src/sync/apply-retention.ts";
import { call } from "../api/client.ts";
import { drain, makeWorld, run, type World } from "../world.ts";
import { download, order, shopOrderId } from "./between-steps.ts";
import { DAY_MS, everything, found, person, round } from "./customer.ts";
import { actOn, clear, edit, hold, release, restore } from "./people.ts";

/** An order of the person above that the cart shows as shipped. */
async function confirmedOrder(): Promise<World> {
  const world = await makeWorld();
  await world.control("POST orders", { count: 1, ...person });
  await run(world, "order-download");
  await world.control("POST ship", {});
  world.clock.pass(60_000);
  await run(world, "shipment-pickup");
  expect((await order(world)).status).toBe("confirmed");
  return world;
}

test("90 days after its end nothing of its customer is left of an order anywhere, and its lines, reference and parcels are", async () => {
  const world = await confirmedOrder();
  const { deps, clock, merchant, control } = world;
  // What was said of it on the way.
  await control("PATCH orders", { city: "Pluckley West", note: "Quaxworth again" });
  await download(world);
  const before = await order(world);
  expect(found(JSON.stringify(before).toLowerCase()).length).toBeGreaterThan(5);
  expect(before.timeline.some(({ text }) => text.includes("Pluckley"))).toBe(true);
  clock.pass(89 * DAY_MS);
  await round(deps);
  expect((await order(world)).redacted_at).toBeNull();
  clock.pass(2 * DAY_MS);
  await round(deps);
  expect(found(await everything(merchant.merchantId))).toEqual([]);
  const after = await order(world);
  expect(after).toMatchObject({
    number: before.number,
    cust_ref: before.cust_ref,
    status: "confirmed",
    tracking_numbers: before.tracking_numbers,
    redacted_at: new Date(clock.now()).toISOString(),
    order: {
      ship_to: { country: "GB" },
      lines: before.order.lines.map(({ extra_fields: _, ...line }) => line),
    },
  });
  expect(after.timeline.length).toBe(before.timeline.length + 1);
  expect(after.timeline.at(-1)?.event).toBe("redacted");
});

test("the daily cron does it, and once is enough", async () => {
  const world = await confirmedOrder();
  const { deps, clock } = world;
  clock.pass(91 * DAY_MS);
  const daily = () => runScheduled({ cron: "20 3 * * *", scheduledTime: clock.now() }, deps);
  await daily();
  await drain(deps, deps);
  const redacted = await order(world);
  expect(redacted.redacted_at).not.toBeNull();
  clock.pass(DAY_MS);
  await daily();
  await drain(deps, deps);
  expect(await order(world)).toEqual(redacted);
});

test("what its cart shows again of a redacted order brings nothing back and writes nothing", async () => {
  const world = await confirmedOrder();
  const { deps, clock, merchant, control } = world;
  clock.pass(91 * DAY_MS);
  await round(deps);
  const redacted = await order(world);
  await control("PATCH orders", { city: "Pluckley East", quantities: { "DEMO-MUG": 9 } });
  await download(world);
  await deps.queues.jobs.send({
    kind: "fetch",
    merchant_id: merchant.merchantId,
    connection_id: merchant.cartId,
    source_id: shopOrderId(world),
  });
  await drain(deps, deps);
  await control("PATCH orders", { status: "cancelled" });
  await download(world);
  expect(await order(world)).toEqual(redacted);
  expect(found(await everything(merchant.merchantId))).toEqual([]);
});

test("a page that was read before an order was redacted cannot bring its data back either", async () => {
  const world = await confirmedOrder();
  const { deps, clock, merchant, control } = world;
  await control("PATCH orders", { city: "Pluckley East" });
  clock.pass(91 * DAY_MS);
  const { databases } = deps;
  const real = databases.directory;
  let rounds = 0;
  const late = new Proxy(real, {
    get: (target, key) =>
      key === "batch"
        ? async (statements: D1PreparedStatement[]) => {
            rounds += 1;
            if (rounds === 1) {
              deps.databases = databases;
              await applyRetention(deps, clock.now());
            }
            return target.batch(statements);
          }
        : key === "prepare"
          ? (text: string) => target.prepare(text)
          : Reflect.get(target, key),
  });
  deps.databases = { ...databases, of: async () => late };
  await run(world, "order-download");
  expect(rounds).toBeGreaterThan(0);
  expect((await order(world)).redacted_at).not.toBeNull();
  expect(found(await everything(merchant.merchantId))).toEqual([]);
});

test("a canceled order is redacted, and neither its cart nor a person has it sent after that", async () => {
  const world = await makeWorld({ delivery: false });
  const { deps, clock, control } = world;
  await control("POST orders", { count: 1, ...person });
  await run(world, "order-download");
  const { id } = await order(world);
  expect((await actOn(world, id, clear)).result).toBe("done");
  // Within the time in which it could be restored otherwise.
  await call(deps, "PUT", "/api/retention", {
    key: world.merchant.keys.merchant,
    body: { days: 1 },
  });
  clock.pass(2 * DAY_MS);
  await round(deps);
  const back = await actOn(world, id, restore);
  expect(back).toMatchObject({ result: "refused", message: expect.stringContaining("taken out") });
  for (const action of [hold(), release, edit({ ship_to: { city: "Pluckley" } })])
    expect((await actOn(world, id, action)).result).toBe("refused");
  await control("PATCH orders", { status: "on-hold" });
  await control("PATCH orders", { status: "processing" });
  await download(world);
  await run(world, "order-download");
  const [row] = (await env.DB.prepare("SELECT status, cleared_at, redacted_at FROM orders").all())
    .results;
  expect(row).toMatchObject({ status: "canceled" });
  expect(row?.["redacted_at"]).not.toBeNull();
  expect(world.view().warehouse.orders).toEqual([]);
  expect(found(await everything(world.merchant.merchantId))).toEqual([]);
});
