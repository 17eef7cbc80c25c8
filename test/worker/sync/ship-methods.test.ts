import { expect, test } from "vitest";
import type { HttpAnswer } from "../../../src/platform/http.ts";
import { alertKinds, partsOfSubject } from "../../../src/domain/alerts.ts";
import { downloadOrders } from "../../../src/sync/download-orders.ts";
import { Crash, mortal } from "../crash.ts";
import { drain, makeWorld, run, tick, type World } from "../world.ts";
import {
  answer,
  duringCall,
  hoursPass,
  orderDownload,
  secondShop,
  stored,
} from "./between-steps.ts";
import {
  alerts,
  apiOf,
  count,
  exact,
  loadMethods,
  methods,
  saveMethods as save,
  sentMethods,
  worldOf,
} from "./mapped-methods.ts";
import { actOn, release, setPolicy, settle, submits } from "./people.ts";

test("30 orders with one unmapped ship method are held with one alert; its call saves the mapping, all 30 are sent and it closes", async () => {
  const world = await worldOf({ Express: 30 });
  expect(await count("status = 'error' AND error_reason = 'ship_method'")).toBe(30);
  expect(world.view().warehouse.orders).toEqual([]);
  const [alert, ...more] = await alerts();
  expect(more).toEqual([]);
  expect(alert).toMatchObject({ state: "open", waiting: 30, tell_at: expect.any(Number) });
  expect(world.deps.queues.notices.delayed.map(({ message }) => message)).toContainEqual({
    kind: "alerts",
    merchant_id: world.merchant.merchantId,
  });

  const parts = partsOfSubject(String(alert?.["subject"]));
  const details = JSON.parse(String(alert?.["details"]));
  const facts = { id: String(alert?.["id"]), parts, details };
  expect(alertKinds.ship_method.title(facts)).toBe(
    'Ship method "express" of Test shop has no mapping',
  );
  const { path, api } = alertKinds.ship_method.fix(facts);
  expect(path).toBe(`/carts/${world.merchant.cartId}/ship-methods?method=express`);
  expect(api.fill).toEqual(["items[0].wms_method"]);
  const body = structuredClone(api.body) as { items: { wms_method: string | null }[] };
  for (const item of body.items) item.wms_method = "UPS-2DA";
  const saved = await apiOf(world)(api.method, api.path, body);
  expect(saved).toEqual({
    status: 200,
    body: { saved: 1, changed: 1, task_id: expect.stringContaining("tsk_") },
  });
  await settle(world);

  expect(await count("status = 'at_wms'")).toBe(30);
  expect(new Set(sentMethods(world))).toEqual(new Set(["UPS-2DA"]));
  expect((await alerts()).map(({ state, waiting }) => [state, waiting])).toEqual([["resolved", 0]]);
  expect(await stored("SELECT * FROM alert_orders")).toEqual([]);
  const [{ timeline } = {}] = await stored("SELECT timeline FROM orders LIMIT 1");
  expect(timeline).toContain('Ship method \\"express\\" is mapped to \\"UPS-2DA\\" now.');
  expect(timeline).toContain('"by":"');
  const audit = await stored(
    "SELECT subject, before, after FROM audit WHERE act = 'ship_methods_changed'",
  );
  expect(audit).toHaveLength(1);
});

test("the carrier of the WMS's method goes with it, the order that is stored stays the cart's", async () => {
  const world = await worldOf({});
  await save(world, exact("express", "usps-pri"));
  await world.control("POST orders", { shipMethod: "Express" });
  await run(world, "order-download");
  const [{ order } = { order: null }] = world.view().warehouse.orders;
  expect(order).toMatchObject({ ship_code: "USPS-PRI", carrier: "USPS" });
  const [{ body } = {}] = await stored("SELECT body FROM orders");
  expect(JSON.parse(String(body))).toMatchObject({ ship_code: "express" });
});

