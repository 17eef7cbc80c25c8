import fc from "fast-check";
import { expect, test } from "vitest";
import { client } from "../api/client.ts";
import { drain, makeWorld, run, type World } from "../world.ts";
import { stored } from "./between-steps.ts";

const statuses = ["processing", "on-hold", "pending"] as const;

interface Settings {
  order_statuses: readonly string[];
  restricted: boolean;
  denied: boolean;
}

type Step =
  | { kind: "settings"; to: Settings }
  | { kind: "order"; status: string; country: string; sku: string }
  | { kind: "status"; nth: number; status: string }
  | { kind: "download" };

const first: Settings = { order_statuses: ["processing"], restricted: false, denied: false };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("settings" as const),
    to: fc.record({
      order_statuses: fc.subarray([...statuses], { minLength: 1 }),
      restricted: fc.boolean(),
      denied: fc.boolean(),
    }),
  }),
  fc.record({
    kind: fc.constant("order" as const),
    status: fc.constantFrom(...statuses),
    country: fc.constantFrom("US", "FR"),
    sku: fc.constantFrom("TAKEN", "DENIED"),
  }),
  fc.record({
    kind: fc.constant("status" as const),
    nth: fc.nat(5),
    status: fc.constantFrom(...statuses),
  }),
  fc.record({ kind: fc.constant("download" as const) }),
);

async function change(world: World, { order_statuses, restricted, denied }: Settings) {
  const api = client(world.deps, world.merchant.keys.merchant);
  const path = `/api/carts/${world.merchant.cartId}`;
  const filters = restricted ? [{ field: "country", mode: "restricted", values: ["FR"] }] : [];
  const items = { mode: denied ? "deny" : "off", level: "line", skus: ["DENIED"] };
  for (const [method, place, body] of [
    ["PATCH", "settings", { order_statuses }],
    ["PUT", "filters", { filters }],
    ["PUT", "item-filters", items],
  ] as const)
    expect((await api(method, `${path}/${place}`, body)).status).toBe(200);
  await drain(world.deps, world.deps);
}

async function take(world: World, step: Step): Promise<void> {
  world.clock.pass(61_000);
  switch (step.kind) {
    case "settings":
      return change(world, step.to);
    case "order": {
      const { status, country, sku } = step;
      await world.control("POST orders", { status, country, lines: [{ sku, quantity: 1 }] });
      return;
    }
    case "status": {
      const number = world.state.shop_orders.all().at(step.nth)?.number;
      if (number !== undefined)
        await world.control("PATCH orders", { number, status: step.status });
      return;
    }
    case "download":
      return run(world, "order-download");
  }
}

test("whatever is set, sold and changed in between, settings and back load no order twice and lose none", async () => {
  let held = 0;
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 3, maxLength: 9 }), async (steps) => {
      const world = await makeWorld();
      for (const step of steps) await take(world, step);
      await take(world, { kind: "download" });
      await change(world, first);
      await take(world, { kind: "download" });

      const sold = world.state.shop_orders.all();
      const orders = await stored("SELECT source_id, status FROM orders");
      const open = await stored("SELECT source_id FROM skipped_orders WHERE order_id IS NULL");
      const linked = await stored(
        "SELECT s.source_id FROM skipped_orders s JOIN orders o ON o.id = s.order_id",
      );
      const ids = (rows: readonly Record<string, unknown>[]) =>
        rows.map(({ source_id }) => String(source_id)).toSorted();
      expect([...ids(orders), ...ids(open)].toSorted()).toEqual(
        sold.map(({ id }) => String(id)).toSorted(),
      );
      const skipped = await stored("SELECT source_id FROM skipped_orders");
      expect(ids(skipped)).toEqual([...ids(open), ...ids(linked)].toSorted());
      for (const { id, status } of sold)
        if (status === "processing") expect(ids(orders)).toContain(String(id));
      const received = world.state.warehouse_orders.all().map(({ reference }) => reference);
      expect(new Set(received).size).toBe(received.length);
      expect(world.view().warehouse.received).toBe(
        orders.filter(({ status }) => status === "at_wms").length,
      );
      held += open.length;
      passed += linked.length;
    }),
    { numRuns: 30 },
  );
  expect(held).toBeGreaterThan(0);
  expect(passed).toBeGreaterThan(0);
}, 120_000);
