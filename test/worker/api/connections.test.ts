import { expect, test } from "vitest";
import { openConnection } from "../../../src/sync/open-connection.ts";
import { cartWanted, mintMerchant, testDeps, wmsWanted } from "../deps.ts";
import { HttpError } from "../../../src/platform/http.ts";
import { call } from "./client.ts";
import { healthyVendors } from "./vendors.ts";

const withVendors = () => {
  const vendors = healthyVendors();
  return { vendors, deps: testDeps({ http: vendors }) };
};

test("a connector's field list comes with labels, and tells what is required and secret", async () => {
  const { deps } = withVendors();
  const { keys } = await mintMerchant(deps);
  const { json } = await call(deps, "GET", "/api/connectors", { key: keys.merchant });
  const woo = json.items.find((item: { id: string }) => item.id === "woocommerce");
  expect(woo.side).toBe("cart");
  expect(woo.order_statuses).toContainEqual({
    value: "processing",
    label: "Processing",
    taken_by_default: true,
  });
  expect(woo.fields).toContainEqual({
    name: "store_url",
    group: "settings",
    label: "Store address",
    help: expect.stringContaining("https://shop.example"),
    required: true,
    secret: false,
    type: "url",
  });
  expect(woo.fields).toContainEqual(
    expect.objectContaining({
      name: "complete_orders",
      type: "boolean",
      required: false,
      default: true,
    }),
  );
  expect(woo.fields).toContainEqual(
    expect.objectContaining({
      name: "consumer_secret",
      group: "secrets",
      secret: true,
      required: true,
    }),
  );
  expect(woo.fields).toContainEqual(
    expect.objectContaining({ name: "webhook_secret", required: false }),
  );
});

test("a new cart takes orders from now on, sends none, has its jobs and its webhooks", async () => {
  const { deps, vendors } = withVendors();
  const { keys, merchantId } = await mintMerchant(deps);
  vendors.webhooks.length = 0;
  const { connector, settings, secrets } = cartWanted;
  const made = await call(deps, "POST", "/api/connections", {
    key: keys.merchant,
    body: {
      connector,
      name: "Second shop",
      settings,
      secrets: {
        consumer_key: secrets["consumer_key"],
        consumer_secret: secrets["consumer_secret"],
      },
      key: true,
    },
  });
  expect(made.status).toBe(201);
  const { connection, report, webhook, key } = made.json;
  expect(report).toMatchObject({ ok: true, health: "healthy", problems: [] });
  expect(connection.policy).toEqual({
    delivery: false,
    order_statuses: ["processing"],
    payment_statuses: [],
    fulfilment_statuses: ["unfulfilled", "partially_fulfilled"],
    filters: [],
    wait_minutes: 0,
    hold_unmapped: "auto",
    cancel_in_cart: false,
    earliest_order_at: "2026-11-21T10:02:30.000Z",
    wms_id: null,
    reference_prefix: "",
    reference_suffix: "",
    item_code_out: null,
    item_code_in: null,
    hold_unknown_codes: "auto",
    post_shipments: "each",
    untracked_counts: true,
    mail_customer: true,
  });
  expect(connection.secrets_set).toEqual(["consumer_key", "consumer_secret", "webhook_secret"]);
  expect(webhook.url).toBe(`https://dray.test/webhooks/${merchantId}/${connection.id}`);
  expect(vendors.webhooks).toHaveLength(4);
  expect(vendors.webhooks.every((hook) => hook["delivery_url"] === webhook.url)).toBe(true);
  expect(key.user).toMatch(/^cart_/);
  expect(connection.jobs).toEqual([
    {
      job: "order-download",
      on: true,
      schedule: "every 5 minutes",
      interval_minutes: 5,
      last_run: null,
      status: "N/A",
      next_run: "2026-11-21T10:05:00.000Z",
    },
    expect.objectContaining({ job: "stock-upload", on: false, status: "off", next_run: null }),
    expect.objectContaining({ job: "tracking-upload", on: true, schedule: "as data arrives" }),
  ]);

  const opened = await openConnection(deps, merchantId, connection.id);
  expect(opened.webhookKeys).toEqual([vendors.webhooks[0]?.["secret"]]);
  expect(opened.webhookKeys[0]).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
});