test("a method lists itself when the cart first sends it, also while delivery is off, and once", async () => {
  const world = await makeWorld({ delivery: false });
  await world.control("POST orders", { count: 2, shipMethod: "Next day" });
  await run(world, "order-download");
  const first = await methods("value, as_written, description, wms_method, seen_at");
  expect(first).toEqual([
    {
      value: "next_day",
      as_written: "next_day",
      description: "Next day",
      wms_method: null,
      seen_at: expect.any(Number),
    },
  ]);
  world.clock.pass(3_600_000);
  await world.control("POST orders", { shipMethod: "Next day" });
  await run(world, "order-download");
  expect(await methods("value, as_written, description, wms_method, seen_at")).toEqual(first);
  world.clock.pass(61_000);
  await world.control("PATCH orders", { shipMethod: "Courier" });
  await run(world, "order-download");
  expect((await methods("value")).map(({ value }) => value)).toEqual(["courier", "next_day"]);
});

test("without methods of the WMS and without mappings everything goes as the cart writes it", async () => {
  const world = await worldOf({ Express: 2 }, false);
  expect(sentMethods(world)).toEqual(["express", "express"]);
  expect(await alerts()).toEqual([]);
});

test("once the WMS has methods, the next unmapped order is held", async () => {
  const world = await worldOf({ Express: 1 }, false);
  await loadMethods(world);
  await world.control("POST orders", { shipMethod: "Express" });
  world.clock.pass(61_000);
  await run(world, "order-download");
  expect([await count("status = 'at_wms'"), await count("status = 'error'")]).toEqual([1, 1]);
});

test("a policy of on holds without methods of the WMS, and off lets go what is held", async () => {
  const world = await makeWorld();
  await setPolicy(world, { hold_unmapped: "on" });
  await world.control("POST orders", { shipMethod: "Express" });
  await run(world, "order-download");
  expect(await count("status = 'error'")).toBe(1);
  await setPolicy(world, { hold_unmapped: "off" });
  await settle(world);
  expect(sentMethods(world)).toEqual(["express"]);
  expect((await alerts()).map(({ state }) => state)).toEqual(["resolved"]);
});

test("an order without any ship method is held too, and goes by the default, or by a mapping of its own", async () => {
  for (const mapping of [
    { match: "default", wms_method: "PICKUP" },
    { match: "exact", value: "", wms_method: "PICKUP" },
  ]) {
    const world = await worldOf({ "": 2 });
    expect(await count("error_reason = 'ship_method'")).toBe(2);
    expect((await save(world, mapping)).status).toBe(200);
    await settle(world);
    expect(sentMethods(world)).toEqual(["PICKUP", "PICKUP"]);
    expect((await alerts()).map(({ state }) => state)).toEqual(["resolved"]);
  }
});

test("one pattern releases the orders of many alerts, and a mapping that only passes does too", async () => {
  const world = await worldOf({
    "Express A": 1,
    "Express B": 1,
    "Express C": 1,
    "Express D": 2,
    "Express E": 1,
    "Express F": 1,
    Slow: 1,
  });
  expect((await alerts()).map(({ state }) => state)).toEqual(Array(7).fill("open"));
  await save(world, { match: "starts", value: "EXPRESS", wms_method: "UPS-2DA" });
  await settle(world);
  expect(sentMethods(world)).toEqual(Array(7).fill("UPS-2DA"));
  expect(await count("status = 'error'")).toBe(1);
  await save(world, { match: "exact", value: "slow", passes: true });
  await settle(world);
  expect(sentMethods(world).at(-1)).toBe("slow");
  expect((await alerts()).map(({ state }) => state)).toEqual(Array(7).fill("resolved"));
});

test("a pattern that names what stands in the description applies as well", async () => {
  const world = await worldOf({ "UPS® Ground (3-5 days)": 1 });
  await save(world, { match: "contains", value: "ground (3", wms_method: "UPS-GND" });
  await settle(world);
  expect(sentMethods(world)).toEqual(["UPS-GND"]);
});

