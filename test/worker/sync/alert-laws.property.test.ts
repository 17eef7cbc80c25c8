import fc from "fast-check";
import { expect, test } from "vitest";
import type { OrderAction } from "../../../src/domain/order-actions.ts";
import { actOnOrders } from "../../../src/sync/act-on-orders.ts";
import { checkConnection } from "../../../src/sync/check-connection.ts";
import { dismissAlert } from "../../../src/sync/dismiss-alert.ts";
import { pauseConnection } from "../../../src/sync/pause-connection.ts";
import { makeWorld, run, tick, type World } from "../world.ts";
import { expectLaws } from "./alert-laws.ts";
import { answer, duringEveryCall, openAlerts, stored } from "./between-steps.ts";
import {
  by,
  cancel,
  cancelSending,
  clear,
  edit,
  hold,
  release,
  restore,
  settle,
} from "./people.ts";

const moods = ["well", "refuses", "address", "bad", "silent", "busy", "locked", "lost"] as const;
type Mood = (typeof moods)[number];

const actions: Readonly<Record<string, OrderAction>> = {
  hold: hold(),
  release,
  cancel,
  "cancel sending": cancelSending,
  clear,
  restore,
  edit: edit({ ship_to: { company: "Other" } }),
  resend: { action: "resend", may_ship_twice: false },
  "resend anyway": { action: "resend", may_ship_twice: true },
  "resend tracking": { action: "resend-tracking" },
};

const anyMood = fc.constantFrom(...moods);
const of = <K extends string>(kind: K) => fc.record({ kind: fc.constant(kind) });
const anyStep = fc.oneof(
  { weight: 3, arbitrary: of("order") },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("warehouse"), mood: anyMood }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("shop"), mood: anyMood }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("act"),
      action: fc.constantFrom(...Object.keys(actions)),
      which: fc.nat(3),
    }),
  },
  { weight: 3, arbitrary: of("ship") },
  { weight: 1, arbitrary: of("correct") },
  { weight: 1, arbitrary: of("void") },
  { weight: 1, arbitrary: of("called off by the warehouse") },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("changed in the shop"), which: fc.nat(3) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("canceled in the shop"), which: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("meant after all"), which: fc.nat(3) }) },
  { weight: 4, arbitrary: of("five minutes") },
  { weight: 5, arbitrary: of("an hour") },
  { weight: 1, arbitrary: of("days") },
  { weight: 1, arbitrary: of("pause") },
  { weight: 2, arbitrary: of("resume") },
  { weight: 2, arbitrary: of("check") },
  { weight: 1, arbitrary: of("dismiss") },
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

const refusals: Partial<Record<Mood, () => ReturnType<typeof answer>>> = {
  refuses: () => answer(422, '{"code":"other","message":"The moon is full"}'),
  address: () => answer(422, '{"code":"address","message":"No such street"}'),
  bad: () => answer(400, '{"message":"What?"}'),
  silent: () => answer(503, "{}"),
  busy: () => answer(429, "{}"),
  locked: () => answer(401, "{}"),
};

/** Vendors whose moods change. */
function moodyWorld(world: World) {
  const mood: Record<"warehouse" | "shop", Mood> = { warehouse: "well", shop: "well" };
  for (const who of ["warehouse", "shop"] as const)
    duringEveryCall(world.deps, new RegExp(`https://${who}\\.example/`), async (pass, request) => {
      const says = refusals[mood[who]];
      const writes = (request?.method ?? "GET") !== "GET";
      // A refusal is of one record, so that reading still works.
      const ofRecord = ["refuses", "address", "bad"].includes(mood[who]);
      if (mood[who] === "lost") {
        if (writes) await pass();
        return answer(502, "{}");
      }
      return says && (writes || !ofRecord) ? says() : pass();
    });
  return mood;
}

async function orderIds(): Promise<string[]> {
  return (await stored("SELECT id FROM orders ORDER BY created_at, cust_ref")).map(({ id }) =>
    String(id),
  );
}

