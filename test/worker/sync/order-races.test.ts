import { expect, test } from "vitest";
import type { DispatchMessage } from "../../../src/domain/messages.ts";
import type { OrderAction } from "../../../src/domain/order-actions.ts";
import { fetchOrders } from "../../../src/sync/fetch-orders.ts";
import { releaseWaiting } from "../../../src/sync/release-waiting.ts";
import { workDispatch } from "../../../src/sync/work-dispatch.ts";
import { type World } from "../world.ts";
import {
  answer,
  aroundBatches,
  duringCall,
  hoursPass,
  order,
  shopOrderId,
  stored,
} from "./between-steps.ts";
import {
  act,
  actOn,
  cancel,
  cancelSending,
  clear,
  edit,
  hold,
  openAtWarehouse,
  release,
  restore,
  settle,
  setPolicy,
  submits,
  worldThatWaits,
  worldWithHint,
} from "./people.ts";

const address = edit({ ship_to: { city: "Dallas" } });

/** Works the page, with something right after its claim and before anything of it is read. */
async function withClaimThen(
  world: World,
  hint: DispatchMessage,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const slow = aroundBatches(world.deps, async (nth, commit) => {
    const done = await commit();
    if (nth === 1) await meanwhile();
    return done;
  });
  await workDispatch(slow, hint);
}

/** Works the page, with something while the warehouse has the order and we do not know it yet. */
async function withAnswerLate(
  world: World,
  hint: DispatchMessage,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const happened = duringCall(world.deps, submits, async (pass) => {
    const said = await pass();
    await meanwhile();
    return said;
  });
  await workDispatch(world.deps, hint);
  expect(happened()).toBe(true);
}

/** What is stored says the same everywhere. */
async function expectAgreement(world: World): Promise<void> {
  const rows = await stored(
    `SELECT o.status AS status, d.state AS state, d.dispatch_id AS dispatch_id FROM orders o JOIN deliveries d ON d.order_id = o.id`,
  );
  const pairs: Record<string, string[]> = {
    new: ["held", "waiting", "due"],
    at_wms: ["accepted"],
    canceled: ["canceled"],
  };
  for (const { status, state, dispatch_id } of rows) {
    expect(pairs[String(status)]).toContain(state);
    expect(dispatch_id).toBeNull();
  }
  expect(await stored("SELECT * FROM dispatches")).toEqual([]);
  const { status } = await order(world).catch(() => ({ status: "cleared" }));
  expect(openAtWarehouse(world)).toHaveLength(status === "at_wms" ? 1 : 0);
}

const before: [string, OrderAction, object][] = [
  ["held", hold(), { status: "new", on_hold: "person" }],
  ["kept from being sent", cancelSending, { status: "new", sending_canceled: true }],
  ["canceled", cancel, { status: "canceled", canceled_by: "person" }],
];
for (const [words, wanted, after] of before)
  test(`${words} before its page is claimed, an order is never sent`, async () => {
    const { world, hint } = await worldWithHint();
    expect(await act(world, wanted)).toMatchObject({ result: "done" });
    await workDispatch(world.deps, hint);
    await hoursPass(world, 2);
    expect(world.view().warehouse.received).toBe(0);
    expect(await order(world)).toMatchObject(after);
    await expectAgreement(world);
  });

test("cleared before its page is claimed, an order is never sent", async () => {
  const { world, hint } = await worldWithHint();
  expect(await act(world, clear)).toMatchObject({ result: "done" });
  await workDispatch(world.deps, hint);
  await hoursPass(world, 2);
  expect(world.view().warehouse.received).toBe(0);
  await expectAgreement(world);
});

test("edited before its page is claimed, an order goes out as it was edited", async () => {
  const { world, hint } = await worldWithHint();
  expect(await act(world, address)).toMatchObject({ result: "done" });
  await workDispatch(world.deps, hint);
  expect(JSON.stringify(world.state.warehouse_orders.all())).toContain("Dallas");
  await expectAgreement(world);
});

