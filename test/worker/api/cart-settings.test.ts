import { expect, test } from "vitest";
import { beforeReading, stored } from "../sync/between-steps.ts";
import { drain, makeWorld, run, type World } from "../world.ts";
import { call, client } from "./client.ts";

const at = ({ deps, merchant }: World) => {
  const api = client(deps, merchant.keys.merchant);
  return (method: string, path: string, body?: unknown) =>
    api(method, `/api/carts/${merchant.cartId}/${path}`, body);
};

const audit = async ({ deps, merchant }: World, query = "") =>
  (await client(deps, merchant.keys.merchant)("GET", `/api/audit?${query}`)).body;

test("a cart's settings come with what there is to choose from and with what the download notices", async () => {
  const world = await makeWorld();
  const { status, body } = await at(world)("GET", "settings");
  expect(status).toBe(200);
  expect(body.settings).toEqual({
    delivery: true,
    order_statuses: ["processing"],
    payment_statuses: [],
    fulfilment_statuses: expect.arrayContaining(["unfulfilled"]),
    earliest_order_at: "2026-11-21T10:02:30.000Z",
    wms_id: null,
    reference_prefix: "",
    reference_suffix: "",
    wait_minutes: 0,
    hold_unmapped: "auto",
    cancel_in_cart: false,
    item_code_out: null,
    item_code_in: null,
    hold_unknown_codes: "auto",
    post_shipments: "each",
    untracked_counts: true,
    mail_customer: true,
    download: { on: true, interval_minutes: 5 },
  });
  expect(body.choices.order_statuses).toContainEqual({
    value: "processing",
    label: "Processing",
    taken_by_default: true,
  });
  expect(body.choices.payment_statuses.length).toBeGreaterThan(0);
  expect(body.choices.fulfilment_statuses.length).toBeGreaterThan(0);
  expect(body.choices.wms_id).toEqual([{ value: world.merchant.wmsId, label: "Test warehouse" }]);
  expect(body.choices.download.interval_minutes).toContain(15);
  expect(body.sees).toContain("status");
  expect(body.sees).not.toContain("note");
  expect(body).toMatchObject({ pushes: false, warnings: [] });
  const wms = `/api/carts/${world.merchant.wmsId}/settings`;
  const api = client(world.deps, world.merchant.keys.merchant);
  expect((await api("GET", wms)).status).toBe(404);
});

test("what is given changes, the rest stays, and the audit says who changed what", async () => {
  const world = await makeWorld();
  const { body } = await at(world)("PATCH", "settings", {
    order_statuses: ["processing", "on-hold"],
    wait_minutes: 30,
    earliest_order_at: "2026-11-01T00:00:00+01:00",
    download: { interval_minutes: 15 },
  });
  expect(body.settings).toMatchObject({
    order_statuses: ["processing", "on-hold"],
    wait_minutes: 30,
    earliest_order_at: "2026-10-31T23:00:00.000Z",
    delivery: true,
    download: { on: true, interval_minutes: 15 },
  });
  const { user } = world.merchant.keys.merchant;
  const { items } = await audit(world, `subject=${world.merchant.cartId}&limit=1`);
  expect(items).toEqual([
    {
      id: expect.stringMatching(/^aud_/),
      at: "2026-11-21T10:02:31.000Z",
      by: { user, name: expect.any(String) },
      act: "cart_settings_changed",
      subject: world.merchant.cartId,
      before: {
        order_statuses: ["processing"],
        wait_minutes: 0,
        earliest_order_at: Date.UTC(2026, 10, 21, 10, 2, 30),
        download: { on: true, interval_minutes: 5 },
      },
      after: {
        order_statuses: ["processing", "on-hold"],
        wait_minutes: 30,
        earliest_order_at: Date.UTC(2026, 9, 31, 23),
        download: { on: true, interval_minutes: 15 },
      },
    },
  ]);
});

