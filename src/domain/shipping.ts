import type { IncomingShipment } from "./incoming.ts";
import type { OrderLine, OrderStatus } from "./order.ts";
import { isShipped } from "./parts.ts";
import type { CartPolicy } from "./policy.ts";
import { codeKey } from "./product.ts";
import type { TimelineEntry } from "./timeline.ts";

/**
 * One shipment on its way to the cart.
 * `waiting` for tracking or for the last shipment · `queued` on a dispatch · `due` failed, waits for
 * `next_at` · `confirmed` the cart shows it · `withdrawn` voided, and the cart shows it no more (or
 * never did) · `given_up` · `none` nothing in it that a cart could show.
 */
export type ShipmentState =
  | "waiting"
  | "queued"
  | "due"
  | "confirmed"
  | "withdrawn"
  | "given_up"
  | "none";

/** `line_id`: the line it was told for; null: told by SKU. */
export interface Surplus {
  line_id: string | null;
  sku: string;
  quantity: number;
}

/** What is kept of a shipment. */
export interface ShipmentBody {
  wms_shipment_id: string;
  tracking_number: string | null;
  tracking_url: string | null;
  carrier: string | null;
  service: string | null;
  /** Milliseconds, UTC. */
  shipped_at: number;
  /** Lines of the order, with the quantities in this parcel. */
  lines: readonly { line_id: string; sku: string; quantity: number }[];
  /** What the warehouse put in that the order does not have (or not that often). */
  surplus: readonly Surplus[];
  /** The WMS will ship nothing more of this order. */
  closes_order: boolean;
}

export interface Shipment {
  id: string;
  state: ShipmentState;
  voided: boolean;
  version: number;
  body: ShipmentBody;
  /** The cart's own id of it, once it shows it. */
  cart_shipment_id: string | null;
}

/** When a cart is told of shipments; `never`: there is nobody to tell. */
export interface ShippingPolicy {
  post_shipments: CartPolicy["post_shipments"] | "never";
  untracked_counts: boolean;
}

export interface ShippingPlan {
  /** The shipments that changed, as they are to be stored. State `queued` means: needs a dispatch, unless it has one. */
  changed: readonly Shipment[];
  status: OrderStatus;
  entries: readonly TimelineEntry[];
}

/** Statuses in the order an order goes through them; a canceled order that ships after all has shipped. */
const rank: Readonly<Record<OrderStatus, number>> = {
  new: 0,
  error: 0,
  canceled: 0,
  at_wms: 1,
  partial: 2,
  shipped: 3,
  confirmed: 4,
};

/** The later of two statuses: a late message never moves an order back. */
export const later = (a: OrderStatus, b: OrderStatus): OrderStatus => (rank[b] > rank[a] ? b : a);

/** How many of each line are in shipments that were not voided, by line id. */
export function shippedByLine(shipments: readonly Shipment[]): Map<string, number> {
  const shipped = new Map<string, number>();
  for (const { voided, body } of shipments)
    if (!voided)
      for (const line of body.lines)
        shipped.set(line.line_id, (shipped.get(line.line_id) ?? 0) + line.quantity);
  return shipped;
}

/** A line of an order as shipments are matched with it. */
export type ShippableLine = OrderLine & {
  /** The code that the WMS was sent for it, where it is not the line's own. */
  sent_code?: string | undefined;
};

/**
 * What shipments make of an order, of which filtered and digital lines are no part. `incoming` in the order they were told, each with the id its row
 * has or will have. Pure.
 */