for (const [when, around] of [
  ["after its page was claimed", withClaimThen],
  ["while the warehouse takes it", withAnswerLate],
] as const) {
  for (const [words, wanted] of [
    ["hold", hold()],
    ["edit", address],
    ["clear", clear],
  ] as const)
    test(`to ${words} an order ${when} is refused, and the order goes as it was`, async () => {
      const { world, hint } = await worldWithHint();
      const { order: was } = await order(world);
      await around(world, hint, async () => {
        expect(await act(world, wanted)).toMatchObject({
          result: "refused",
          message: expect.stringContaining("It is being sent"),
        });
      });
      await hoursPass(world, 1);
      const now = await order(world);
      expect(now).toMatchObject({ status: "at_wms", on_hold: null, cleared_at: null });
      expect(now.order.ship_to).toEqual(was.ship_to);
      expect(JSON.stringify(world.state.warehouse_orders.all())).not.toContain("Dallas");
      await expectAgreement(world);
    });

  test(`to release an order ${when} does not send it twice`, async () => {
    const { world, hint } = await worldWithHint();
    await around(world, hint, () => act(world, release));
    await settle(world);
    await hoursPass(world, 2);
    expect(await order(world)).toMatchObject({ status: "at_wms" });
    await expectAgreement(world);
  });
}

test("canceled after its page was claimed and before it was read, an order is never sent", async () => {
  const { world, hint } = await worldWithHint();
  await setPolicy(world, { cancel_in_cart: true });
  await withClaimThen(world, hint, () => act(world, cancel));
  await settle(world);
  await hoursPass(world, 2);
  expect(world.view().warehouse.received).toBe(0);
  expect(await order(world)).toMatchObject({
    status: "canceled",
    canceled_by: "person",
    cancel_wanted: null,
  });
  expect(world.view().shop.orders[0]?.status).toBe("cancelled");
  await expectAgreement(world);
});

test("canceled while the warehouse takes it, an order is called off there, and in a cart that wants to hear", async () => {
  const { world, hint } = await worldWithHint();
  await setPolicy(world, { cancel_in_cart: true });
  await withAnswerLate(world, hint, () => act(world, cancel));
  await settle(world);
  await hoursPass(world, 2);
  expect(await order(world)).toMatchObject({
    status: "canceled",
    canceled_by: "person",
    cancel_wanted: null,
  });
  expect(world.view().shop.orders[0]?.status).toBe("cancelled");
  expect(openAtWarehouse(world)).toEqual([]);
});

test("canceled while the warehouse refuses it for good, an order is canceled and needs nobody", async () => {
  const { world, hint } = await worldWithHint();
  duringCall(world.deps, submits, async () => {
    await act(world, cancel);
    return answer(422, '{"code":"address","message":"No such street"}');
  });
  await workDispatch(world.deps, hint);
  expect(await order(world)).toMatchObject({ status: "canceled", cancel_wanted: null });
  await expectAgreement(world);
});

test("kept from being sent after its page was claimed and before it was read, an order stays and is never sent", async () => {
  const { world, hint } = await worldWithHint();
  await withClaimThen(world, hint, async () => {
    expect(await act(world, cancelSending)).toMatchObject({
      result: "done",
      message: expect.stringContaining("too late"),
    });
  });
  await hoursPass(world, 2);
  expect(world.view().warehouse.received).toBe(0);
  expect(await order(world)).toMatchObject({ status: "new", sending_canceled: true });
  await expectAgreement(world);
  await act(world, release);
  await settle(world);
  expect(await order(world)).toMatchObject({ status: "at_wms", sending_canceled: false });
});

test("kept from being sent while the warehouse takes it, an order is at the WMS, as if nobody had asked", async () => {
  const { world, hint } = await worldWithHint();
  await withAnswerLate(world, hint, () => act(world, cancelSending));
  await hoursPass(world, 2);
  expect(await order(world)).toMatchObject({
    status: "at_wms",
    sending_canceled: false,
    canceled_by: null,
  });
  await expectAgreement(world);
});