async function take(world: World, mood: ReturnType<typeof moodyWorld>, step: Step): Promise<void> {
  const { deps, clock, merchant } = world;
  const { merchantId, wmsId } = merchant;
  const shopOrder = (which: number) => world.view().shop.orders[which]?.number;
  const inShop = async (which: number, change: object) => {
    const number = shopOrder(which);
    if (number === undefined) return;
    clock.pass(2_000);
    await world.control("PATCH orders", { numbers: [number], ...change }).catch(() => undefined);
    clock.pass(61_000);
    await run(world, "order-download");
  };
  switch (step.kind) {
    case "order":
      await world.control("POST orders", { count: 2 });
      clock.pass(61_000);
      await run(world, "order-download");
      return;
    case "warehouse":
    case "shop":
      mood[step.kind] = (step as { mood: Mood }).mood;
      return;
    case "act": {
      const { action, which } = step as { action: string; which: number };
      const ids = await orderIds();
      const id = ids[which % Math.max(1, ids.length)];
      const wanted = actions[action];
      if (id && wanted) await actOnOrders(deps, merchantId, [id], wanted, by);
      await settle(world);
      return;
    }
    case "ship":
      await world.control("POST ship");
      await run(world, "shipment-pickup");
      return;
    case "correct":
    case "void": {
      const shipment = world.state.warehouse_shipments.all().at(0)?.id;
      if (shipment === undefined) return;
      await world.control(`POST ${step.kind}`, {
        shipment,
        ...(step.kind === "correct" ? { tracking_number: `T${clock.now()}` } : {}),
      });
      await run(world, "shipment-pickup");
      return;
    }
    case "called off by the warehouse":
      await world.control("POST cancel", {});
      await run(world, "shipment-pickup");
      return;
    case "changed in the shop":
      return inShop((step as { which: number }).which, {
        address_1: `${clock.now()} Other Street`,
      });
    case "canceled in the shop":
      return inShop((step as { which: number }).which, { status: "cancelled" });
    case "meant after all":
      return inShop((step as { which: number }).which, { status: "processing" });
    case "five minutes":
      clock.pass(300_000);
      return tick(world);
    case "an hour":
      clock.pass(3_700_000);
      await tick(world);
      return tick(world);
    case "days":
      for (let day = 0; day < 16; day += 1) {
        clock.pass(24 * 3_600_000);
        await tick(world);
        await tick(world);
      }
      return;
    case "pause":
    case "resume":
      await pauseConnection(deps, merchantId, wmsId, step.kind === "pause");
      return settle(world).then(() => undefined);
    case "check":
      await checkConnection(deps, merchantId, wmsId);
      return settle(world).then(() => undefined);
    case "dismiss": {
      const [alert] = await openAlerts(world);
      if (alert) await dismissAlert(deps, merchantId, alert.id, "I know", by);
      return;
    }
  }
}

test("whatever people and vendors do, an alert counts what it lists, lists what is wrong, and all that is wrong is listed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 14 }), async (steps) => {
      const world = await makeWorld();
      const mood = moodyWorld(world);
      await take(world, mood, { kind: "order" });
      for (const step of steps) {
        await take(world, mood, step);
        await expectLaws(world, JSON.stringify(step));
      }
      for (const who of ["warehouse", "shop"] as const) mood[who] = "well";
      await pauseConnection(world.deps, world.merchant.merchantId, world.merchant.wmsId, false);
      for (const id of [world.merchant.wmsId, world.merchant.cartId])
        await checkConnection(world.deps, world.merchant.merchantId, id);
      await settle(world);
      for (let hours = 0; hours < 4; hours += 1) await take(world, mood, { kind: "an hour" });
      await expectLaws(world, "all is well again");
      const rest = (await openAlerts(world)).filter(({ retry }) => retry === "by_itself");
      expect(rest).toEqual([]);
    }),
    { numRuns: 15 },
  );
}, 600_000);