export function planShipments(
  whole: { status: OrderStatus; lines: readonly ShippableLine[] },
  known: readonly Shipment[],
  incoming: readonly { id: string; shipment: IncomingShipment }[],
  policy: ShippingPolicy,
  now: number,
): ShippingPlan {
  const order = { ...whole, lines: whole.lines.filter(isShipped) };
  const was = new Map(known.map((shipment) => [shipment.id, shipment]));
  const shipments = new Map(was);
  const said: { id: string | null; entry: TimelineEntry }[] = [];
  const say = (id: string | null, event: TimelineEntry["event"], text: string) =>
    said.push({ id, entry: { at: now, event, text } });

  for (const { id, shipment } of incoming) {
    const before = shipments.get(id);
    const voided = shipment.status === "voided";
    const others = [...shipments.values()].filter((other) => other.id !== id);
    const body = bodyOf(order.lines, others, shipment, before, was.get(id) ?? before, now);
    if (before && sameWord(before, { voided, body })) continue;
    shipments.set(id, {
      id,
      state: before?.state ?? "waiting",
      voided,
      version: (was.get(id)?.version ?? 0) + 1,
      body,
      cart_shipment_id: before?.cart_shipment_id ?? null,
    });
    if (voided) say(id, "shipment_voided", `The WMS voided shipment ${nameOf(body)}.`);
    else if (before) say(id, "shipment_corrected", `The WMS corrected shipment ${nameOf(body)}.`);
    else if (body.lines.length > 0) say(id, "shipped", shippedText(body));
  }
  for (const shipment of [...shipments.values()]) {
    const body = refill(order.lines, shipment, shipments);
    if (!body) continue;
    const version = (was.get(shipment.id)?.version ?? 0) + 1;
    shipments.set(shipment.id, { ...shipment, version, body });
    say(shipment.id, "shipped", shippedText(body));
  }
  // A feed that is read again tells old words before the last one: only where that leads to counts.
  const unchanged = new Set<string>();
  for (const before of known) {
    const shipment = shipments.get(before.id);
    if (!shipment || !sameWord(before, shipment)) continue;
    unchanged.add(before.id);
    shipments.set(before.id, before);
  }

  const all = [...shipments.values()];
  const shipped = shippedByLine(all);
  const open = order.lines.filter((line) => (shipped.get(line.line_id) ?? 0) < line.quantity);
  const anything = shipped.size > 0;
  const closed = all.some(({ voided, body }) => !voided && body.closes_order);
  const done = (anything && open.length === 0) || closed;
  const reached = done ? "shipped" : "partial";
  const untouched = order.status === "canceled" ? "canceled" : "at_wms";
  const status = later(order.status, anything ? reached : untouched);
  const wasClosed = known.some(({ voided, body }) => !voided && body.closes_order);
  if (closed && !wasClosed && open.length > 0)
    say(
      null,
      "closed_short",
      `The WMS closed the order; not shipped: ${open
        .map((line) => `${line.quantity - (shipped.get(line.line_id) ?? 0)} × ${line.sku}`)
        .join(", ")}.`,
    );

  const next = all.map((shipment) => ({
    ...shipment,
    state: nextState(shipment, was.get(shipment.id), done, policy),
  }));
  const changed = withLastWord(next, was, done && order.status !== "confirmed").filter(
    (shipment) => {
      const before = was.get(shipment.id);
      return before?.version !== shipment.version || before.state !== shipment.state;
    },
  );
  const entries = said
    .filter(({ id }) => id === null || !unchanged.has(id))
    .map(({ entry }) => entry);
  return { changed, status, entries };
}

/**
 * An order that is done with nothing left to tell, such as when the parcel that was waited for is
 * voided: the cart hears of the last confirmed one again, now as the one that completes the order.
 */
function withLastWord(
  shipments: readonly Shipment[],
  was: ReadonlyMap<string, Shipment>,
  done: boolean,
): readonly Shipment[] {
  const live = shipments.filter(({ voided, state }) => !voided && state !== "none");
  const told = live.every(({ state }) => state === "confirmed");
  const news = shipments.some(({ id, version }) => was.get(id)?.version !== version);
  const last = live.at(-1);
  if (!done || !told || !news || !last) return shipments;
  return shipments.map((shipment) =>
    shipment === last
      ? { ...shipment, state: "queued" as const, version: shipment.version + 1 }
      : shipment,
  );
}

/** Nothing in a voided shipment matters any more but that it is voided. */
const sameWord = (a: Pick<Shipment, "voided" | "body">, b: Pick<Shipment, "voided" | "body">) =>
  a.voided === b.voided && (a.voided || JSON.stringify(a.body) === JSON.stringify(b.body));

function nextState(
  shipment: Shipment,
  before: Shipment | undefined,
  done: boolean,
  policy: ShippingPolicy,
): ShipmentState {
  const fresh = before?.version !== shipment.version;
  const shown = shipment.state !== "waiting" && shipment.state !== "none";
  if (shipment.voided) return fresh ? (shown ? "queued" : "withdrawn") : shipment.state;
  if (policy.post_shipments === "never") return "none";
  if (shipment.body.lines.length === 0) return shown ? shipment.state : "none";
  if (shown && shipment.state !== "withdrawn") return fresh ? "queued" : shipment.state;
  const tracked = shipment.body.tracking_number !== null || policy.untracked_counts;
  const turn = policy.post_shipments === "each" || done;
  return tracked && turn ? "queued" : "waiting";
}