test("kept from being sent while the warehouse refuses it, an order stays and is not tried again", async () => {
  for (const code of ["address", "other"]) {
    const { world, hint } = await worldWithHint();
    duringCall(world.deps, submits, async () => {
      await act(world, cancelSending);
      return answer(422, JSON.stringify({ code, message: "No" }));
    });
    await workDispatch(world.deps, hint);
    await hoursPass(world, 3);
    expect(world.view().warehouse.received).toBe(0);
    expect(await order(world)).toMatchObject({
      status: "new",
      error_reason: null,
      sending_canceled: true,
    });
    await expectAgreement(world);
  }
});

test("kept from being sent while nobody knows whether it arrived, an order is asked for and not sent again", async () => {
  const { world, hint } = await worldWithHint();
  await world.control("POST faults", { target: "warehouse", kind: "timeout" });
  await workDispatch(world.deps, hint);
  expect(await act(world, hold())).toMatchObject({
    result: "refused",
    message: expect.stringContaining("may have it"),
  });
  expect(await act(world, cancelSending)).toMatchObject({ result: "done" });
  await world.control("DELETE faults");
  await hoursPass(world, 2);
  expect(world.view().warehouse.orders).toHaveLength(0);
  expect(await order(world)).toMatchObject({ status: "new", sending_canceled: true });
  await expectAgreement(world);
});

test("held while it is being released, an order stays held", async () => {
  const world = await worldThatWaits();
  const { merchantId, cartId } = world.merchant;
  await world.deps.databases
    .of(merchantId)
    .then((db) =>
      db
        .prepare("UPDATE connections SET policy = json_set(policy, '$.delivery', json('true'))")
        .run(),
    );
  // The waiting order is read; before it is put on a dispatch, somebody holds it.
  const slow = aroundBatches(world.deps, async (nth, commit) => {
    if (nth === 1) await act(world, hold());
    return commit();
  });
  await releaseWaiting(slow, merchantId, cartId);
  await hoursPass(world, 2);
  expect(world.view().warehouse.received).toBe(0);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "person" });
});

test("a process that dies between releasing an order and sending it leaves it to the sweep", async () => {
  const { world } = await worldWithHint();
  await act(world, hold());
  const { id } = await order(world);
  const dying = aroundBatches(world.deps, async (nth, commit) => {
    if (nth > 1) throw new Error("dead");
    return commit();
  });
  await actOn({ ...world, deps: dying }, id, release);
  expect(await order(world)).toMatchObject({ status: "new", on_hold: "released" });
  await hoursPass(world, 1);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  await expectAgreement(world);
});

test("an edit and a change in the cart at the same time both count, whichever commits first", async () => {
  for (const cartFirst of [true, false]) {
    const world = await worldThatWaits();
    const { merchantId, cartId } = world.merchant;
    await world.control("PATCH orders", { zip: "76701" });
    const fetch = () => fetchOrders(world.deps, merchantId, cartId, [shopOrderId(world)]);
    const { id } = await order(world);
    if (cartFirst) {
      let done = false;
      const slow = aroundBatches(world.deps, async (_nth, commit) => {
        if (!done) {
          done = true;
          await fetch();
        }
        return commit();
      });
      await actOn({ ...world, deps: slow }, id, address);
      expect(done).toBe(true);
    } else {
      await actOn(world, id, address);
      await fetch();
    }
    expect((await order(world)).order.ship_to).toMatchObject({ city: "Dallas", zip: "76701" });
  }
});

test("two people who cancel the same order leave one note", async () => {
  const { world } = await worldWithHint();
  const answers = await Promise.all([act(world, cancel), act(world, cancel)]);
  expect(answers.map(({ result }) => result).toSorted((a, b) => a.localeCompare(b))).toEqual([
    "done",
    "unchanged",
  ]);
  const { timeline } = await order(world);
  expect(timeline.filter(({ event }) => event === "canceled")).toHaveLength(1);
});

test("cleared and restored while its old page is still to be worked, an order is sent once", async () => {
  const { world, hint } = await worldWithHint();
  const { id } = await order(world);
  await act(world, clear);
  await actOn(world, id, restore);
  await workDispatch(world.deps, hint);
  await settle(world);
  await hoursPass(world, 2);
  expect(await order(world)).toMatchObject({ status: "at_wms" });
  await expectAgreement(world);
});
