import fc from "fast-check";
import { expect, test } from "vitest";
import { createMerchant } from "../../../src/accounts/merchants.ts";
import { takeProducts } from "../../../src/sync/take-products.ts";
import { call, client } from "../api/client.ts";
import { makeWorld, type World } from "../world.ts";
import { stored } from "./between-steps.ts";
import { by } from "./people.ts";

const anyCode = fc.constantFrom("A", "B", "C", "b", "X", "Y", "x");
const anySku = fc.constantFrom("A", "B", "C", "b");
const anyProduct = fc.record({
  sku: anySku,
  name: fc.constant(null),
  aliases: fc.record({ UPC: fc.uniqueArray(anyCode, { maxLength: 2 }) }),
});
const anyStep = fc.oneof(
  fc.record({
    kind: fc.constant("put" as const),
    items: fc.array(anyProduct, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant("load" as const),
    items: fc.array(anyProduct, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant("file" as const),
    items: fc.array(anyProduct, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant("alias" as const), code: anyCode, sku: anySku }),
  fc.record({ kind: fc.constant("drop alias" as const), code: anyCode }),
  fc.record({ kind: fc.constant("drop product" as const), sku: anySku }),
  fc.record({ kind: fc.constant("decide" as const), code: anyCode, sku: anySku }),
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

async function merchantOf(world: World) {
  const { merchant, key } = await createMerchant(world.deps, world.merchant.accountId, "One more");
  return { id: merchant.id, key, api: client(world.deps, key) };
}
type Merchant = Awaited<ReturnType<typeof merchantOf>>;

/** Does one step; answers whether it was refused. */
async function take(world: World, { id, key, api }: Merchant, step: Step): Promise<boolean> {
  const refused = ({ status }: { status: number }): boolean => {
    expect(status).toBeLessThan(500);
    return status >= 400;
  };
  switch (step.kind) {
    case "put":
      return refused(await api("PUT", "/api/products", { items: step.items }));
    case "load":
      await takeProducts(world.deps, id, step.items, "wms", by);
      return false;
    case "file": {
      const rows = step.items.map(
        ({ sku, aliases: { UPC } }) => `${sku},${UPC[0] ?? ""},${UPC[1] ?? ""}`,
      );
      const body = ["sku,UPC,UPC", ...rows].join("\n");
      const headers = { "content-type": "text/csv" };
      return refused(await call(world.deps, "PUT", "/api/products", { key, body, headers }));
    }
    case "alias":
      return refused(
        await api("POST", "/api/aliases", { code: step.code, name: "EAN", sku: step.sku }),
      );
    case "drop alias":
      return refused(await api("DELETE", `/api/aliases/${step.code}`));
    case "drop product":
      return refused(await api("DELETE", `/api/products/${step.sku}`));
    case "decide":
      return refused(
        await api("POST", "/api/alias-duplicates", { code: step.code, sku: step.sku }),
      );
  }
}

const rowsOf = async (merchantId: string) => {
  const of = (columns: string, table: string, more = "") =>
    stored(
      `SELECT ${columns} FROM ${table} WHERE merchant_id = '${merchantId}' ${more} ORDER BY 1, 2`,
    );
  return {
    products: await of("sku, name", "products"),
    codes: await of("code, sku, kind, as_written", "product_codes"),
    claims: await of("code, sku, kind, decided_at", "code_conflicts"),
    alerts: await of(
      "details->>'key' AS key, state",
      "alerts",
      "AND kind = 'duplicate_code' AND state = 'open'",
    ),
  };
};

test("whatever people, lists and files do, in whatever sequence, a code is one product's, and exactly what is in dispute is alerted", async () => {
  const world = await makeWorld();
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 10 }), async (steps) => {
      const merchant = await merchantOf(world);
      for (const step of steps) {
        const before = await rowsOf(merchant.id);
        const refused = await take(world, merchant, step);
        const rows = await rowsOf(merchant.id);
        if (refused) expect(rows).toEqual(before);
        const owner = new Map(rows.codes.map(({ code, sku, kind }) => [code, { sku, kind }]));
        expect(owner.size).toBe(rows.codes.length);
        const skus = new Set(rows.products.map(({ sku }) => sku));
        for (const sku of skus)
          expect(owner.get(String(sku).toLowerCase())).toEqual({ sku, kind: null });
        for (const { sku } of rows.codes) expect(skus.has(sku)).toBe(true);
        // No product claims what it has; what is open is another's, or several claim it.
        for (const { code, sku } of rows.claims) expect(owner.get(code)?.sku).not.toBe(sku);
        const open = rows.claims.filter(({ decided_at }) => decided_at === null);
        expect(new Set(rows.alerts.map(({ key }) => key))).toEqual(
          new Set(open.map(({ code }) => code)),
        );
      }
    }),
    { numRuns: 60 },
  );
}, 120_000);