test("a change over the connection is audited and followed like one of the cart's settings", async () => {
  const world = await makeWorld();
  const { deps, merchant } = world;
  await world.control("POST orders", { count: 1, status: "on-hold" });
  await run(world, "order-download");
  const api = client(deps, merchant.keys.merchant);
  const changed = await api("PATCH", `/api/connections/${merchant.cartId}`, {
    name: "Renamed",
    policy: { order_statuses: ["on-hold"] },
    settings: { complete_orders: false },
  });
  expect(changed.body.recheck).toMatch(/^tsk_/);
  const { items } = await audit(world, "limit=2");
  expect(items).toMatchObject([
    { act: "cart_settings_changed", after: { order_statuses: ["on-hold"] } },
    {
      act: "connection_changed",
      before: { name: "Test shop", "settings.complete_orders": null },
      after: { name: "Renamed", "settings.complete_orders": false },
    },
  ]);
  await drain(deps, deps);
  expect(await stored("SELECT id FROM orders")).toHaveLength(1);
});

test("no secret is ever in the audit, and a change that changes nothing is not in it", async () => {
  const world = await makeWorld();
  const { deps, merchant } = world;
  const api = client(deps, merchant.keys.merchant);
  const before = (await audit(world)).items.length;
  await at(world)("PATCH", "settings", { order_statuses: ["processing"] });
  await at(world)("PUT", "filters", { filters: [] });
  await at(world)("PUT", "item-filters", { mode: "off", level: "line", skus: [] });
  expect((await audit(world)).items).toHaveLength(before);
  await api("POST", `/api/connections/${merchant.cartId}/secrets`, {
    secrets: { consumer_secret: "cs_canary_canary" },
  });
  await at(world)("PATCH", "settings", { delivery: false });
  const text = JSON.stringify(await stored("SELECT * FROM audit"));
  expect(text).toContain("cart_settings_changed");
  for (const secret of ["cs_canary_canary", "cs_demo_sandbox_secret", "demo-webhook-secret"])
    expect(text).not.toContain(secret);
});

test("filters are kept as given; an unknown field or an invalid value is refused and named", async () => {
  const world = await makeWorld();
  const filters = [
    { field: "country", mode: "restricted", match: "whole", values: ["FR", "DE"] },
    { field: "total", mode: "required", match: "at_least", values: ["10"] },
  ];
  const put = await at(world)("PUT", "filters", { filters });
  expect(put).toMatchObject({ status: 200, body: { filters, warnings: [], recheck: null } });
  for (const [filter, path] of [
    [{ field: "colour", mode: "required", values: ["red"] }, "filters.0.field"],
    [{ field: "total", mode: "required", values: ["cheap"] }, "filters.0.values.0"],
    [{ field: "zip", mode: "required", match: "at_least", values: ["1"] }, "filters.0.match"],
    [{ field: "zip", mode: "required", values: [] }, "filters.0.values"],
    [{ field: "country", mode: "required", values: ["USA"] }, "filters.0.values.0"],
    [{ field: "zip", mode: "maybe", values: ["1"] }, "filters.0.mode"],
    [{ field: "zip", mode: "required", values: ["1"], also: 1 }, "filters.0.also"],
  ] as const) {
    const refused = await at(world)("PUT", "filters", { filters: [filter] });
    expect([refused.status, refused.body.error.fields[0].path]).toEqual([422, path]);
  }
  expect((await at(world)("GET", "filters")).body.filters).toEqual(filters);
  await at(world)("PUT", "filters", { filters: filters.slice(0, 1) });
  expect((await audit(world, "limit=1")).items[0]).toMatchObject({
    act: "filters_changed",
    before: { filters: [filters[1]] },
    after: { filters: [] },
  });
});

test("an item filter is kept without repeats, audited by what came and went, and refused when it is none", async () => {
  const world = await makeWorld();
  const filter = { mode: "deny", level: "order", skus: ["A", " a ", "B", ""] };
  const put = await at(world)("PUT", "item-filters", filter);
  expect(put.body).toMatchObject({ mode: "deny", level: "order", skus: ["a", "B", ""] });
  await at(world)("PUT", "item-filters", { ...filter, skus: ["a", "C"] });
  expect((await audit(world, "limit=1")).items[0]).toMatchObject({
    act: "item_filters_changed",
    before: { sku_count: 3, skus: ["B", ""] },
    after: { sku_count: 2, skus: ["C"] },
  });
  for (const [wrong, path] of [
    [{ mode: "deny", level: "line" }, "skus"],
    [{ mode: "some", level: "line", skus: [] }, "mode"],
    [{ mode: "deny", level: "half", skus: [] }, "level"],
  ] as const) {
    const refused = await at(world)("PUT", "item-filters", wrong);
    expect([refused.status, refused.body.error.fields[0].path]).toEqual([422, path]);
  }
});

