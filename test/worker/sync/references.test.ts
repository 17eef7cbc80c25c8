import { expect, test } from "vitest";
import { client } from "../api/client.ts";
import { drain, makeWorld, run, type World } from "../world.ts";
import { stored, secondShop } from "./between-steps.ts";

const apiOf = ({ deps, merchant }: World) => client(deps, merchant.keys.merchant);

async function writes(world: World, settings: object): Promise<void> {
  const path = `/api/carts/${world.merchant.cartId}/settings`;
  expect((await apiOf(world)("PATCH", path, settings)).status).toBe(200);
}

const refsFound = async (world: World, number: string): Promise<string[]> =>
  (await apiOf(world)("GET", `/api/orders?number=${encodeURIComponent(number)}`)).body.items.map(
    ({ cust_ref }: { cust_ref: string }) => cust_ref,
  );

const skipsFound = async (world: World, number: string): Promise<string[]> =>
  (
    await apiOf(world)("GET", `/api/skipped-orders?number=${encodeURIComponent(number)}`)
  ).body.items.map((skip: { number: string }) => skip.number);

const former = async (): Promise<unknown> => {
  const [row] = await stored("SELECT policy FROM connections WHERE side = 'cart'");
  return JSON.parse(String(row?.["policy"])).former_references;
};

test("an order of another cart is a possible duplicate, also when that cart writes something else around its numbers by now", async () => {
  const world = await makeWorld();
  await writes(world, { reference_prefix: "A-", reference_suffix: "-Z" });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  await writes(world, { reference_prefix: "B-" });
  await writes(world, { reference_prefix: "C-", reference_suffix: "" });
  await secondShop(world);
  expect(await stored("SELECT cust_ref, on_hold FROM orders ORDER BY cust_ref")).toEqual([
    { cust_ref: "1001", on_hold: "possible_duplicate" },
    { cust_ref: "A-1001-Z", on_hold: null },
  ]);
  expect(world.view().warehouse.orders).toHaveLength(1);
});

test("an order is found by its number, with a # and as any reference of its cart, present or former", async () => {
  const world = await makeWorld();
  await writes(world, { reference_prefix: "A-" });
  await world.control("POST orders", { count: 1 });
  await run(world, "order-download");
  await writes(world, { reference_prefix: "B-", reference_suffix: "-Z" });
  for (const number of ["1001", "#1001", "A-1001", "#A-1001", "B-1001-Z", "100"])
    expect([number, await refsFound(world, number)]).toEqual([number, ["A-1001"]]);
  for (const number of ["1002", "#", "C-1001", "#1002"])
    expect([number, await refsFound(world, number)]).toEqual([number, []]);
});

test("a skipped order is found by its number, with a # and as the reference that it would have", async () => {
  const world = await makeWorld();
  await writes(world, { reference_prefix: "A-" });
  await world.control("POST orders", { count: 2, status: "pending" });
  await run(world, "order-download");
  await writes(world, { reference_prefix: "B-", reference_suffix: "-Z" });
  for (const number of ["1001", "#1001", "A-1001", "B-1001-Z"])
    expect([number, await skipsFound(world, number)]).toEqual([number, ["1001"]]);
  expect(await skipsFound(world, "#100")).toEqual(["1001", "1002"]);
  expect(await skipsFound(world, "C-1001")).toEqual([]);
});

test("orders are read again by number, with a # and as any reference of the cart", async () => {
  const world = await makeWorld();
  await writes(world, { reference_prefix: "A-" });
  await writes(world, { reference_prefix: "B-" });
  await world.control("POST orders", { count: 3 });
  const api = apiOf(world);
  const numbers = ["#1001", "A-1002", "B-1003", "C-1003"];
  const path = `/api/carts/${world.merchant.cartId}/repull`;
  const { body } = await api("POST", path, { numbers });
  await drain(world.deps, world.deps);
  expect((await api("GET", `/api/tasks/${body.task_id}`)).body).toMatchObject({
    counts: { loaded: 3, not_found: 1 },
    message: "The cart does not have C-1003.",
  });
});

test("what was written around numbers before is kept, the newest 20, and is neither shown nor set nor audited", async () => {
  const world = await makeWorld();
  const { cartId } = world.merchant;
  const api = apiOf(world);
  await writes(world, { reference_prefix: "A" });
  await writes(world, { wait_minutes: 5 });
  await writes(world, { reference_suffix: "Z" });
  await writes(world, { reference_prefix: "A", reference_suffix: "" });
  expect(await former()).toEqual([
    { prefix: "A", suffix: "Z" },
    { prefix: "", suffix: "" },
  ]);
  for (let nth = 0; nth < 25; nth += 1) await writes(world, { reference_prefix: `P${nth}` });
  const kept = await former();
  expect(kept).toEqual(
    Array.from({ length: 20 }, (_, nth) => ({ prefix: `P${23 - nth}`, suffix: "" })),
  );
  const shown = [
    await api("GET", `/api/carts/${cartId}/settings`),
    await api("GET", `/api/connections/${cartId}`),
    await api("GET", "/api/audit?limit=100"),
  ];
  expect(JSON.stringify(shown)).not.toContain("former_references");
  const given = { former_references: [] };
  for (const refused of [
    await api("PATCH", `/api/carts/${cartId}/settings`, given),
    await api("PATCH", `/api/connections/${cartId}`, { policy: given }),
    await api("POST", `/api/carts/${cartId}/preview`, { settings: given }),
  ])
    expect(refused.status).toBe(422);
});

test("skips of a cart that the merchant does not have are not found", async () => {
  const world = await makeWorld();
  const { cartId, wmsId } = world.merchant;
  const status = async (cart: string) =>
    (await apiOf(world)("GET", `/api/skipped-orders?cart=${cart}`)).status;
  expect(await status(cartId)).toBe(200);
  expect(await status(wmsId)).toBe(404);
  expect(await status("con_nowhere")).toBe(404);
});
