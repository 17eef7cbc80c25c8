import { defineCart, type Hint } from "../../contract.ts";
import { cancelOrder } from "./cancel.ts";
import { check } from "./check.ts";
import { secretsShape, settingsShape, type WooSecrets, type WooSettings } from "./client.ts";
import { findByNumber, getOrder, ordersBetween, pullOrders } from "./orders.ts";
import { confirmShipment, findShipment, withdrawShipment } from "./shipments.ts";
import { setStock } from "./stock.ts";
import { webhooks } from "./webhooks.ts";

const hints: readonly Hint[] = [
  {
    pattern: /consumer (key|secret) is (invalid|missing)/i,
    cause: "The shop does not know this key, or the server drops the Authorization header.",
    fix: "Make a new key in WooCommerce > Settings > Advanced > REST API and enter both parts. If it is refused too, ask the host to pass the Authorization header on to PHP.",
  },
  {
    pattern: /does not have (read|write) permissions/i,
    cause: "The key was made for the other direction only.",
    fix: "Make a key with Read/Write permissions.",
  },
  {
    pattern: /cannot (view|list|edit|create)|not allowed to (edit|create|view|list|batch)/i,
    cause: "The key is missing, wrong, or belongs to a user who may not manage the shop.",
    fix: "Make the key as a shop manager or an administrator.",
  },
  {
    pattern: /rest_no_route|no route was found/i,
    cause:
      "The shop's REST API does not know this address: plain permalinks, WooCommerce switched off, or a feature that is off.",
    fix: "In WordPress open Settings > Permalinks and choose anything but Plain; see that WooCommerce is active.",
  },
  {
    pattern: /invalid parameter\(s\): status/i,
    cause: "An order status chosen here does not exist in the shop any more.",
    fix: "Choose the order statuses of this cart anew.",
  },
  {
    pattern: /invalid order id|order_invalid_id/i,
    cause: "The order was deleted in the shop.",
    fix: "Nothing can be written to it. Restore it in the shop, or let it be.",
  },
  {
    pattern: /curl error|html page|page instead of data|not json/i,
    cause:
      "Something in front of the shop answered in its place: a security plugin, a firewall, a maintenance page or a login.",
    fix: "Allow the path /wp-json/wc/v3/ there, and open the store address in a browser to see what answers.",
  },
  {
    pattern: /fulfillment should contain at least one item|invalid item/i,
    cause: "The shop's order no longer has the lines that were shipped.",
    fix: "Compare the order's lines in the shop with the shipment; enter the tracking there by hand.",
  },
  {
    pattern: /did not keep the level/i,
    cause:
      "Stock management is off in the shop, or the product is of a kind that has no stock of its own, such as a grouped or an external one.",
    fix: "In WooCommerce open Settings > Products > Inventory and enable stock management; leave out what has no stock.",
  },
];

/** WooCommerce over its REST API v3, the key pair as HTTP Basic. */
export const woocommerce = defineCart<WooSettings, WooSecrets>({
  id: "woocommerce",
  label: "WooCommerce",
  settings: settingsShape,
  secrets: secretsShape,
  // Core has no limit of its own; these keep a small host at its ease.
  limits: { requests: 10, per_ms: 1000, parallel: 4 },
  hints,
  check,
  webhooks,
  orders: { pull: pullOrders, get: getOrder, findByNumber, between: ordersBetween },
  cancel: cancelOrder,
  shipments: { find: findShipment, confirm: confirmShipment, withdraw: withdrawShipment },
  stock: { set: setStock },
  filterValues: {
    order: [
      { value: "processing", label: "Processing", taken_by_default: true },
      { value: "on-hold", label: "On hold", taken_by_default: false },
      { value: "pending", label: "Pending payment", taken_by_default: false },
      { value: "completed", label: "Completed", taken_by_default: false },
      { value: "failed", label: "Failed", taken_by_default: false },
      { value: "cancelled", label: "Cancelled", taken_by_default: false },
      { value: "refunded", label: "Refunded", taken_by_default: false },
      { value: "checkout-draft", label: "Draft", taken_by_default: false },
    ],
    payment: [
      { value: "paid", label: "Paid", taken_by_default: false },
      { value: "unpaid", label: "Not paid, such as cash on delivery", taken_by_default: false },
    ],
    // What the shop has shipped by other means must not go out again.
    fulfilment: [
      { value: "unfulfilled", label: "Unfulfilled", taken_by_default: true },
      { value: "partially_fulfilled", label: "Partially fulfilled", taken_by_default: true },
      { value: "fulfilled", label: "Fulfilled", taken_by_default: false },
    ],
  },
  // date_modified stays as it is for notes, meta and fulfillments written over REST.
  sees: ["status", "address", "lines", "refund", "trash"],
  orderUrl: (settings, sourceId) =>
    `${settings.store_url}/wp-admin/admin.php?page=wc-orders&action=edit&id=${encodeURIComponent(sourceId)}`,
});
