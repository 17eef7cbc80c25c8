import { httpWarehouse } from "./http-warehouse.ts";
import type { TestClock, Vendor } from "./stage.ts";
import { pushing } from "./pushing.ts";
import { woocommerce } from "./woocommerce.ts";

/**
 * What a connector may offer or leave out. The laws of each run where it is offered; every fixture
 * says what its connector offers, so that no law can stop running unnoticed.
 */
export const allOffers = [
  "cart.orders",
  "cart.refunds",
  "cart.cancel",
  "cart.shipments",
  "cart.shipments.withdraw",
  "cart.stock",
  "cart.webhooks",
  "wms.stock",
  "wms.products",
  "wms.ship_methods",
  "wms.cancel",
  "wms.calls_off",
  "wms.webhooks",
] as const;
export type Offer = (typeof allOffers)[number];

type Path = readonly (string | number)[];

/** A number of the vendor's and where it ends in ours. */
export interface NumberPair {
  wire: Path;
  ours: Path;
}

export interface CartVendor extends Vendor {
  /** Orders sold at this very instant; answers their source ids. */
  sell(count: number, wish?: { currency?: string; total?: string; number?: string }): string[];
  /** Changes an order so that its pull has to show it again. */
  touch(sourceId: string): void;
  /** Takes an order out of all lists. */
  throwAway(sourceId: string): void;
  /** Takes one piece back and returns its money. Absent where the pull does not notice that. */
  refundOne?(sourceId: string): void;
  /** The shop itself is done with an order. */
  finish(sourceId: string): void;
  /** What is written about an order for the shop's people alone. */
  notesOf(sourceId: string): string[];
  /** How many shipments of an order the shop shows. */
  shipmentsOf(sourceId: string): { tracking_number: unknown }[];
  /** Its products. Absent where no levels can be set in it. */
  shelf?: {
    /** New products; answers their SKUs. */
    stock(count: number): string[];
    /** How many of it the shop offers; null when it keeps no count. */
    levelOf(sku: string): number | null;
    /** From now on it does not take a level of this SKU, and says so. */
    refuse(sku: string, message: string): void;
    /** An SKU that no product ever had. */
    unknownSku: string;
  };
  /** The rows of a page of orders, or null when the payload is no such page. */
  rowsIn: (payload: unknown) => unknown[] | null;
  /** An id that the cart has never given. */
  unknownId: string;
  numbers: readonly NumberPair[];
}

export interface WmsVendor extends Vendor {
  /** How many orders it has under a reference. */
  ordersOf(reference: string): number;
  /** What it was told the order is worth. */
  moneyOf(reference: string): { units: unknown; currency: unknown };
  refuseNext(message: string): void;
  /** Ships all that is open of an order; answers the shipment's id. */
  ship(reference: string): string;
  correct(shipmentId: string): void;
  /** It will not ship an order that it has. Absent: it has no way to tell. */
  callOff?(reference: string, reason: string | null): void;
  feeds: {
    /** Makes `count` new rows at this very instant; answers how our items will name them. */
    [name in "shipments" | "stock" | "products"]: {
      make: (count: number) => string[];
      idOf: (item: unknown) => string;
      rowsIn: (payload: unknown) => unknown[] | null;
      numbers: readonly NumberPair[];
    };
  };
}

interface FixtureOf<V> {
  id: string;
  offers: readonly Offer[];
  start(clock: TestClock): V;
}

export type CartFixture = { side: "cart" } & FixtureOf<CartVendor>;
export type WmsFixture = { side: "wms" } & FixtureOf<WmsVendor>;

/** A cart that pushes its orders: there is no vendor that could be asked. */
export interface PushingFixture {
  side: "pushing cart";
  id: string;
  offers: readonly [];
  /** As a person enters them. */
  settings: object;
}

export type Fixture = CartFixture | WmsFixture | PushingFixture;

/** One entry per connector of the registry: this is all that a new connector adds to get the suite. */
export const fixtures: readonly Fixture[] = [
  woocommerce,
  pushing("csv"),
  pushing("api"),
  httpWarehouse,
];
