import { z } from "zod";
import type { AddressLimits } from "../domain/address-limits.ts";
import type { AddressVerdict } from "../domain/address-rules.ts";
import type { ConnectionId } from "../domain/ids.ts";
import type {
  IncomingOrder,
  IncomingShipment,
  ListedMethod,
  StockLevel,
  UnreadableOrder,
  WmsProduct,
} from "../domain/incoming.ts";
import type { Address, Order } from "../domain/order.ts";
import type {
  CancelOutcome,
  ConfirmOutcome,
  StockOutcome,
  SubmitOutcome,
  WarehouseOrderState,
  WithdrawOutcome,
} from "../domain/outcomes.ts";
import type { Clock } from "../platform/clock.ts";
import type { RateLimit } from "../platform/pace.ts";
import type { VendorHttp } from "./vendor-http.ts";

/**
 * What a connector is. Connectors translate; they do not decide, sleep, retry or deduplicate.
 * A vendor's "no" comes back as a value; only transport trouble throws, as a ConnectorFailure.
 * `test/worker/conformance` holds every connector to the laws in `docs/connectors.md`.
 */

/** One use of a connector: whose, with what, through which door. */
export interface Call<S = unknown, K = unknown> {
  connection_id: ConnectionId;
  settings: S;
  secrets: K;
  http: VendorHttp;
  clock: Clock;
}

/** One answer to "what is new?". Every row the vendor sent is in `items` or in `skipped`. */
export interface Page<T> {
  items: readonly T[];
  skipped: readonly UnreadableOrder[];
  /** Opaque, computed over every row seen; asking with it again may repeat rows, never lose one. */
  next: string;
  /** True when the vendor has no more for now. */
  drained: boolean;
}

export interface PullRequest {
  /** Null at the first pull ever. */
  cursor: string | null;
  /** Rows at the most, up to 100. */
  limit: number;
}

export interface OrderPullRequest extends PullRequest {
  /** Milliseconds, UTC: where a first pull begins. */
  since: number;
  /** The cart's own status values; empty means all. */
  statuses: readonly string[];
}

export interface OrderSpanRequest extends PullRequest {
  /** Placed at or after, milliseconds, UTC. */
  from: number;
  /** Placed before or at, milliseconds, UTC. */
  to: number;
}

/** What a WMS shipped, and what it will not ship. */
export interface ShipmentPage extends Page<IncomingShipment> {
  /** References (`cust_ref`) of orders that the WMS called off by itself. */
  cancelled: readonly { reference: string; reason: string | null }[];
}

/** Credentials and permissions, tried. `problems` are for people; empty means all is well. */
export interface ConnectionReport {
  ok: boolean;
  /** What answered, such as "WooCommerce 10.9.1". */
  vendor: string | null;
  problems: readonly string[];
}

/** A vendor's message that people cannot read, turned into cause and fix. */
export interface Hint {
  pattern: RegExp;
  cause: string;
  fix: string;
}

/** Something changed over there; the truth is fetched, never taken from the nudge. */
export type Nudge =
  | { kind: "order"; source_id: string }
  | { kind: "shipments" }
  /** The WMS will not ship this order; `reference` is our `cust_ref`. */
  | { kind: "order_cancelled"; reference: string }
  | { kind: "stock" };

export type WebhookVerdict =
  | { kind: "rejected"; reason: string }
  /** Nothing to do. Not `verified`: harmless, and anybody may have sent it. */
  | { kind: "ignored"; verified: boolean; reason: string }
  | { kind: "nudges"; nudges: readonly Nudge[] };

export interface WebhookReceiver<S, K> {
  /**
   * Judges the raw bytes. `keys` holds the current secret and, while it is being rotated, the one
   * before; any of them may verify. Fails closed, compares in constant time.
   */
  receive(
    headers: Headers,
    body: Uint8Array<ArrayBuffer>,
    keys: readonly string[],
    clock: Clock,
  ): Promise<WebhookVerdict>;
  /**
   * Makes sure that the vendor calls `url`, signed with `secret`: registers what is missing, switches
   * on what was switched off, moves what points elsewhere on this Dray. Answers how many it changed.
   * Absent where the other side sets this up by hand.
   */
  ensure?(call: Call<S, K>, url: string, secret: string): Promise<{ changed: number }>;
}

interface ConnectorBase<S, K> {
  /** As in the API and the URL: `woocommerce`. */
  id: string;
  label: string;
  /** Fields carry `.meta({ title, description })`: the form, the API's field list and the stored JSON come from here. */
  settings: z.ZodType<S>;
  secrets: z.ZodType<K>;
  limits: RateLimit;
  hints?: readonly Hint[];
  /** Tries the credentials with a call that changes nothing. */
  check(call: Call<S, K>): Promise<ConnectionReport>;
  webhooks?: WebhookReceiver<S, K>;
}

/** What a person may choose from when they say which orders to take. */
export interface StatusChoice {
  value: string;
  label: string;
  taken_by_default: boolean;
}

/** A cart's own words for each kind of status; where none is taken by default, all are. */
export interface FilterValues {
  order: readonly StatusChoice[];
  payment: readonly StatusChoice[];
  fulfilment: readonly StatusChoice[];
}

/** A change of an order that the cart's pull notices by itself. */
export type SourceChange =
  | "status"
  | "address"
  | "lines"
  | "refund"
  | "note"
  | "meta"
  | "trash"
  | "fulfilment";