test("a check that fails leaves the connection there, and its report says why", async () => {
  const deps = testDeps({ http: () => ({ status: 401, body: { code: "x", message: "no" } }) });
  const { keys } = await mintMerchant(deps);
  const made = await call(deps, "POST", "/api/connections", {
    key: keys.merchant,
    body: { ...cartWanted, name: "Locked shop" },
  });
  expect(made.status).toBe(201);
  expect(made.json.report).toMatchObject({ ok: false, health: "needs_reauth" });
  expect(made.json.report.problems).toHaveLength(1);
  expect(made.json.connection.health).toBe("needs_reauth");
  expect(made.json.connection.jobs[0]).toMatchObject({ status: "needs_reauth", next_run: null });
  const run = await call(
    deps,
    "POST",
    `/api/connections/${made.json.connection.id}/jobs/order-download/run`,
    { key: keys.merchant },
  );
  expect(run.status).toBe(409);
});

test("a vendor that is down makes a connection degraded, and its jobs go on", async () => {
  const deps = testDeps({ http: () => new HttpError("timed_out", "shop.test did not answer") });
  const { keys, cartId } = await mintMerchant(deps);
  const checked = await call(deps, "POST", `/api/connections/${cartId}/check`, {
    key: keys.merchant,
  });
  expect(checked.json.report).toMatchObject({ ok: false, health: "degraded" });
  const shown = await call(deps, "GET", `/api/connections/${cartId}`, { key: keys.merchant });
  expect(shown.json.last_error).toContain("did not answer");
  expect(shown.json.jobs[0].next_run).not.toBeNull();
});

test("settings and secrets that do not fit name their fields", async () => {
  const { deps } = withVendors();
  const { keys } = await mintMerchant(deps);
  const wrong = await call(deps, "POST", "/api/connections", {
    key: keys.merchant,
    body: {
      connector: "woocommerce",
      settings: { store_url: "not an address" },
      secrets: { consumer_key: "ck_x" },
    },
  });
  expect(wrong.status).toBe(422);
  const paths = wrong.json.error.fields.map((field: { path: string }) => field.path);
  expect(paths).toEqual(["settings.store_url", "secrets.consumer_secret"]);

  const cases = [
    [{ ...cartWanted, connector: "shopware" }, "connector"],
    [{ ...cartWanted, settings: { ...cartWanted.settings, sotre_url: "x" } }, "settings.sotre_url"],
    [
      { ...cartWanted, secrets: { ...cartWanted.secrets, consumer_kye: "x" } },
      "secrets.consumer_kye",
    ],
    [{ ...cartWanted, policy: { wms_id: "con_nowhere" } }, "policy.wms_id"],
    [{ ...cartWanted, policy: { earliest_order_at: "yesterday" } }, "policy.earliest_order_at"],
    [{ ...cartWanted, policy: { dilivery: true } }, "policy.dilivery"],
    [{ ...wmsWanted, policy: { delivery: true } }, "policy.delivery"],
  ] as const;
  for (const [body, path] of cases) {
    const refused = await call(deps, "POST", "/api/connections", { key: keys.merchant, body });
    expect(refused.status, path).toBe(422);
    expect(refused.json.error.fields[0].path).toBe(path);
  }
});

test("what is not given stays, and a change says what it changed", async () => {
  const { deps } = withVendors();
  const { keys, cartId, wmsId } = await mintMerchant(deps, { delivery: false });
  const path = `/api/connections/${cartId}`;
  const changed = await call(deps, "PATCH", path, {
    key: keys.merchant,
    body: {
      name: "Renamed",
      settings: { complete_orders: false },
      policy: { wms_id: wmsId, order_statuses: ["processing", "on-hold"] },
      jobs: { "order-download": { interval_minutes: 30 }, "tracking-upload": { on: false } },
    },
  });
  expect(changed.status).toBe(200);
  const { connection } = changed.json;
  expect(connection.name).toBe("Renamed");
  expect(connection.settings).toEqual({ store_url: "https://shop.test", complete_orders: false });
  expect(connection.policy).toMatchObject({
    wms_id: wmsId,
    delivery: false,
    post_shipments: "each",
  });
  expect(changed.json).not.toHaveProperty("released");
  expect(connection.jobs[0].schedule).toBe("every 30 minutes");
  const wait = Date.parse(connection.jobs[0].next_run) - deps.clock.now();
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(30 * 60_000);
  expect(connection.jobs[2]).toMatchObject({ job: "tracking-upload", on: false, status: "off" });

  const on = await call(deps, "PATCH", path, { key: keys.merchant, body: { delivery: true } });
  expect(on.json.released).toBe(0);
  expect(on.json.connection.policy).toMatchObject({ delivery: true, wms_id: wmsId });
});