/** The shipment in the order's own lines: by line id, else by SKU, never more of a line than was ordered. */
function bodyOf(
  lines: readonly ShippableLine[],
  others: readonly Shipment[],
  incoming: IncomingShipment,
  before: Shipment | undefined,
  stored: Shipment | undefined,
  now: number,
): ShipmentBody {
  // "Everything still open" was said when it first came; what opened since is not in that parcel.
  const wanted = incoming.lines ?? (before ? [...before.body.lines, ...before.body.surplus] : null);
  return {
    wms_shipment_id: incoming.wms_shipment_id,
    tracking_number: incoming.tracking_number,
    tracking_url: incoming.tracking_url,
    carrier: incoming.carrier,
    service: incoming.service,
    shipped_at: incoming.shipped_at ?? before?.body.shipped_at ?? now,
    ...allot(lines, others, wanted, stored?.body.lines ?? []),
    closes_order: incoming.closes_order,
  };
}

/**
 * A parcel that came before another was voided or cut down may hold what is open only now, such as
 * the replacement of a voided one. Null: nothing of its surplus belongs to the order.
 */
function refill(
  lines: readonly ShippableLine[],
  shipment: Shipment,
  all: ReadonlyMap<string, Shipment>,
): ShipmentBody | null {
  const { id, voided, body } = shipment;
  if (voided || body.surplus.length === 0) return null;
  const others = [...all.values()].filter((other) => other.id !== id);
  const allotted = allot(lines, others, [...body.lines, ...body.surplus], body.lines);
  return JSON.stringify(allotted.lines) === JSON.stringify(body.lines)
    ? null
    : { ...body, ...allotted };
}

/**
 * What a parcel holds, in lines of the order that no other parcel has; null: all of them. Among lines
 * with the same SKU it keeps to those that it had `before`.
 */
function allot(
  lines: readonly ShippableLine[],
  others: readonly Shipment[],
  wanted: IncomingShipment["lines"],
  before: ShipmentBody["lines"],
): Pick<ShipmentBody, "lines" | "surplus"> {
  const taken = shippedByLine(others);
  const left = new Map(
    lines.map((line) => [line.line_id, line.quantity - (taken.get(line.line_id) ?? 0)]),
  );
  const inParcel = new Map<string, number>();
  const had = new Map(before.map((line) => [line.line_id, line.quantity]));
  const surplus: Surplus[] = [];
  const rest = lines.map((line) => ({ ...line, quantity: left.get(line.line_id) ?? 0 }));
  const wants = (wanted ?? rest).map((want) => ({
    ...want,
    own: lines.find((line) => line.line_id === want.line_id),
  }));
  for (const { own, ...want } of [
    ...wants.filter(({ own }) => own),
    ...wants.filter(({ own }) => !own),
  ]) {
    let quantity = want.quantity;
    const fits = own ? [own] : linesOfCode(lines, want.sku);
    const first = fits.map(({ line_id }) => ({
      line_id,
      most: (had.get(line_id) ?? 0) - (inParcel.get(line_id) ?? 0),
    }));
    const then = fits.map(({ line_id }) => ({ line_id, most: quantity }));
    for (const { line_id, most } of [...first, ...then]) {
      const take = Math.min(quantity, most, left.get(line_id) ?? 0);
      if (take <= 0) continue;
      left.set(line_id, (left.get(line_id) ?? 0) - take);
      inParcel.set(line_id, (inParcel.get(line_id) ?? 0) + take);
      quantity -= take;
    }
    const sku = own?.sku ?? want.sku ?? want.line_id ?? "";
    if (quantity > 0) surplus.push({ line_id: own?.line_id ?? null, sku, quantity });
  }
  const held = lines.filter((line) => inParcel.has(line.line_id));
  return {
    lines: held.map(({ line_id, sku }) => ({
      line_id,
      sku,
      quantity: inParcel.get(line_id) ?? 0,
    })),
    surplus,
  };
}

/** The WMS tells of lines by the codes that it was sent; an order's own codes count where it was sent none of these. */
function linesOfCode(lines: readonly ShippableLine[], told: string | null): ShippableLine[] {
  if (told === null) return [];
  const code = codeKey(told);
  const sent = lines.filter((line) => codeKey(line.sent_code ?? line.sku) === code);
  return sent.length > 0 ? sent : lines.filter((line) => codeKey(line.sku) === code);
}

const nameOf = (body: ShipmentBody) => body.tracking_number ?? body.wms_shipment_id;

function shippedText(body: ShipmentBody): string {
  const what = body.lines.map((line) => `${line.quantity} × ${line.sku}`).join(", ");
  const by = [body.carrier, body.service].filter((part) => part !== null).join(" ");
  const surplus = body.surplus.map((line) => `${line.quantity} × ${line.sku}`).join(", ");
  return [
    `Shipped ${what}`,
    by ? `by ${by}` : null,
    body.tracking_number ? `as ${body.tracking_number}` : "without tracking",
    surplus ? `and beyond the order ${surplus}` : null,
  ]
    .filter((part) => part !== null)
    .join(" ")
    .concat(".");
}
