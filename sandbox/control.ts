import { z } from "zod";
import { makeProduct, newProduct, patchProduct, patchProducts } from "./control-products.ts";
import { makeOrders, newOrders, patched, patchOrder, patchOrders } from "./control-shop.ts";
import { credentials } from "./demo.ts";
import { json } from "./http.ts";
import { faultKinds, nextNumber, reset } from "./state.ts";
import type { SandboxState } from "./state.ts";
import { stateView } from "./view.ts";
import {
  callOff,
  closeShort,
  correct,
  setStock,
  ship,
  voidShipment,
  whyNotOff,
} from "./warehouse-floor.ts";

const text = z.string().min(1);
const quantity = z.int().min(1).max(100_000);

const shipShape = z.object({
  reference: text.optional(),
  lines: z
    .array(z.object({ line_id: text.optional(), sku: text.optional(), quantity }))
    .min(1)
    .optional(),
  partial: z.boolean().optional(),
  carrier: text.nullable().optional(),
  service: text.nullable().optional(),
  tracking_number: text.nullable().optional(),
  tracking_url: z.url().nullable().optional(),
  closes_order: z.boolean().optional(),
});

const cancelShape = z.object({ reference: text.optional(), reason: text.max(500).optional() });

const correctShape = shipShape
  .pick({ carrier: true, service: true, tracking_number: true, tracking_url: true })
  .extend({ shipment: text });

const faultShape = z
  .object({
    target: z.enum(["shop", "warehouse"]),
    kind: z.enum(faultKinds),
    times: z.int().min(1).optional(),
    message: text.max(500).optional(),
    match: text.optional(),
  })
  .refine((fault) => fault.kind !== "ignore_key" || fault.target === "warehouse", {
    path: ["kind"],
    error: "ignore_key is for the warehouse: a shop's REST API has no keys to ignore",
  });

const messages: Record<(typeof faultKinds)[number], string> = {
  timeout: "Demo fault: held until it was too late",
  http500: "Demo fault: internal error",
  http429: "Demo fault: too many requests",
  unauthorized: "Demo fault: the credentials are not known",
  lost_answer: "Demo fault: the answer was lost",
  reject: "Demo fault: refused",
  ignore_key: "Demo fault: keys mean nothing",
};

const secret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, { error: "whsec_ and then base64" });