/** One shipment, told to a cart. */
export interface ShipmentNotice {
  source_id: string;
  number: string;
  /** Ours; stays the same when the shipment is corrected. */
  shipment_id: string;
  tracking_number: string | null;
  tracking_url: string | null;
  carrier: string | null;
  service: string | null;
  /** Milliseconds, UTC. */
  shipped_at: number;
  /** What the cart's order has of it: of an order by hand that the cart brought later, perhaps nothing. */
  lines: readonly { line_id: string; sku: string; quantity: number }[];
  /** After this one nothing more will ship. */
  completes_order: boolean;
  mail_customer: boolean;
}

/** How many pieces of a product a cart is to offer: an absolute number, so that the same twice is the same. */
export interface CartLevel {
  /** What the cart calls the product. */
  sku: string;
  /** A whole number from 0. */
  quantity: number;
}

/** How orders are read from a cart that is asked. */
export interface OrderSource<S = unknown, K = unknown> {
  pull(call: Call<S, K>, request: OrderPullRequest): Promise<Page<IncomingOrder>>;
  /** Null when the cart does not have it any more. */
  get(call: Call<S, K>, sourceId: string): Promise<IncomingOrder | UnreadableOrder | null>;
  /** Every order that people know by this number; there may be several, or none. */
  findByNumber(
    call: Call<S, K>,
    number: string,
  ): Promise<readonly (IncomingOrder | UnreadableOrder)[]>;
  /** Every order placed in a span of time, page after page, whatever its status. */
  between(call: Call<S, K>, request: OrderSpanRequest): Promise<Page<IncomingOrder>>;
}

export interface CartConnector<S = unknown, K = unknown> extends ConnectorBase<S, K> {
  side: "cart";
  /** Absent: the cart pushes its orders, and cannot be asked for one. */
  orders?: OrderSource<S, K>;
  /** Calls off an order in the cart. Absent where the cart cannot. */
  cancel?(call: Call<S, K>, sourceId: string, reason: string): Promise<CancelOutcome>;
  /** Absent: nothing can be shown to it; an order that shipped is done. */
  shipments?: {
    /** The cart's id of this shipment, if it has it; asked before anything is sent a second time. */
    find(call: Call<S, K>, notice: ShipmentNotice): Promise<string | null>;
    /** Makes the cart show the shipment: a new one, or with `known` (the cart's id) the same one corrected. */
    confirm(
      call: Call<S, K>,
      notice: ShipmentNotice,
      known: string | null,
    ): Promise<ConfirmOutcome>;
    /** Takes a voided shipment back. Absent where the cart cannot. */
    withdraw?(call: Call<S, K>, notice: ShipmentNotice, known: string): Promise<WithdrawOutcome>;
  };
  /** Absent: no levels of stock can be set in it. */
  stock?: {
    /**
     * Sets up to 100 levels, each SKU once. One outcome for each, in the same order. Where it throws,
     * any of them may be set.
     */
    set(call: Call<S, K>, levels: readonly CartLevel[]): Promise<readonly StockOutcome[]>;
  };
  filterValues: FilterValues;
  /** Which changes of an order its pull notices; a cart that pushes notices none. */
  sees: readonly SourceChange[];
  /** Where a person looks at the order in the cart. */
  orderUrl?(settings: S, sourceId: string): string;
}

/** An order, addressed to a WMS. */
export interface WmsOrder {
  /** `cust_ref`, unique per merchant: what the WMS files it under. */
  reference: string;
  order: Order;
}

export interface WmsConnector<S = unknown, K = unknown> extends ConnectorBase<S, K> {
  side: "wms";
  /** What it cannot take of an address: orders that exceed it wait before they are sent. Absent: it takes any. */
  addressLimits?: AddressLimits;
  orders: {
    /** The same `key` twice makes one order there. */
    submit(call: Call<S, K>, order: WmsOrder, key: string): Promise<SubmitOutcome>;
    /** Null: the WMS is sure that it does not have it. */
    find(call: Call<S, K>, reference: string): Promise<WarehouseOrderState | null>;
  };
  shipments: { pull(call: Call<S, K>, request: PullRequest): Promise<ShipmentPage> };
  stock?: { pull(call: Call<S, K>, request: PullRequest): Promise<Page<StockLevel>> };
  products?: { pull(call: Call<S, K>, request: PullRequest): Promise<Page<WmsProduct>> };
  /** All of its ship methods at once. Null: this one keeps no list. */
  shipMethods?: {
    list(call: Call<S, K>): Promise<Pick<Page<ListedMethod>, "items" | "skipped"> | null>;
  };
  cancel?(call: Call<S, K>, reference: string): Promise<CancelOutcome>;
}

/**
 * A service that knows which addresses there are. Dray brings none. Trouble on the way is a
 * ConnectorFailure, and no reason to hold an order.
 */
export interface AddressValidator {
  /** As sentences call it. */
  label: string;
  validate(address: Address): Promise<AddressVerdict>;
}

export type Connector = CartConnector | WmsConnector;

/** Lets a connector be written with its own types and stored among the others. */
export const defineCart = <S, K>(connector: Omit<CartConnector<S, K>, "side">): CartConnector =>
  ({ side: "cart", ...connector }) as unknown as CartConnector;

export const defineWms = <S, K>(connector: Omit<WmsConnector<S, K>, "side">): WmsConnector =>
  ({ side: "wms", ...connector }) as unknown as WmsConnector;

/** A cart that gives us its orders and cannot be asked about them: it has nothing to be set and nobody to call. */
export const definePushingCart = (id: string, label: string): CartConnector =>
  defineCart<object, object>({
    id,
    label,
    settings: z.object({}),
    secrets: z.object({}),
    limits: { requests: 1, per_ms: 1_000, parallel: 1 },
    check: () => Promise.resolve({ ok: true, vendor: null, problems: [] }),
    filterValues: { order: [], payment: [], fulfilment: [] },
    sees: [],
  });