test("a change that a connection cannot take is refused, field by field, and nothing is stored", async () => {
  const { deps } = withVendors();
  const { keys, cartId } = await mintMerchant(deps);
  const path = `/api/connections/${cartId}`;
  const cases = [
    [{ settings: { store_url: "nope" } }, "settings.store_url"],
    [{ settings: { store_url: null } }, "settings.store_url"],
    [
      { jobs: { "order-download": { interval_minutes: 1 } } },
      "jobs.order-download.interval_minutes",
    ],
    [
      { jobs: { "order-download": { interval_minutes: 0 } } },
      "jobs.order-download.interval_minutes",
    ],
    [{ jobs: { "shipment-pickup": { on: true } } }, "jobs.shipment-pickup"],
    [{ jobs: { "stock-upload": { on: true } } }, "jobs.stock-upload.on"],
    [{ name: "" }, "name"],
    [{ health: "healthy" }, "health"],
  ] as const;
  for (const [change, field] of cases) {
    const body = { name: "Half changed", ...change };
    const refused = await call(deps, "PATCH", path, { key: keys.merchant, body });
    expect(refused.status, field).toBe(422);
    expect(refused.json.error.fields[0].path).toBe(field);
  }
  const shown = await call(deps, "GET", path, { key: keys.merchant });
  expect(shown.json.name).toBe("Test shop");
});

test("after a rotation the webhook secret before it still verifies, until the next rotation", async () => {
  const { deps, vendors } = withVendors();
  const { keys, merchantId, cartId } = await mintMerchant(deps);
  const rotate = (webhook_secret: string | null) =>
    call(deps, "POST", `/api/connections/${cartId}/secrets`, {
      key: keys.merchant,
      body: { secrets: { webhook_secret } },
    });
  const valid = async () => (await openConnection(deps, merchantId, cartId)).webhookKeys;
  expect(await valid()).toEqual(["test-webhook-secret"]);

  const first = await rotate("second-secret");
  expect(first.status).toBe(200);
  expect(await valid()).toEqual(["second-secret", "test-webhook-secret"]);
  expect(vendors.webhooks.every((hook) => hook["secret"] === "second-secret")).toBe(true);
  expect(first.json.connection.secrets_set).not.toContain("webhook_secret_previous");

  await rotate("second-secret");
  expect(await valid()).toEqual(["second-secret", "test-webhook-secret"]);

  await rotate(null);
  const [newest, before] = await valid();
  expect(newest).toMatch(/^whsec_/);
  expect(before).toBe("second-secret");
});

test("a webhook secret that Dray made and no vendor can be told is shown once, also when it replaces one", async () => {
  const { deps } = withVendors();
  const { keys, merchantId, wmsId, cartId } = await mintMerchant(deps);
  const rotate = async (id: string, secrets: Record<string, string | null>) =>
    (
      await call(deps, "POST", `/api/connections/${id}/secrets`, {
        key: keys.merchant,
        body: { secrets },
      })
    ).json;
  const { webhook, connection } = await rotate(wmsId, { webhook_secret: "" });
  const [newest] = (await openConnection(deps, merchantId, wmsId)).webhookKeys;
  expect(newest).toMatch(/^whsec_/);
  expect(webhook).toEqual({ ...connection.webhook, secret: newest });

  expect(await rotate(wmsId, { api_token: "another" })).not.toHaveProperty("webhook");
  const known = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
  expect(await rotate(wmsId, { webhook_secret: known })).not.toHaveProperty("webhook");
  expect(await rotate(cartId, { webhook_secret: null })).not.toHaveProperty("webhook");
});

