import { expect, test } from "vitest";
import { makeWorld, run, type World } from "../world.ts";
import { stored } from "./between-steps.ts";
import { apiOf } from "./mapped-methods.ts";

/** A world whose warehouse shipped an order with each of these carriers. */
async function shippedBy(...carriers: { carrier: string | null; service?: string | null }[]) {
  const world = await makeWorld();
  await ship(world, ...carriers);
  return world;
}

async function ship(
  world: World,
  ...carriers: { carrier: string | null; service?: string | null }[]
): Promise<void> {
  for (const wish of carriers) {
    world.clock.pass(61_000);
    await world.control("POST orders", { count: 1 });
    await run(world, "order-download");
    const reference = world.view().warehouse.orders.at(-1)?.reference;
    await world.control("POST ship", { reference, ...wish });
  }
  await run(world, "shipment-pickup");
}

const shownCarriers = ({ state }: World) =>
  state.shop_orders
    .all()
    .flatMap(({ fulfillments }) => fulfillments)
    .map(({ meta }) => {
      const value = (key: string) => meta.find((one) => one.key === key)?.value;
      return [value("_shipment_provider"), value("_provider_name"), typeof value("_tracking_url")];
    });
const listed = () =>
  stored(
    "SELECT key, carrier, cart_name, seen_at IS NOT NULL AS seen FROM carrier_names ORDER BY key",
  );

test("the large carriers are told by the shop's own names, whatever the warehouse calls them", async () => {
  const world = await shippedBy(
    { carrier: "U.P.S.", service: "Ground" },
    { carrier: "DHL", service: "Express Worldwide" },
    { carrier: null, service: "Priority Mail" },
    { carrier: "PostNL" },
  );
  expect(shownCarriers(world)).toEqual([
    ["ups", undefined, "string"],
    ["dhl", undefined, "string"],
    ["usps", undefined, "string"],
    ["other", "PostNL", "string"],
  ]);
  expect(await listed()).toEqual([]);
});

test("an unknown carrier passes as text with its link, lists itself once, and holds nothing", async () => {
  const world = await shippedBy({ carrier: "Our Van" }, { carrier: "our van", service: "Evening" });
  expect(shownCarriers(world)).toEqual([
    ["other", "Our Van", "string"],
    ["other", "our van", "string"],
  ]);
  expect(await listed()).toEqual([
    {
      key: "our%20van/",
      carrier: expect.stringMatching(/^our van$/i),
      cart_name: null,
      seen: 1,
    },
  ]);
  expect(await stored("SELECT DISTINCT status FROM orders")).toEqual([{ status: "confirmed" }]);
  expect(await stored("SELECT id FROM alerts")).toEqual([]);
});

test("a name that a person gave counts from then on, for one service or for all", async () => {
  const world = await shippedBy({ carrier: "Our Van" });
  const named = await apiOf(world)("PUT", "/api/carriers", {
    cart_id: world.merchant.cartId,
    items: [
      { carrier: "our van", cart_name: "Royal Mail" },
      { carrier: "Our Van", service: "evening", cart_name: "Night bike" },
    ],
  });
  expect(named.body).toEqual({ saved: 2, changed: 2 });
  await ship(
    world,
    { carrier: "OUR VAN", service: "Noon" },
    { carrier: "Our van", service: "Evening" },
  );
  expect(shownCarriers(world).slice(1)).toEqual([
    ["royal-mail", undefined, "string"],
    ["other", "Night bike", "string"],
  ]);
});
