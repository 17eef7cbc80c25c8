import {
  cartCarrier,
  carrierKey,
  carrierKeys,
  type CarrierRow,
  type WrittenCarrier,
} from "../domain/carriers.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { carrierRows, seeCarriers } from "../store/carrier-names.ts";
import type { Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";

/** What a cart calls the carriers of a page of shipments. */
export interface CartCarriers {
  /** Reads what the cart calls those carriers, unless it was read before. */
  learn(written: readonly WrittenCarrier[]): Promise<void>;
  nameOf(written: WrittenCarrier): string | null;
  /** Lists the carriers that nobody knew, once; goes into the next batch. */
  takeSeen(): Statement;
}

/** One read for each slice that has a carrier which the slices before it had not. */
export function cartCarriers(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): CartCarriers {
  const rows = new Map<string, CarrierRow>();
  const asked = new Set<string>();
  const seen = new Map<string, string>();
  return {
    async learn(written) {
      const keys = [...new Set(written.flatMap(carrierKeys))].filter((key) => !asked.has(key));
      if (keys.length === 0) return;
      const db = await deps.databases.of(merchantId);
      for (const row of await carrierRows(db, merchantId, cartId, keys)) rows.set(row.key, row);
      for (const key of keys) asked.add(key);
      for (const { carrier, service } of written) {
        const key = carrierKey({ carrier, service: null });
        const isKnown = rows.has(key) || cartCarrier({ carrier, service }, rows).known;
        if (carrier !== null && key !== "" && !isKnown) seen.set(key, carrier.trim());
      }
    },
    nameOf: (written) => cartCarrier(written, rows).name,
    takeSeen() {
      const news = [...seen].map(([key, carrier]) => ({ key, carrier }));
      for (const { key } of news) rows.set(key, { key, cart_name: null });
      seen.clear();
      return seeCarriers(merchantId, cartId, news, deps.clock.now());
    },
  };
}