test("new secrets replace only those that are given, and wake a connection that was refused", async () => {
  let refuse = true;
  const vendors = healthyVendors();
  const deps = testDeps({
    http: (request) =>
      refuse ? { status: 401, body: { code: "x", message: "no" } } : vendors(request),
  });
  const { keys, merchantId, cartId } = await mintMerchant(deps);
  const path = `/api/connections/${cartId}`;
  const checked = await call(deps, "POST", `${path}/check`, { key: keys.merchant });
  expect(checked.json.report.health).toBe("needs_reauth");
  refuse = false;
  const replaced = await call(deps, "POST", `${path}/secrets`, {
    key: keys.merchant,
    body: { secrets: { consumer_secret: "cs_new" } },
  });
  expect(replaced.json.connection).toMatchObject({ health: "healthy", last_error: null });
  expect(replaced.json.connection.jobs[0].next_run).not.toBeNull();
  const { call: use } = await openConnection(deps, merchantId, cartId);
  expect(use.secrets).toMatchObject({ consumer_key: "ck_test", consumer_secret: "cs_new" });
});

test("a paused connection rests its jobs, and a resumed one takes them up", async () => {
  const { deps } = withVendors();
  const { keys, cartId } = await mintMerchant(deps);
  const path = `/api/connections/${cartId}`;
  const run = () => call(deps, "POST", `${path}/jobs/order-download/run`, { key: keys.merchant });
  const paused = await call(deps, "POST", `${path}/pause`, { key: keys.merchant });
  expect(paused.json.connection).toMatchObject({ paused: true });
  expect(paused.json.connection.jobs[0]).toMatchObject({ status: "paused", next_run: null });
  expect((await run()).status).toBe(409);
  const resumed = await call(deps, "POST", `${path}/resume`, { key: keys.merchant });
  expect(resumed.json.connection).toMatchObject({ paused: false });
  expect(resumed.json.connection.jobs[0].next_run).not.toBeNull();
  expect((await run()).status).toBe(202);
});

test("run now sends one message; a job that cannot run says why", async () => {
  const { deps } = withVendors();
  const { keys, merchantId, cartId, wmsId } = await mintMerchant(deps);
  const run = (id: string, job: string) =>
    call(deps, "POST", `/api/connections/${id}/jobs/${job}/run`, { key: keys.merchant });
  const queued = await run(cartId, "order-download");
  expect([queued.status, queued.json]).toEqual([202, { queued: true }]);
  expect(deps.queues.jobs.sent).toEqual([
    {
      kind: "run",
      merchant_id: merchantId,
      connection_id: cartId,
      job: "order-download",
      by: "person",
    },
  ]);
  expect((await run(cartId, "order-upload")).status).toBe(404);
  const wrongSide = await run(wmsId, "order-download");
  expect([wrongSide.status, wrongSide.json.error.message]).toEqual([
    409,
    "order-download is a job of carts",
  ]);
  const stock = await run(wmsId, "stock-pickup");
  expect([stock.status, stock.json.error.message]).toEqual([409, "Dray does not move stock yet"]);
  expect(deps.queues.jobs.sent).toHaveLength(1);
});

test("secrets that no key of SEAL_KEYS opens are a clear 503, and the list still shows the connection", async () => {
  const { deps, vendors } = withVendors();
  const { keys, cartId } = await mintMerchant(deps);
  const other = testDeps({
    http: vendors,
    sealKeys: `k1:${Buffer.alloc(32, 9).toString("base64")}`,
  });
  const checked = await call(other, "POST", `/api/connections/${cartId}/check`, {
    key: keys.merchant,
  });
  expect(checked.status).toBe(503);
  expect(checked.json.error.message).toContain("SEAL_KEYS");
  const listed = await call(other, "GET", "/api/connections", { key: keys.merchant });
  expect(listed.json.items).toHaveLength(2);
  expect(listed.json.items[0].secrets_set).toBeNull();
});