test("SKUs come and go as a CSV file, the blank one too; mode and level stay unless they are given", async () => {
  const world = await makeWorld();
  const { deps, merchant } = world;
  const key = merchant.keys.merchant;
  const path = `/api/carts/${merchant.cartId}/item-filters.csv`;
  const put = (query: string, body: string) => call(deps, "PUT", path + query, { key, body });
  const unsaid = await put("", "sku\nA\n");
  expect([unsaid.status, unsaid.json.error.fields[0].path]).toEqual([422, "mode"]);
  const said = await put("?mode=deny&level=order", 'sku\r\nA\r\n"B,1"\r\n""\r\na\r\n');
  expect(said.json).toMatchObject({ mode: "deny", level: "order", skus: ["a", "B,1", ""] });
  const file = await call(deps, "GET", path, { key });
  expect(file.headers.get("content-type")).toContain("text/csv");
  const again = await put("", file.text);
  expect(again.json).toMatchObject({ mode: "deny", level: "order", skus: ["a", "B,1", ""] });
  const long = await put("", `sku\n${"x".repeat(201)}\n`);
  expect([long.status, long.json.error.fields[0].path]).toEqual([422, "row 2"]);
  expect((await put("?mode=perhaps", "sku\nA\n")).status).toBe(422);
});

test("a file of SKUs that is on its way while somebody changes mode and level keeps those", async () => {
  const world = await makeWorld();
  const { deps, merchant } = world;
  await at(world)("PUT", "item-filters", { mode: "deny", level: "line", skus: ["OLD"] });
  let changed = false;
  const slow = beforeReading(deps, /FROM "connections" WHERE .* id = \?/, async () => {
    if (changed) return;
    changed = true;
    await at(world)("PUT", "item-filters", { mode: "allow", level: "order", skus: ["OTHER"] });
  });
  const put = await call(slow, "PUT", `/api/carts/${merchant.cartId}/item-filters.csv`, {
    key: merchant.keys.merchant,
    body: "sku\nNEW\n",
  });
  expect([put.status, changed]).toEqual([200, true]);
  expect(put.json).toMatchObject({ mode: "allow", level: "order", skus: ["NEW"] });
});

test("a setting that a cart cannot have is refused in the words of the settings, and nothing is stored", async () => {
  const world = await makeWorld();
  const before = await stored("SELECT * FROM connections");
  const audits = await stored("SELECT * FROM audit");
  for (const [change, path] of [
    [{ wms_id: "con_nowhere" }, "wms_id"],
    [{ wms_id: world.merchant.cartId }, "wms_id"],
    [{ earliest_order_at: "yesterday" }, "earliest_order_at"],
    [{ earliest_order_at: 5 }, "earliest_order_at"],
    [{ earliest_order_at: "1969-12-31T23:59:59Z" }, "earliest_order_at"],
    [{ earliest_order_at: "1970-01-01T00:00:00+01:00" }, "earliest_order_at"],
    [{ wait_minutes: -1 }, "wait_minutes"],
    [{ reference_prefix: "x".repeat(21) }, "reference_prefix"],
    [{ reference_prefix: "A\nB" }, "reference_prefix"],
    [{ reference_prefix: "A\u200B" }, "reference_prefix"],
    [{ reference_suffix: "\u0000" }, "reference_suffix"],
    [{ download: { interval_minutes: 7 } }, "download.interval_minutes"],
    [{ allow_test_orders: true }, "allow_test_orders"],
    [{ filters: [] }, "filters"],
  ] as const) {
    const refused = await at(world)("PATCH", "settings", { delivery: false, ...change });
    expect([refused.status, refused.body.error.fields[0].path]).toEqual([422, path]);
  }
  expect(await stored("SELECT * FROM connections")).toEqual(before);
  expect(await stored("SELECT * FROM audit")).toEqual(audits);
});

test("an earliest order date before 1970 is refused in a preview and over the connection too", async () => {
  const world = await makeWorld();
  const settings = { earliest_order_at: "1969-12-31T23:59:59Z" };
  const preview = await at(world)("POST", "preview", { settings });
  expect([preview.status, preview.body.error.fields[0].path]).toEqual([
    422,
    "settings.earliest_order_at",
  ]);
  const { deps, merchant } = world;
  const path = `/api/connections/${merchant.cartId}`;
  const changed = await client(deps, merchant.keys.merchant)("PATCH", path, { policy: settings });
  expect([changed.status, changed.body.error.fields[0].path]).toEqual([
    422,
    "policy.earliest_order_at",
  ]);
});