/** Thrown for a wish that cannot be granted; becomes an answer. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Verb = (input: { body: unknown; origin: string; now: number }) => unknown;

/** The hands behind the curtain: makes orders, ships them, breaks things. `/control/...` in, JSON out. */
export function createControl(state: SandboxState, options: { now(): number }) {
  const read = <T>(shape: z.ZodType<T>, body: unknown): T => {
    const result = shape.safeParse(body);
    if (result.success) return result.data;
    const said = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Refusal(400, said.join("; "));
  };
  const orderOf = (reference: string) => {
    const found = state.warehouse_orders.all().filter((one) => one.reference === reference);
    if (found.length === 0) throw new Refusal(404, `The warehouse has no order ${reference}`);
    return found.find((one) => one.status === "open") ?? found[0]!;
  };
  const shipmentOf = (id: string) => {
    const found = state.warehouse_shipments.get(id);
    if (!found) throw new Refusal(404, `The warehouse has no shipment ${id}`);
    return found;
  };

  const verbs: Record<string, Verb> = {
    "POST orders": ({ body, now }) => ({ orders: makeOrders(state, read(newOrders, body), now) }),
    "PATCH orders": ({ body, now }) => {
      const wish = read(patchOrders, body);
      const orders = patched(state, wish);
      if (!Array.isArray(orders)) throw new Refusal(orders.status, orders.message);
      for (const order of orders) patchOrder(state, order, wish, now);
      return { orders: orders.map(({ id, number, status }) => ({ id, number, status })) };
    },
    "POST products": ({ body, now }) => {
      const wish = read(newProduct, body);
      const made = makeProduct(state, wish, now);
      if (!made) throw new Refusal(404, `The shop has no product ${wish.variation_of}`);
      return { products: [{ id: made.id, sku: made.sku }] };
    },
    "PATCH products": ({ body }) => {
      const wish = read(patchProduct, body);
      const products = patchProducts(state, wish);
      if (products.length === 0) throw new Refusal(404, `The shop has no product ${wish.sku}`);
      return { products: products.map(({ id, sku }) => ({ id, sku })) };
    },
    "POST ship": ({ body, now }) => {
      const { reference, ...wish } = read(shipShape, body);
      const orders =
        reference === undefined
          ? state.warehouse_orders.all().filter((one) => one.status === "open")
          : [orderOf(reference)];
      const made = orders.map((order) => ship(state, order, wish, now));
      const refused = made.find((one) => typeof one === "string");
      if (refused !== undefined && reference !== undefined) throw new Refusal(409, refused);
      return { shipments: made.filter((one) => typeof one !== "string") };
    },
    "POST void": ({ body, now }) => {
      const shipment = shipmentOf(read(z.object({ shipment: text }), body).shipment);
      voidShipment(state, shipment, now);
      return { shipments: [shipment] };
    },
    "POST correct": ({ body, now }) => {
      const { shipment: id, ...wish } = read(correctShape, body);
      const shipment = shipmentOf(id);
      correct(state, shipment, wish, now);
      return { shipments: [shipment] };
    },
    "POST close": ({ body, now }) => {
      const order = orderOf(read(z.object({ reference: text }), body).reference);
      closeShort(state, order, now);
      return { id: order.id, reference: order.reference, status: order.status };
    },
    "POST cancel": ({ body, now }) => {
      const { reference, reason } = read(cancelShape, body);
      const orders =
        reference === undefined
          ? state.warehouse_orders.all().filter((one) => whyNotOff(one) === null)
          : [orderOf(reference)];
      for (const order of orders) {
        const problem = whyNotOff(order);
        if (problem !== null) throw new Refusal(409, problem);
        callOff(state, order, reason ?? null, now);
      }
      return {
        orders: orders.map(({ id, reference: of, status }) => ({ id, reference: of, status })),
      };
    },
    "POST faults": ({ body }) => {
      const { target, kind, times, message, match } = read(faultShape, body);
      const id = `fault-${nextNumber(state, "fault")}`;
      const fault = {
        id,
        target,
        kind,
        left: times ?? null,
        message: message ?? messages[kind],
        match: match ?? null,
      };
      state.faults.put(id, fault);
      return { fault };
    },
    "DELETE faults": () => {
      state.faults.clear();
      return { faults: [] };
    },
    "POST stock": ({ body, now }) => {
      const shape = z.object({ sku: text, warehouse: text.default("main"), quantity: z.int() });
      const { sku, warehouse, quantity: count } = read(shape, body);
      setStock(state, sku, warehouse, count, now);
      return { sku, warehouse, quantity: count };
    },
    "GET state": () => stateView(state),
    "POST reset": ({ body, now }) => {
      const { everything } = read(z.object({ everything: z.boolean().default(false) }), body);
      reset(state, now, everything);
      return stateView(state);
    },
    "GET credentials": ({ origin }) => ({
      label: "Sandbox: demo data",
      store_url: `${origin}/shop`,
      consumer_key: credentials.consumer_key,
      consumer_secret: credentials.consumer_secret,
      base_url: `${origin}/warehouse`,
      api_token: credentials.api_token,
      signing_secret: credentials.signing_secret,
    }),
    "POST warehouse-webhook": ({ body }) => {
      const wish = read(z.object({ url: z.url({ protocol: /^https?$/ }), secret }), body);
      state.values.put("nudge_url", wish.url);
      state.values.put("nudge_secret", wish.secret);
      return { url: wish.url };
    },
    "POST fulfillments": ({ body }) => {
      const { on } = read(z.object({ on: z.boolean() }), body);
      state.values.put("fulfillments_off", !on);
      return { on };
    },
    "DELETE webhooks": () => {
      state.shop_webhooks.clear();
      return { webhooks: [] };
    },
  };

  return {
    async fetch(request: Request): Promise<Response> {
      const url = new URL(request.url);
      const path = url.pathname.replace(/^.*\/control\//, "").replace(/\/$/, "");
      const verb = verbs[`${request.method} ${path}`];
      if (!verb) {
        const known = Object.keys(verbs).some((one) => one.endsWith(` ${path}`));
        return json({ message: `No such control: ${request.method} ${path}` }, known ? 405 : 404);
      }
      try {
        const body = request.method === "GET" ? {} : parsed(await request.text());
        return json(verb({ body, origin: url.origin, now: options.now() }));
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        return json({ message: refusal.message }, refusal.status);
      }
    },
  };
}

function parsed(body: string): unknown {
  if (body.trim() === "") return {};
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, "The body is not JSON");
  }
}
