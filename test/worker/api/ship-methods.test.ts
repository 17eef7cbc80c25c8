import { expect, test } from "vitest";
import { cartWanted, mintMerchant, testDeps, type Minted, type TestDeps } from "../deps.ts";
import { call, client } from "./client.ts";
import { healthyVendors } from "./vendors.ts";

async function world() {
  const deps = testDeps({ http: healthyVendors() });
  const mine = await mintMerchant(deps);
  return { deps, mine, api: client(deps, mine.keys.merchant) };
}

const typed = (
  { wmsId }: Minted,
  ...codes: string[]
): { wms_id: string; items: { code: string }[] } => ({
  wms_id: wmsId,
  items: codes.map((code) => ({ code })),
});
const put = ({ cartId }: Minted, ...items: object[]) => ({ cart_id: cartId, items });
const list = async (deps: TestDeps, { keys, cartId }: Minted) =>
  (await client(deps, keys.merchant)("GET", `/api/ship-methods?cart_id=${cartId}`)).body;

test("a mapping is stored in the WMS's own spelling, and what is listed first has none", async () => {
  const { deps, mine, api } = await world();
  await api("PUT", "/api/ship-methods/wms", typed(mine, "UPS-GND", "UPS-2DA"));
  const saved = await api(
    "PUT",
    "/api/ship-methods",
    put(
      mine,
      { match: "exact", value: " Flat_Rate:3 ", wms_method: "ups-gnd", description: "Flat rate" },
      { match: "starts", value: "local", passes: true },
      { match: "default", wms_method: "UPS-2DA" },
    ),
  );
  expect(saved).toEqual({
    status: 200,
    body: { saved: 3, changed: 3, task_id: null },
  });
  expect(await list(deps, mine)).toEqual({
    items: [
      {
        match: "default",
        value: "",
        description: null,
        wms_method: "UPS-2DA",
        passes: false,
        mapped: true,
        seen_at: null,
        waiting: 0,
      },
      {
        match: "exact",
        value: "Flat_Rate:3",
        description: "Flat rate",
        wms_method: "UPS-GND",
        passes: false,
        mapped: true,
        seen_at: null,
        waiting: 0,
      },
      {
        match: "starts",
        value: "local",
        description: null,
        wms_method: null,
        passes: true,
        mapped: true,
        seen_at: null,
        waiting: 0,
      },
    ],
    next: null,
    hold_unmapped: "auto",
    holds: true,
    wms_id: mine.wmsId,
    warnings: [],
  });
});

test("a code that the WMS does not have is refused with those that are near, and nothing is stored", async () => {
  const { deps, mine, api } = await world();
  await api("PUT", "/api/ship-methods/wms", typed(mine, "UPS-GND", "UPS-2DA", "PICKUP"));
  const refused = await api(
    "PUT",
    "/api/ship-methods",
    put(
      mine,
      { match: "exact", value: "a", wms_method: "UPS-GND" },
      { match: "exact", value: "b", wms_method: "UPS GRND" },
    ),
  );
  expect(refused.status).toBe(422);
  expect(refused.body.error.fields).toEqual([
    {
      path: "items.1.wms_method",
      message: expect.stringContaining('no method "UPS GRND"; near it: UPS-GND'),
    },
  ]);
  expect((await list(deps, mine)).items).toEqual([]);
});

test.each([
  [{ match: "exact", value: "x" }, "items.0", "passes: true"],
  [{ match: "exact", value: "x", wms_method: null }, "items.0", "DELETE"],
  [{ match: "exact", value: "x", wms_method: "A", passes: true }, "items.0", "or `passes`"],
  [{ match: "default", value: "x", wms_method: "A" }, "items.0", "has no value"],
  [{ match: "starts", value: " ", wms_method: "A" }, "items.0", "needs a value"],
  [{ match: "like", value: "x", wms_method: "A" }, "items.0.match", "exact"],
  [{ match: "exact", value: "x", wms_method: "A", priority: 1 }, "items.0.priority", "not known"],
  [{ match: "exact", value: "x".repeat(201), wms_method: "A" }, "items.0.value", "200"],
])("%j is refused at %s", async (item, path, words) => {
  const { mine, api } = await world();
  const refused = await api("PUT", "/api/ship-methods", put(mine, item));
  expect(refused.status).toBe(422);
  const fields: { path: string; message: string }[] = refused.body.error.fields;
  expect(fields.map((field) => field.path)).toContain(path);
  expect(JSON.stringify(fields)).toContain(words);
});

test("a value that stands twice is refused", async () => {
  const { mine, api } = await world();
  const one = { match: "exact", value: "x", wms_method: "A" };
  const refused = await api("PUT", "/api/ship-methods", put(mine, one, { ...one, value: " X" }));
  expect(refused.body.error.fields[0]).toMatchObject({ path: "items.1" });
});