test("350 orders are released in pages, and those of another method stay", async () => {
  const world = await worldOf({ Express: 350, Slow: 3 });
  const { body } = await save(world, exact("express", "UPS-2DA"));
  await settle(world);
  expect(await count("status = 'at_wms'")).toBe(350);
  expect(await count("status = 'error'")).toBe(3);
  const [task] = await stored(`SELECT state, done FROM tasks WHERE id = '${body.task_id}'`);
  expect(task).toEqual({ state: "done", done: 350 });
}, 60_000);

test("a release that dies at any step boundary goes on, and every order is sent once", async () => {
  const start = async () => {
    const world = await worldOf({ Express: 3, "Express B": 2 });
    await world.control("POST faults", { target: "warehouse", kind: "ignore_key" });
    await save(world, { match: "starts", value: "express", wms_method: "UPS-2DA" });
    return world;
  };
  const die = async (world: World, crashAt: number | null) => {
    const process = mortal(world.deps, crashAt);
    await drain(world.deps, process.deps).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    return process.boundaries;
  };
  const planned = await die(await start(), null);
  expect(planned.length).toBeGreaterThan(10);
  for (const [index, boundary] of planned.entries()) {
    const world = await start();
    await die(world, index);
    for (const minutes of [5, 17, 17]) {
      world.clock.pass(minutes * 60_000);
      await tick(world);
    }
    const where = `${index}: ${boundary}`;
    expect(await count("status = 'at_wms'"), where).toBe(5);
    expect(world.view().warehouse.orders, where).toHaveLength(5);
    expect(
      (await alerts()).map(({ state }) => state),
      where,
    ).toEqual(["resolved", "resolved"]);
  }
}, 120_000);

test("a mapping saved while its order is being held lets it go all the same", async () => {
  const world = await makeWorld();
  await loadMethods(world);
  await world.control("POST orders", { shipMethod: "Express" });
  await world.control("POST orders", { shipMethod: "Mapped" });
  await save(world, exact("mapped", "UPS-GND"));
  let early: unknown;
  // While the one is sent, the other has been judged and is not stored as held yet.
  const came = duringCall(world.deps, submits, async (pass): Promise<HttpAnswer> => {
    early = (await save(world, exact("express", "UPS-2DA"))).body;
    return pass();
  });
  await run(world, "order-download");
  expect(came()).toBe(true);
  expect(early).toMatchObject({ changed: 1, task_id: null });
  await hoursPass(world, 0.25);
  expect(new Set(sentMethods(world))).toEqual(new Set(["UPS-2DA", "UPS-GND"]));
  expect((await alerts()).map(({ state }) => state)).toEqual(["resolved"]);
});

test("saving the same mapping twice releases each order once and is audited once", async () => {
  const world = await worldOf({ Express: 2 });
  await save(world, exact("express", "UPS-2DA"));
  const again = await save(world, exact("EXPRESS ", "ups-2da"));
  expect(again.body).toMatchObject({ saved: 1, changed: 0 });
  await settle(world);
  expect(world.view().warehouse.orders).toHaveLength(2);
  expect(await stored("SELECT id FROM audit WHERE act = 'ship_methods_changed'")).toHaveLength(1);
  expect((await save(world, exact("express", "UPS-2DA"))).body.task_id).toBeNull();
});

test("two carts with a method of the same name are mapped each for itself", async () => {
  const world = await worldOf({ Express: 2 });
  await secondShop(world);
  const waved = await stored("SELECT id FROM orders WHERE on_hold = 'possible_duplicate'");
  for (const { id } of waved) await actOn(world, String(id), release);
  await settle(world);
  expect((await alerts()).map(({ waiting }) => waiting)).toEqual([2, 2]);
  await save(world, exact("express", "UPS-2DA"));
  await settle(world);
  expect(new Set((await alerts()).map(({ state }) => state))).toEqual(
    new Set(["open", "resolved"]),
  );
  expect(await count(`status = 'at_wms' AND cart_id = '${world.merchant.cartId}'`)).toBe(2);
  expect(await count("status = 'error'")).toBe(2);
});

