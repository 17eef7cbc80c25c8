import { expect } from "vitest";
import type { AlertKind } from "../../../src/domain/alerts.ts";
import { consumeQueue } from "../../../src/jobs/queue.ts";
import { run, tick, type World } from "../world.ts";
import { answer, download, duringEveryCall, secondShop } from "../sync/between-steps.ts";
import { api, sell, setCart } from "../sync/code-world.ts";
import { loadMethods } from "../sync/mapped-methods.ts";
import { settle, submits } from "../sync/people.ts";

/** How a kind of trouble comes about, and what somebody says who mends it by the alert's own call. */
export interface Scene {
  /** What of the kind it is, where there are several. */
  name: string;
  /** Brings it about. Answers what takes a fault away that the call itself cannot mend. */
  trouble: (world: World) => Promise<(() => unknown) | void>;
  /** By place, as `fill` names them; `*` stands for the order's line, `first` for an edit of it. */
  fill?: Readonly<Record<string, unknown>>;
  /** Of this Dray itself: an account's key reads and mends it. */
  ofDray?: boolean;
}

const calls = {
  shop: /^\w+ https:\/\/shop\.example\//,
  warehouse: /^\w+ https:\/\/warehouse\.example\//,
  submits,
  posts: /^\w+ https:\/\/shop\.example\/wp-json\/wc\/v3\/orders\/\d+/,
};

/** From now on these calls are answered like this, until what it answers is called. */
function answering(world: World, which: keyof typeof calls, status: number, body: string) {
  let isFaulty = true;
  duringEveryCall(world.deps, calls[which], async (pass) =>
    isFaulty ? answer(status, body) : pass(),
  );
  return () => (isFaulty = false);
}

/** A fault of the sandbox, until what it answers is called. */
async function fault(world: World, target: "shop" | "warehouse", kind: string) {
  await world.control("POST faults", { target, kind });
  return () => world.control("DELETE faults");
}

const sells = async (world: World, wanted: object = {}) => {
  await world.control("POST orders", wanted);
  await download(world);
};

const daysPass = async (world: World, days: number) => {
  for (let day = 0; day < days; day += 1) {
    world.clock.pass(24 * 3_600_000);
    await tick(world);
  }
};

const products = (...items: object[]) => ({ items });
const call = async (world: World, method: string, path: string, body: unknown) => {
  const done = await api(world)(method, path, body);
  expect([done.status, done.body]).toEqual([expect.toSatisfy((it) => it < 300), done.body]);
  return done.body;
};

/** The warehouse refuses the first order that it gets, for this. */
const refusedFor = (code: string) => async (world: World) => {
  const mended = answering(world, "submits", 422, JSON.stringify({ code, message: "No" }));
  await sells(world);
  mended();
};

const unmapped = (shipMethod: string) => async (world: World) => {
  await loadMethods(world);
  await sells(world, { shipMethod });
};

/** A merchant with a mug, and a cart with a setting, sells under a code. */
const coded =
  (aliases: Record<string, string[]>, settings: Record<string, unknown>, sku: string) =>
  async (world: World) => {
    await call(world, "PUT", "/api/products", products({ sku: "MUG", name: "Mug", aliases }));
    await setCart(world, settings);
    await sell(world, [{ sku }]);
  };

const silent =
  (kind: string, side: "shop" | "warehouse") =>
  async (world: World): Promise<() => unknown> => {
    await world.control("POST orders", {});
    const mended = await fault(world, side, kind);
    await run(world, "order-download");
    return mended;
  };

const unreadable = (side: "shop" | "warehouse") => async (world: World) => {
  await world.control("POST orders", {});
  const mended = answering(world, side, 200, "<html>Please come back later</html>");
  await run(world, "order-download");
  return mended;
};

const refusing = async (world: World) => {
  const mended = answering(world, "shop", 400, '{"code":"rest_invalid_param","message":"No"}');
  await run(world, "order-download");
  return mended;
};

