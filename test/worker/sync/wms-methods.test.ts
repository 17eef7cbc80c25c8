import { expect, test } from "vitest";
import { listWmsMethods } from "../../../src/store/wms-methods.ts";
import { DRAY } from "../../../src/domain/actor.ts";
import { replaceWmsMethods } from "../../../src/sync/replace-wms-methods.ts";
import { makeWorld, run, tick } from "../world.ts";
import { answer, duringCall, stored } from "./between-steps.ts";
import { alerts, apiOf, exact, loadMethods, saveMethods, sentMethods } from "./mapped-methods.ts";
import { settle } from "./people.ts";

test("methods are loaded from the WMS and typed; one that is gone stays while a mapping uses it", async () => {
  const world = await makeWorld();
  const { wmsId, merchantId } = world.merchant;
  const api = apiOf(world);
  expect(await loadMethods(world)).toMatchObject({ loaded: 5, added: 5, warnings: [] });
  expect(await loadMethods(world)).toMatchObject({ loaded: 5, added: 0, changed: 0, removed: 0 });
  const typed = (items: object[]) => api("PUT", "/api/ship-methods/wms", { wms_id: wmsId, items });
  await typed([{ code: "VAN", name: "Our own van" }, { code: "BIKE" }]);
  await saveMethods(world, exact("local", "van"));
  const without = await typed([]);
  expect(without.body).toMatchObject({ added: 0, removed: 1 });
  expect(without.body.warnings).toEqual([
    '"VAN" is listed no more. It stays while mappings use it: map them anew.',
  ]);
  const shown = await api("GET", `/api/ship-methods/wms?wms_id=${wmsId}`);
  expect(shown.body.can_load).toBe(true);
  expect(shown.body.items.map(({ code }: { code: string }) => code)).toEqual([
    "FDX-INTL",
    "PICKUP",
    "UPS-2DA",
    "UPS-GND",
    "USPS-PRI",
    "VAN",
  ]);
  const db = await world.deps.databases.of(merchantId);
  expect(await listWmsMethods(db, merchantId, wmsId)).toHaveLength(6);
});

test("what a person typed of a method wins, and all else of it comes from the WMS", async () => {
  const world = await makeWorld();
  const { wmsId } = world.merchant;
  const api = apiOf(world);
  const shown = async () => {
    const { body } = await api("GET", `/api/ship-methods/wms?wms_id=${wmsId}`);
    return body.items.find(({ code }: { code: string }) => code === "UPS-GND");
  };
  const typed = (items: object[]) => api("PUT", "/api/ship-methods/wms", { wms_id: wmsId, items });
  await loadMethods(world);
  const listed = await shown();
  expect(listed).toMatchObject({ carrier: "UPS", source: "wms" });

  await typed([{ code: "UPS-GND", name: "Our ground" }]);
  expect(await shown()).toEqual({ ...listed, name: "Our ground" });
  expect(await loadMethods(world)).toMatchObject({ added: 0, changed: 0, removed: 0 });
  expect(await shown()).toEqual({ ...listed, name: "Our ground" });
  await saveMethods(world, exact("express", "UPS-GND"));
  await world.control("POST orders", { shipMethod: "Express" });
  await run(world, "order-download");
  expect(world.view().warehouse.orders[0]).toMatchObject({ order: { carrier: "UPS" } });

  await typed([{ code: "UPS-GND", carrier: "Our van" }]);
  expect(await shown()).toEqual({ ...listed, carrier: "Our van" });
  expect((await typed([])).body).toMatchObject({ changed: 1, removed: 0 });
  expect(await shown()).toEqual(listed);
});

test("a typed method that the WMS lists later stays typed when the WMS lists it no more", async () => {
  const world = await makeWorld();
  const { merchantId, wmsId } = world.merchant;
  const replace = (source: "wms" | "typed", ...rows: [code: string, carrier: string | null][]) =>
    replaceWmsMethods(
      world.deps,
      merchantId,
      wmsId,
      rows.map(([code, carrier]) => ({ code, name: null, carrier })),
      source,
      DRAY,
    );
  await replace("typed", ["VAN", null]);
  expect((await replace("wms", ["VAN", "Theirs"], ["BIKE", null])).items).toMatchObject([
    { code: "BIKE" },
    { code: "VAN", carrier: "Theirs", source: "wms" },
  ]);
  expect((await replace("wms", ["BIKE", null])).items).toMatchObject([
    { code: "BIKE" },
    { code: "VAN", carrier: null, source: "typed" },
  ]);
  expect((await replace("typed")).items).toMatchObject([{ code: "BIKE" }]);
});

test("mappings to what the WMS does not have are warned of, hold their orders, and go once it has it", async () => {
  const world = await makeWorld();
  await saveMethods(world, exact("express", "OLD"));
  const loaded = await loadMethods(world);
  expect(loaded.warnings).toEqual([
    'Test shop maps to "OLD", which is none of the WMS\'s methods.',
  ]);
  await settle(world);
  await world.control("POST orders", { shipMethod: "Express" });
  await run(world, "order-download");
  const [alert] = await alerts();
  expect(JSON.parse(String(alert?.["details"]))).toMatchObject({ mapped_to: "OLD" });
  const list = await apiOf(world)("GET", `/api/ship-methods?cart_id=${world.merchant.cartId}`);
  expect(list.body).toMatchObject({
    holds: true,
    warnings: ['"express" is mapped to "OLD", which the WMS does not have.'],
    items: [{ value: "express", waiting: 1, mapped: true }],
  });
  await apiOf(world)("PUT", "/api/ship-methods/wms", {
    wms_id: world.merchant.wmsId,
    items: [{ code: "OLD" }],
  });
  await settle(world);
  expect(sentMethods(world)).toEqual(["OLD"]);
});

test("loaded methods are loaded anew once a day; a WMS of which none were is not asked", async () => {
  const world = await makeWorld();
  const asked = () => world.deps.calls.filter(({ url }) => url.endsWith("/ship-methods")).length;
  const dayPasses = async () => {
    for (let hour = 0; hour < 24; hour += 1) {
      world.clock.pass(3_600_000);
      await tick(world);
    }
  };
  await dayPasses();
  expect(asked()).toBe(0);
  await loadMethods(world);
  world.deps.calls.length = 0;
  await dayPasses();
  expect(asked()).toBe(1);
}, 60_000);

test("a WMS that has no list, or gives none now, changes nothing", async () => {
  const world = await makeWorld();
  await loadMethods(world);
  const load_ = () =>
    apiOf(world)("POST", "/api/ship-methods/load", { wms_id: world.merchant.wmsId });
  const lists = /ship-methods$/;
  duringCall(world.deps, lists, async () => answer(404, '{"code":"no_route","message":"No"}'));
  expect((await load_()).body).toMatchObject({ loaded: null, removed: 0 });
  duringCall(world.deps, lists, async () => answer(200, '{"ship_methods":[]}'));
  expect((await load_()).body).toMatchObject({ loaded: 0, removed: 0 });
  duringCall(world.deps, lists, async () => answer(500, "{}"));
  expect((await load_()).status).toBe(503);
  expect(await stored("SELECT code FROM wms_methods")).toHaveLength(5);
});
