import { api } from "./carts/api/index.ts";
import { csv } from "./carts/csv/index.ts";
import { woocommerce } from "./carts/woocommerce/index.ts";
import type { Connector } from "./contract.ts";
import { httpWarehouse } from "./warehouses/http-warehouse/index.ts";

/** Every connector there is. */
export const connectors: readonly Connector[] = [woocommerce, csv, api, httpWarehouse];

/** The connector with this id, or null. */
export const connectorById = (list: readonly Connector[], id: string): Connector | null =>
  list.find((connector) => connector.id === id) ?? null;