const onBoth = (
  trouble: (side: "shop" | "warehouse") => Scene["trouble"],
  fill: Readonly<Record<"shop" | "warehouse", Scene["fill"]>> = { shop: {}, warehouse: {} },
): Scene[] =>
  (["shop", "warehouse"] as const).map((side) => ({
    name: `of the ${side}`,
    trouble: trouble(side),
    fill: fill[side] ?? {},
  }));

const shipped = async (world: World) => {
  await sells(world);
  await world.control("POST ship", { tracking_number: "1Z" });
};

const untold = async (world: World) => {
  await shipped(world);
  const mended = await fault(world, "shop", "reject");
  await run(world, "shipment-pickup");
  return mended;
};

/** Somebody sets a level of it in the shop, and it is refused. */
const setsLevel = (world: World, sku: string) =>
  call(world, "PUT", "/api/stock", {
    cart_id: world.merchant.cartId,
    items: [{ sku, quantity: 12 }],
  });

const accepted = (world: World) => sells(world);

/** A message that failed for the last time, through a fault of ours. */
async function died({ deps, merchant }: World): Promise<void> {
  const body = {
    kind: "run",
    merchant_id: merchant.merchantId,
    connection_id: merchant.cartId,
    job: "order-download",
    by: "schedule",
  };
  for (const queue of ["dray-jobs", "dray-jobs-dead"]) {
    const message = { id: "m", timestamp: new Date(), attempts: 6, body };
    const batch = { queue, messages: [{ ...message, ack: () => {}, retry: () => {} }] };
    const broken = () => {
      throw new TypeError("the object is gone");
    };
    await consumeQueue(batch as unknown as MessageBatch, { ...deps, coordinator: broken });
  }
}

const one = (trouble: Scene["trouble"], fill: Scene["fill"] = {}): Scene[] => [
  { name: "", trouble, fill },
];