test("a map goes out as CSV and comes in again, whatever its cells hold", async () => {
  const { deps, mine, api } = await world();
  const other = await call(deps, "POST", "/api/connections", {
    key: mine.keys.merchant,
    body: { ...cartWanted, name: "Second shop" },
  });
  const second: string = other.json.connection.id;
  await api(
    "PUT",
    "/api/ship-methods",
    put(
      mine,
      { match: "exact", value: "=1+1", wms_method: 'A "quoted", code' },
      { match: "contains", value: "élan;", passes: true },
      { match: "default", wms_method: "Z" },
    ),
  );
  const path = "/api/ship-methods/csv?cart_id=";
  const key = mine.keys.merchant;
  const file = await call(deps, "GET", path + mine.cartId, { key });
  expect(file.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(file.text).toContain("'=1+1");
  const back = await call(deps, "PUT", path + second, { key, body: file.text });
  expect(back.json).toMatchObject({ saved: 3, changed: 3, unmapped: 0 });
  expect((await call(deps, "GET", path + second, { key })).text).toBe(file.text);
  const bad = await call(deps, "PUT", path + second, {
    key,
    body: "match,value,wms_method\n,x,\n,y,A\n,y,B\nlike,z,A\n",
  });
  expect(bad.json.error.fields).toEqual([
    { path: "row 4", message: expect.stringContaining("twice") },
    { path: "row 5", message: expect.stringContaining("unknown `match`") },
  ]);
});

test("a long map is read page by page", async () => {
  const { mine, api } = await world();
  const items = Array.from({ length: 25 }, (_, at) => ({
    match: "exact",
    value: `m${at}`,
    wms_method: "A",
  }));
  await api("PUT", "/api/ship-methods", put(mine, ...items));
  const seen: string[] = [];
  let cursor = "";
  do {
    const { body } = await api("GET", `/api/ship-methods?cart_id=${mine.cartId}&limit=10${cursor}`);
    seen.push(...body.items.map(({ value }: { value: string }) => value));
    cursor = body.next === null ? "" : `&cursor=${encodeURIComponent(body.next)}`;
  } while (cursor !== "");
  expect(seen.toSorted()).toEqual(items.map(({ value }) => value).toSorted());
  const broken = await api("GET", `/api/ship-methods?cart_id=${mine.cartId}&cursor=nothing`);
  expect(broken.status).toBe(422);
});

test("another merchant's cart and WMS are not found, by whatever route, and nothing changes", async () => {
  const { deps, mine } = await world();
  const other = await mintMerchant(deps);
  const theirs = client(deps, other.keys.merchant);
  await client(deps, mine.keys.merchant)(
    "PUT",
    "/api/ship-methods",
    put(mine, { match: "exact", value: "CANARY", wms_method: "A" }),
  );
  const before = await list(deps, mine);
  const item = { match: "exact", value: "canary", wms_method: "B" };
  for (const [method, path, body] of [
    ["GET", `/api/ship-methods?cart_id=${mine.cartId}`],
    ["PUT", "/api/ship-methods", put(mine, item)],
    ["DELETE", `/api/ship-methods?cart_id=${mine.cartId}&match=exact&value=canary`],
    ["GET", `/api/ship-methods/csv?cart_id=${mine.cartId}`],
    ["PUT", `/api/ship-methods/csv?cart_id=${mine.cartId}`, "value,wms_method\nx,A\n"],
    ["GET", `/api/ship-methods/wms?wms_id=${mine.wmsId}`],
    ["PUT", "/api/ship-methods/wms", typed(mine, "B")],
    ["POST", "/api/ship-methods/load", { wms_id: mine.wmsId }],
    ["GET", `/api/carriers?cart_id=${mine.cartId}`],
    ["PUT", "/api/carriers", { cart_id: mine.cartId, items: [{ carrier: "V", cart_name: "W" }] }],
  ] as const) {
    const refused = await theirs(method, path, body);
    expect([method, path, refused.status]).toEqual([method, path, 404]);
    expect(JSON.stringify(refused.body)).not.toContain("CANARY");
  }
  // A WMS is no cart, and a cart no WMS.
  const own = client(deps, mine.keys.merchant);
  expect((await own("GET", `/api/ship-methods?cart_id=${mine.wmsId}`)).status).toBe(404);
  expect((await own("GET", `/api/ship-methods/wms?wms_id=${mine.cartId}`)).status).toBe(404);
  expect(await list(deps, mine)).toEqual(before);
});

test("carriers are named for a cart, audited, and a name that is taken away leaves nothing", async () => {
  const { mine, api } = await world();
  const named = (cart_name: string | null) =>
    api("PUT", "/api/carriers", {
      cart_id: mine.cartId,
      items: [{ carrier: "Our van", service: "Evening", cart_name }],
    });
  expect((await named("Van")).body).toEqual({ saved: 1, changed: 1 });
  expect((await named("Van")).body).toEqual({ saved: 1, changed: 0 });
  const shown = await api("GET", `/api/carriers?cart_id=${mine.cartId}`);
  expect(shown.body.items).toEqual([
    { carrier: "Our van", service: "Evening", cart_name: "Van", seen_at: null },
  ]);
  expect(shown.body.built_in).toContain("UPS");
  await named(null);
  expect((await api("GET", `/api/carriers?cart_id=${mine.cartId}`)).body.items).toEqual([]);
  const audit = await api("GET", "/api/audit");
  const acts = audit.body.items.map(({ act }: { act: string }) => act);
  expect(acts.filter((act: string) => act === "carriers_changed")).toHaveLength(2);
});
