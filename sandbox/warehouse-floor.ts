import { nextNumber } from "./state.ts";
import type { SandboxState, WarehouseOrder, WarehouseShipment } from "./state.ts";

/** What people do in the warehouse: each act moves the feeds and nudges whoever listens. */

export interface ShipWish {
  lines?:
    | readonly { line_id?: string | undefined; sku?: string | undefined; quantity: number }[]
    | undefined;
  /** Leave something open, where more than one piece is. */
  partial?: boolean | undefined;
  carrier?: string | null | undefined;
  service?: string | null | undefined;
  tracking_number?: string | null | undefined;
  tracking_url?: string | null | undefined;
  closes_order?: boolean | undefined;
}

/** One parcel. A text says why it cannot be. */
export function ship(
  state: SandboxState,
  order: WarehouseOrder,
  wish: ShipWish,
  now: number,
): WarehouseShipment | string {
  if (order.status !== "open") return `${order.reference} is ${order.status}`;
  const lines = wish.lines ? chosen(order, wish.lines) : open(order, wish.partial === true);
  if (typeof lines === "string") return lines;
  const number = nextNumber(state, "shipment", 501);
  const tracking =
    wish.tracking_number === undefined
      ? `1ZDEMO${String(number).padStart(10, "0")}`
      : wish.tracking_number;
  for (const line of lines) {
    const theirs = order.lines.find((one) => one.line_id === line.line_id);
    if (theirs) theirs.shipped += line.quantity;
  }
  const complete = order.lines.every((line) => line.shipped >= line.quantity);
  if (complete || wish.closes_order === true) order.status = "shipped";
  state.warehouse_orders.put(order.id, order);
  const shipment: WarehouseShipment = {
    id: `S-${number}`,
    seq: nextNumber(state, "feed"),
    order_id: order.id,
    reference: order.reference,
    status: "shipped",
    tracking_number: tracking,
    tracking_url:
      wish.tracking_url === undefined
        ? tracking && `https://tracking.example/${encodeURIComponent(tracking)}`
        : wish.tracking_url,
    carrier: wish.carrier === undefined ? "UPS" : wish.carrier,
    service: wish.service === undefined ? "Ground" : wish.service,
    shipped_at: now,
    lines,
    closes_order: order.status === "shipped",
  };
  put(state, shipment, now);
  return shipment;
}

function open(order: WarehouseOrder, partial: boolean): WarehouseShipment["lines"] {
  const left = order.lines
    .map(({ line_id, sku, quantity, shipped }) => ({ line_id, sku, quantity: quantity - shipped }))
    .filter((line) => line.quantity > 0);
  if (!partial) return left;
  const [first] = left;
  if (!first || left.length > 1) return left.slice(0, 1);
  return [{ ...first, quantity: Math.ceil(first.quantity / 2) }];
}

function chosen(
  order: WarehouseOrder,
  wanted: NonNullable<ShipWish["lines"]>,
): WarehouseShipment["lines"] | string {
  const lines: WarehouseShipment["lines"] = [];
  for (const want of wanted) {
    const line = order.lines.find(
      (one) => one.line_id === want.line_id || (want.line_id === undefined && one.sku === want.sku),
    );
    if (!line) return `${order.reference} has no line ${want.line_id ?? want.sku}`;
    if (want.quantity > line.quantity - line.shipped) {
      return `${order.reference} has ${line.quantity - line.shipped} of ${line.sku} left`;
    }
    lines.push({ line_id: line.line_id, sku: line.sku, quantity: want.quantity });
  }
  return lines;
}

/** The same parcel with other words on it. */
export function correct(
  state: SandboxState,
  shipment: WarehouseShipment,
  wish: Pick<ShipWish, "carrier" | "service" | "tracking_number" | "tracking_url">,
  now: number,
): void {
  for (const name of ["carrier", "service", "tracking_number", "tracking_url"] as const) {
    if (wish[name] !== undefined) shipment[name] = wish[name];
  }
  move(state, shipment, now);
}

/** The parcel never left: its pieces are open again. */
export function voidShipment(state: SandboxState, shipment: WarehouseShipment, now: number): void {
  if (shipment.status === "voided") return;
  shipment.status = "voided";
  shipment.closes_order = false;
  const order = state.warehouse_orders.get(shipment.order_id);
  if (order) {
    for (const line of shipment.lines) {
      const theirs = order.lines.find((one) => one.line_id === line.line_id);
      if (theirs) theirs.shipped -= line.quantity;
    }
    order.status = "open";
    state.warehouse_orders.put(order.id, order);
  }
  move(state, shipment, now);
}

/** Nothing more ships: the last parcel says so, and an order without one is cancelled. */
export function closeShort(state: SandboxState, order: WarehouseOrder, now: number): void {
  if (order.status !== "open") return;
  const last = state.warehouse_shipments
    .all()
    .findLast((one) => one.order_id === order.id && one.status === "shipped");
  if (!last) return callOff(state, order, null, now);
  order.status = "shipped";
  state.warehouse_orders.put(order.id, order);
  last.closes_order = true;
  move(state, last, now);
}

/** Nothing of it will ship, as we asked: nobody has to be told. */
export function cancel(state: SandboxState, order: WarehouseOrder): void {
  order.status = "cancelled";
  state.warehouse_orders.put(order.id, order);
}

/** Why an order cannot be called off, or null. */
export function whyNotOff(order: WarehouseOrder): string | null {
  if (order.status !== "open") return `${order.reference} is ${order.status}`;
  const left = order.lines.some((line) => line.shipped > 0);
  return left ? `A parcel of ${order.reference} has left: close it short` : null;
}

/** The warehouse itself will not ship it, and tells so. */
export function callOff(
  state: SandboxState,
  order: WarehouseOrder,
  reason: string | null,
  now: number,
): void {
  cancel(state, order);
  const { reference } = order;
  const id = `C-${nextNumber(state, "cancellation", 501)}`;
  const seq = nextNumber(state, "feed");
  state.warehouse_cancellations.put(id, { id, seq, reference, status: "cancelled", reason });
  nudge(state, "order.cancelled", { reference }, now);
}

export function setStock(
  state: SandboxState,
  sku: string,
  warehouse: string,
  quantity: number,
  now: number,
): void {
  const seq = nextNumber(state, "feed");
  state.warehouse_stock.put(`${sku} ${warehouse}`, { seq, sku, warehouse, quantity, as_of: now });
  nudge(state, "stock.changed", { sku }, now);
}

function move(state: SandboxState, shipment: WarehouseShipment, now: number): void {
  shipment.seq = nextNumber(state, "feed");
  put(state, shipment, now);
}

function put(state: SandboxState, shipment: WarehouseShipment, now: number): void {
  state.warehouse_shipments.put(shipment.id, shipment);
  const { id, reference } = shipment;
  nudge(state, "shipment.created", { id, reference }, now);
}

function nudge(state: SandboxState, type: string, data: Record<string, string>, now: number): void {
  if (!state.values.get("nudge_url")) return;
  const id = `msg_demo_${nextNumber(state, "message")}`;
  state.outbox.put(id, { id, kind: "nudge", type, at: now, data, attempts: 0, due: now });
}