/** Every kind of trouble, brought about for real. */
export const scenes: Readonly<Record<AlertKind, readonly Scene[]>> = {
  ship_method: [
    {
      name: "without a mapping",
      trouble: unmapped("Express"),
      fill: { "items[0].wms_method": "UPS-2DA" },
    },
    {
      name: "of orders that name none",
      trouble: unmapped(""),
      fill: { "items[0].wms_method": "PICKUP" },
    },
    {
      name: "that the WMS refused",
      trouble: refusedFor("ship_method"),
      fill: { "items[0].wms_method": "UPS-2DA" },
    },
  ],
  code: [
    { name: "of no product", trouble: coded({}, {}, "NEW"), fill: { name: "EAN", sku: "MUG" } },
    {
      name: "of a product without the alias that the WMS gets",
      trouble: coded({}, { item_code_out: "GTIN" }, "MUG"),
      fill: { code: "G-1" },
    },
    {
      name: "of a product with several of them",
      trouble: coded({ UPC: ["1", "2"] }, { item_code_out: "UPC" }, "MUG"),
      fill: { code: "2", name: "Old UPC" },
    },
    {
      name: "of another kind than the cart gives",
      trouble: coded({ EAN: ["E-1"] }, { item_code_in: "UPC" }, "E-1"),
    },
    {
      name: "that is an alias where the cart gives SKUs",
      trouble: coded({ EAN: ["E-1"] }, { item_code_in: "SKU" }, "E-1"),
      fill: { item_code_in: null },
    },
  ],
  line_code: [
    {
      name: "without a code",
      trouble: (world) => sell(world, [{ sku: "" }]),
      fill: { "lines.*.sku": "MUG" },
    },
    {
      name: "with one that the WMS does not know",
      trouble: refusedFor("item_code"),
      fill: { lines: "first" },
    },
  ],
  duplicate_code: one(
    async (world) => {
      const mug = { sku: "MUG", name: "Mug", aliases: { UPC: ["0123"] } };
      await call(world, "PUT", "/api/products", products(mug));
      world.state.warehouse_products.put("CUP", {
        seq: 9_999,
        sku: "CUP",
        name: "Cup",
        barcodes: ["0123"],
      });
      await call(world, "POST", "/api/products/load", { wms_id: world.merchant.wmsId });
      await sell(world, [{ sku: "0123" }]);
    },
    { sku: "CUP" },
  ),
  address: [
    {
      name: "that says no street",
      trouble: (world) => sells(world, { address_1: "" }),
      fill: { "ship_to.address_1": "1 Main St" },
    },
    {
      name: "that says no name",
      trouble: (world) => sells(world, { first_name: "", last_name: "", company: "" }),
      fill: { "ship_to.first_name": "Jo" },
    },
    {
      name: "that says no country",
      trouble: (world) => sells(world, { country: "" }),
      fill: { "ship_to.country": "US" },
    },
    {
      name: "that the WMS refused",
      trouble: refusedFor("address"),
      fill: { "ship_to.address_1": "1 Main St" },
    },
  ],
  refused: one(async (world) => {
    const mended = await fault(world, "warehouse", "reject");
    await sells(world);
    return mended;
  }),
  given_up: one(async (world) => {
    const mended = await fault(world, "warehouse", "reject");
    await sells(world);
    await daysPass(world, 17);
    return mended;
  }),
  test_order: one(async (world) => {
    const { connection } = await call(world, "POST", "/api/connections", {
      connector: "api",
      policy: { delivery: true },
    });
    await call(world, "POST", "/api/test-orders", { cart: connection.id, skus: ["MUG"] });
    await settle(world);
  }),
  changed_after_sending: one(
    async (world) => {
      await accepted(world);
      await world.control("PATCH orders", { city: "Elsewhere" });
      await download(world);
    },
    { note: "The warehouse knows." },
  ),
  too_late_to_cancel: one(
    async (world) => {
      await shipped(world);
      await world.control("PATCH orders", { status: "cancelled" });
      await download(world);
    },
    { note: "The parcel comes back." },
  ),
  kept_in_cart: one(
    async (world) => {
      await accepted(world);
      await setCart(world, { cancel_in_cart: true });
      await world.control("PATCH orders", { status: "completed" });
      await world.control("POST cancel", { reason: "Out of stock" });
      await run(world, "shipment-pickup");
    },
    { note: "Called off in the shop." },
  ),
  possible_duplicate: one(async (world) => {
    await accepted(world);
    await secondShop(world);
  }),
  tracking: one(untold),
  tracking_given_up: one(async (world) => {
    const mended = await untold(world);
    await daysPass(world, 32);
    return mended;
  }),
  stock: [
    {
      name: "that the shop refuses",
      trouble: async (world) => {
        await world.control("PATCH products", { sku: "DEMO-MUG", refuses: "Under review" });
        await setsLevel(world, "DEMO-MUG");
        return () => world.control("PATCH products", { sku: "DEMO-MUG", refuses: null });
      },
    },
    {
      name: "of a SKU that the shop does not have",
      trouble: async (world) => {
        await setsLevel(world, "New / ü");
        return () => world.control("POST products", { sku: "NEW / Ü" });
      },
    },
    {
      name: "of a product without the code that the cart gives",
      trouble: async (world) => {
        const item = (aliases: object) => products({ sku: "MUG", name: "Mug", aliases });
        await call(world, "PUT", "/api/products", item({}));
        await setCart(world, { item_code_in: "Shop SKU" });
        await setsLevel(world, "mug");
        return () => call(world, "PUT", "/api/products", item({ "Shop SKU": ["DEMO-MUG"] }));
      },
    },
  ],
  unauthorized: onBoth((side) => silent("unauthorized", side), {
    shop: {
      secrets: { consumer_key: "ck_demo_sandbox_key", consumer_secret: "cs_demo_sandbox_secret" },
    },
    warehouse: { secrets: { api_token: "demo_sandbox_token" } },
  }),
  unavailable: onBoth((side) => silent("http500", side)),
  timed_out: onBoth((side) => silent("timeout", side)),
  throttled: onBoth((side) => silent("http429", side)),
  bad_response: onBoth(unreadable),
  bad_request: [{ name: "of the shop", trouble: refusing, fill: {} }],
  no_contact: one(
    async (world) => {
      const { body } = await api(world)("GET", "/api/contacts");
      for (const { id } of body.items) await api(world)("DELETE", `/api/contacts/${id}`);
    },
    { email: "ann@example.com" },
  ),
  dead_letter: [{ name: "", trouble: died, ofDray: true }],
};
