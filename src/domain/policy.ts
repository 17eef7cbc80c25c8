import { z } from "zod";
import { storedFiltersShape } from "./filters.ts";
import { holdChoices } from "./ship-methods.ts";

const itemCode = z.string().trim().min(1).max(60).nullable();

/**
 * What Dray does with a cart's orders, whatever the connector: set by people, stored as JSON on
 * the connection. Connector settings (where the shop is) are the connector's own business.
 */
export const cartPolicyShape = z.object({
  /** Off until somebody turns it on: orders are loaded and wait. */
  delivery: z.boolean().default(false),
  /** The cart's own status values to take. */
  order_statuses: z.array(z.string().min(1).max(60)).max(50),
  /** The cart's own payment and fulfilment values to take; none: all of them. */
  payment_statuses: z.array(z.string().min(1).max(60)).max(50).default([]),
  fulfilment_statuses: z.array(z.string().min(1).max(60)).max(50).default([]),
  /** An order passes when every filter passes. */
  filters: storedFiltersShape.default([]),
  /** Orders placed before are not taken. Milliseconds, UTC. */
  earliest_order_at: z.int().nonnegative(),
  /** The WMS the orders go to; null: the only one there is. */
  wms_id: z.string().startsWith("con_").nullable().default(null),
  reference_prefix: z.string().max(20).default(""),
  reference_suffix: z.string().max(20).default(""),
  /** What was written around the number before, newest first; kept by the change itself. */
  former_references: z.array(z.object({ prefix: z.string(), suffix: z.string() })).default([]),
  /** How long a new order waits before it is sent, so that the customer may change it. */
  wait_minutes: z.int().min(0).max(10_080).default(0),
  /** An order whose ship method has no mapping waits for one: once the WMS has methods, always, or never. */
  hold_unmapped: z.enum(holdChoices).default("auto"),
  /** An order that is called off here or by the WMS is called off in the cart too, where that can be done. */
  cancel_in_cart: z.boolean().default(false),
  /** Which code of a product its WMS gets: null as the cart writes it, `SKU`, or an alias by its name. */
  item_code_out: itemCode.default(null),
  /** Which codes the cart gives: null any, `SKU`, or those of an alias by its name. */
  item_code_in: itemCode.default(null),
  /** Whether a code that no product has holds its order; `auto`: once the merchant has products. */
  hold_unknown_codes: z.enum(["auto", "on", "off"]).default("auto"),
  /** Post each shipment at once, or all of them when nothing more will ship. */
  post_shipments: z.enum(["each", "last"]).default("each"),
  /** A shipment without tracking is posted like any other; otherwise it waits for its tracking. */
  untracked_counts: z.boolean().default(true),
  /** Ask the cart to tell the customer. */
  mail_customer: z.boolean().default(true),
});
export type CartPolicy = z.infer<typeof cartPolicyShape>;

/** What Dray does with a WMS connection, whatever the connector. */
export const wmsPolicyShape = z.object({
  /** Test orders are sent to it; otherwise they are stopped before. */
  allow_test_orders: z.boolean().default(false),
  /** Its products are loaded once a day. */
  load_products: z.boolean().default(false),
});
export type WmsPolicy = z.infer<typeof wmsPolicyShape>;
