import { httpWarehouse } from "./http-warehouse.ts";
import type { TestClock, Vendor } from "./stage.ts";
import { woocommerce } from "./woocommerce.ts";

type Path = readonly (string | number)[];

/** A number of the vendor's and where it ends in ours. */
export interface NumberPair {
  wire: Path;
  ours: Path;
}

export interface CartVendor extends Vendor {
  /** Orders sold at this very instant; answers their source ids. */
  sell(count: number, wish?: { currency?: string; total?: string }): string[];
  /** Changes an order so that its pull has to show it again. */
  touch(sourceId: string): void;
  /** How many shipments of an order the shop shows. */
  shipmentsOf(sourceId: string): { tracking_number: unknown }[];
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
  start(clock: TestClock): V;
}

export type CartFixture = { side: "cart" } & FixtureOf<CartVendor>;
export type WmsFixture = { side: "wms" } & FixtureOf<WmsVendor>;

/** One entry per connector of the registry: this is all that a new connector adds to get the suite. */
export const fixtures: readonly (CartFixture | WmsFixture)[] = [woocommerce, httpWarehouse];