test("a mapping that is taken away holds the next order, and the method stays listed", async () => {
  const world = await worldOf({});
  await save(world, exact("express", "UPS-2DA"), {
    match: "starts",
    value: "never",
    wms_method: "PICKUP",
  });
  await world.control("POST orders", { shipMethod: "Express" });
  await run(world, "order-download");
  const api = apiOf(world);
  const where = `cart_id=${world.merchant.cartId}`;
  expect((await api("DELETE", `/api/ship-methods?${where}&match=exact&value=Express`)).status).toBe(
    204,
  );
  expect((await api("DELETE", `/api/ship-methods?${where}&match=exact&value=Express`)).status).toBe(
    404,
  );
  expect((await api("DELETE", `/api/ship-methods?${where}&match=starts&value=never`)).status).toBe(
    204,
  );
  expect(await methods("value, wms_method")).toEqual([{ value: "express", wms_method: null }]);
  world.clock.pass(61_000);
  await world.control("POST orders", { shipMethod: "Express" });
  await run(world, "order-download");
  expect([await count("status = 'at_wms'"), await count("status = 'error'")]).toEqual([1, 1]);
});

test("what the WMS refused goes again by a new mapping of its method, and not by that of another", async () => {
  const world = await worldOf({});
  await save(world, exact("express", "UPS-2DA"));
  await world.control("POST orders", { shipMethod: "Express" });
  duringCall(world.deps, submits, async () =>
    answer(422, '{"code":"ship_method","message":"Not to this country"}'),
  );
  await run(world, "order-download");
  expect(await alerts()).toMatchObject([
    { state: "open", waiting: 1, message: "Not to this country" },
  ]);
  await save(world, { match: "starts", value: "other", wms_method: "UPS-GND" });
  await settle(world);
  expect(world.view().warehouse.orders).toEqual([]);
  await save(world, exact("express", "FDX-INTL"));
  await settle(world);
  expect(sentMethods(world)).toEqual(["FDX-INTL"]);
  expect((await alerts()).map(({ state }) => state)).toEqual(["resolved"]);
});

test("an order that a person holds is not sent by a mapping, yet waits on no alert any more", async () => {
  const world = await worldOf({ Express: 1 });
  const [{ id } = {}] = await stored("SELECT id FROM orders");
  await apiOf(world)("POST", `/api/orders/${String(id)}/hold`, {});
  await save(world, exact("express", "UPS-2DA"));
  await settle(world);
  expect(world.view().warehouse.orders).toEqual([]);
  expect(await stored("SELECT status, on_hold FROM orders")).toEqual([
    { status: "new", on_hold: "person" },
  ]);
  expect((await alerts()).map(({ state }) => state)).toEqual(["resolved"]);
});

test("an order that its address holds as well is held by that alone once its method is mapped", async () => {
  const world = await worldOf({});
  await world.control("POST orders", { shipMethod: "Express", address_1: "", city: "" });
  await run(world, "order-download");
  const open = "SELECT kind FROM alerts WHERE state = 'open' ORDER BY kind";
  expect(await stored(open)).toEqual([{ kind: "address" }, { kind: "ship_method" }]);
  await save(world, exact("express", "UPS-2DA"));
  await settle(world);
  expect(await stored("SELECT status, error_reason FROM orders")).toEqual([
    { status: "error", error_reason: "address" },
  ]);
  expect(await stored(open)).toEqual([{ kind: "address" }]);
});

test("a download and a held order are told once although hints come twice", async () => {
  const world = await makeWorld();
  await loadMethods(world);
  await world.control("POST orders", { count: 2, shipMethod: "Express" });
  await downloadOrders(world.deps, orderDownload(world));
  world.deps.queues.deliveries.sent.push(...world.deps.queues.deliveries.sent);
  await settle(world);
  expect(await alerts()).toMatchObject([{ waiting: 2, times: 1 }]);
});
