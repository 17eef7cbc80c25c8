import type { SandboxState } from "./state.ts";
import { exponentOf, metaValue, totalOf } from "./woo-wire.ts";

const iso = (ms: number) => new Date(ms).toISOString();

/** What `GET /control/state` answers: all there is to see, no secret in it. */
export function stateView(state: SandboxState) {
  return {
    shop: {
      orders: state.shop_orders.all().map((order) => ({
        id: order.id,
        number: order.number,
        status: order.status,
        paid_at: order.paid === null ? null : iso(order.paid),
        digital: order.digital === true,
        total: (totalOf(order) / 10 ** exponentOf(order.currency)).toFixed(
          exponentOf(order.currency),
        ),
        currency: order.currency,
        customer: `${order.shipping.first_name} ${order.shipping.last_name}`,
        ship_method: order.shipping_line.method_title,
        created_at: iso(order.created),
        modified_at: iso(order.modified),
        lines: order.lines.map(({ id, sku, quantity }) => ({ id, sku, quantity })),
        refunds: (order.refunds ?? []).map(({ id, lines }) => ({
          id,
          lines: lines.map(({ line_id, quantity }) => ({ line_id, quantity })),
        })),
        notes: order.notes.map(({ note, customer_note }) => ({ note, customer_note })),
        mails: order.mails,
        fulfillments: order.fulfillments
          .filter((one) => one.deleted === null)
          .map((one) => ({
            id: one.id,
            status: one.status,
            is_fulfilled: one.is_fulfilled,
            tracking_number: metaValue(one.meta, "_tracking_number") ?? null,
            tracking_url: metaValue(one.meta, "_tracking_url") ?? null,
            carrier: metaValue(one.meta, "_shipment_provider") ?? null,
            items: metaValue(one.meta, "_items") ?? [],
          })),
      })),
      products: state.shop_products.all().map((product) => ({
        id: product.id,
        sku: product.sku,
        name: product.name,
        stock: product.stock_quantity,
      })),
      webhooks: state.shop_webhooks.all().map((hook) => ({
        id: hook.id,
        topic: hook.topic,
        status: hook.status,
        delivery_url: hook.delivery_url,
        failures: hook.failures,
      })),
    },
    warehouse: {
      orders: state.warehouse_orders.all().map((order) => ({
        id: order.id,
        reference: order.reference,
        number: order.number,
        status: order.status,
        received_at: iso(order.received_at),
        lines: order.lines,
        order: order.order,
      })),
      shipments: state.warehouse_shipments.all().map(({ seq: _, shipped_at, ...shipment }) => ({
        ...shipment,
        shipped_at: iso(shipped_at),
      })),
      cancellations: state.warehouse_cancellations.all().map(({ seq: _, ...row }) => row),
      stock: state.warehouse_stock
        .all()
        .map(({ sku, warehouse, quantity }) => ({ sku, warehouse, quantity })),
      received: Number(state.values.get("received") ?? 0),
      webhook_url: state.values.get("nudge_url") ?? null,
    },
    faults: state.faults.all(),
    outbox: state.outbox.size,
  };
}
