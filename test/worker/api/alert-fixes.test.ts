import { expect, test } from "vitest";
import { alertKindNames, type AlertKind } from "../../../src/domain/alerts.ts";
import type { ShownAlert } from "../../../src/sync/list-alerts.ts";
import { order } from "../sync/between-steps.ts";
import { settle } from "../sync/people.ts";
import { makeWorld, type World } from "../world.ts";
import { scenes, type Scene } from "./alert-scenes.ts";
import { client } from "./client.ts";

/** Puts a value where `fill` names it, such as `items[0].sku`; a line id may hold dots. */
function put(within: Record<string, unknown>, place: string, value: unknown): void {
  const key = Object.keys(within).find(
    (one) => place.startsWith(one) && /^(?:$|[.[\]])/.test(place.slice(one.length)),
  );
  if (key === undefined) throw new Error(`${place} is nowhere`);
  const rest = place.slice(key.length).replace(/^[.[\]]+/, "");
  if (rest === "") within[key] = value;
  else put(within[key] as Record<string, unknown>, rest, value);
}

/** Its call with what its `fill` names filled in; nothing that it does not name is given. */
async function filled(world: World, { fix }: ShownAlert, given: Scene["fill"] = {}) {
  const body = structuredClone(fix.api.body) as Record<string, unknown>;
  const lineId = async () => (await order(world)).order.lines[0]?.line_id ?? "";
  for (const place of fix.api.fill) {
    const said = /^lines\..*\.sku$/.test(place) ? given["lines.*.sku"] : given[place];
    expect(said, `nothing is said for ${place}`).not.toBeUndefined();
    put(body, place, said === "first" ? { [await lineId()]: { sku: "MUG" } } : said);
  }
  expect(Object.keys(given)).toHaveLength(fix.api.fill.length);
  return body;
}

async function mends(kind: AlertKind, { trouble, fill, ofDray }: Scene): Promise<void> {
  const world = await makeWorld();
  const { keys } = world.merchant;
  const api = client(world.deps, ofDray ? keys.warehouse : keys.merchant);
  const of = ofDray ? "?of=installation" : "";
  const removed = await trouble(world);
  const open: ShownAlert[] = (await api("GET", `/api/alerts${of}`)).body.items;
  const alert = open.find((one) => one.kind === kind);
  if (!alert) throw new Error(`It is not open: ${open.map((one) => one.kind).join(", ")}`);
  expect(alert.fix.path).toMatch(/^\/[a-z-]+(\/[^/?\s]+)*(\?[^\s]*)?$/);
  await removed?.();
  const { method, path } = alert.fix.api;
  const { status, body } = await api(method, path, await filled(world, alert, fill));
  expect([status, body]).toEqual([expect.toSatisfy((said) => said >= 200 && said < 300), body]);
  await settle(world);
  const { body: after } = await api("GET", `/api/alerts/${alert.id}${of}`);
  if (path.endsWith("/dismiss")) expect(after).toMatchObject({ state: "dismissed" });
  else expect(after).toMatchObject({ state: "resolved", waiting: 0 });
}

test("every kind of alert is brought about here", () => {
  expect(Object.keys(scenes).toSorted()).toEqual(alertKindNames.toSorted());
  expect(Object.values(scenes).every((of) => of.length > 0)).toBe(true);
});

for (const kind of alertKindNames)
  for (const scene of scenes[kind])
    test(
      `the call of ${kind}${scene.name && ` ${scene.name}`} mends it and closes the alert`,
      () => mends(kind, scene),
      20_000,
    );