test("1970 itself and a prefix with spaces and accents are taken", async () => {
  const world = await makeWorld();
  const { status, body } = await at(world)("PATCH", "settings", {
    earliest_order_at: "1970-01-01T00:00:00Z",
    reference_prefix: "É 1-",
  });
  expect(status).toBe(200);
  expect(body.settings).toMatchObject({
    earliest_order_at: "1970-01-01T00:00:00.000Z",
    reference_prefix: "É 1-",
  });
});

test("settings that load or send nothing are stored and warned of", async () => {
  const world = await makeWorld();
  const { body } = await at(world)("PATCH", "settings", {
    delivery: false,
    order_statuses: ["cancelled", "refunded"],
    payment_statuses: ["paid-by-magic"],
    earliest_order_at: "2027-01-01T00:00:00Z",
    download: { on: false },
  });
  const paths = (warnings: { path: string }[]) => warnings.map(({ path }) => path).toSorted();
  expect(paths(body.warnings)).toEqual([
    "delivery",
    "download.on",
    "earliest_order_at",
    "order_statuses",
    "payment_statuses",
  ]);
  expect(JSON.stringify(body.warnings)).toContain('\\"paid-by-magic\\"');
  const filters = ["US", "CA"].map((country) => ({
    field: "country",
    mode: "required",
    values: [country],
  }));
  const filtered = await at(world)("PUT", "filters", { filters });
  expect(paths(filtered.body.warnings)).toContain("filters.1");
  const allowed = await at(world)("PUT", "item-filters", {
    mode: "allow",
    level: "line",
    skus: [],
  });
  expect(paths(allowed.body.warnings)).toContain("item_filters.skus");
});

test("of two changes at the same time one is a conflict, and leaves nothing in the audit", async () => {
  const world = await makeWorld();
  const before = (await audit(world)).items.length;
  const answers = await Promise.all(
    ["B-", "C-"].map((reference_prefix) => at(world)("PATCH", "settings", { reference_prefix })),
  );
  const statuses = answers.map(({ status }) => status);
  const won = statuses.filter((status) => status === 200).length;
  expect(won).toBeGreaterThan(0);
  expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
  expect((await audit(world)).items).toHaveLength(before + won);
});

test("a WMS takes a policy of its own and nothing of a cart's", async () => {
  const world = await makeWorld();
  const { wmsId, cartId, keys } = world.merchant;
  const api = client(world.deps, keys.merchant);
  const patch = (id: string, policy: object) => api("PATCH", `/api/connections/${id}`, { policy });
  const taken = await patch(wmsId, { allow_test_orders: true });
  expect(taken).toMatchObject({
    status: 200,
    body: { connection: { policy: { allow_test_orders: true } } },
  });
  expect((await audit(world, "limit=1")).items[0]).toMatchObject({
    act: "connection_changed",
    subject: wmsId,
    before: { allow_test_orders: false },
    after: { allow_test_orders: true },
  });
  for (const [id, policy, path] of [
    [wmsId, { order_statuses: [] }, "policy.order_statuses"],
    [cartId, { allow_test_orders: true }, "policy.allow_test_orders"],
  ] as const) {
    const refused = await patch(id, policy);
    expect([refused.status, refused.body.error.fields[0].path]).toEqual([422, path]);
  }
});

test("the audit goes back page by page, and another merchant's is empty", async () => {
  const world = await makeWorld();
  for (const reference_prefix of ["A", "B", "C", "D"])
    await at(world)("PATCH", "settings", { reference_prefix });
  const first = await audit(world, "limit=2");
  const second = await audit(world, `limit=2&before=${first.next}`);
  const prefixes = [...first.items, ...second.items].map(({ after }) => after.reference_prefix);
  expect(prefixes).toEqual(["D", "C", "B", "A"]);
  expect((await audit(world, `subject=${world.merchant.wmsId}`)).items).toEqual([]);
  const warehouse = client(world.deps, world.merchant.keys.warehouse);
  const made = await warehouse("POST", "/api/merchants", { name: "Second" });
  const other = client(world.deps, made.body.key);
  expect((await other("GET", "/api/audit")).body.items).toEqual([]);
});
