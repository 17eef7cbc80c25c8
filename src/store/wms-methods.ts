import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { id, json } from "./shapes.ts";
import { read } from "./statement.ts";

/** What is known of a method. */
export interface MethodWords {
  name: string | null;
  carrier: string | null;
}

const shape = z.object({
  code: z.string(),
  /** As the WMS lists it; where it does not, as it was typed. */
  name: z.string().nullable(),
  carrier: z.string().nullable(),
  source: id<"wms" | "typed">(),
  /** What a person typed of one that the WMS lists; null: nothing. */
  typed: json<MethodWords>().nullable(),
});
/** A ship method that a WMS takes. */
export type WmsMethod = z.infer<typeof shape>;

/** All methods of a WMS, by code. */
export const listWmsMethods = (
  db: D1Database,
  merchantId: MerchantId,
  wmsId: ConnectionId,
): Promise<WmsMethod[]> =>
  read(
    db,
    shape,
    sql`SELECT code AS code, name AS name, carrier AS carrier, source AS source, typed AS typed FROM wms_methods
        WHERE merchant_id = ${merchantId} AND wms_id = ${wmsId} ORDER BY code`,
  );

/** Stores methods of a WMS; those that are the same write nothing. `when` is what it depends on. */
export const putWmsMethods = (
  merchantId: MerchantId,
  wmsId: ConnectionId,
  methods: readonly WmsMethod[],
  when: SQL,
): SQL =>
  sql`INSERT INTO wms_methods (merchant_id, wms_id, code, name, carrier, source, typed)
      SELECT ${merchantId}, ${wmsId}, j.value->>'code', j.value->>'name', j.value->>'carrier', j.value->>'source',
        j.value->>'typed'
      FROM json_each(${JSON.stringify(methods)}) j WHERE ${when}
      ON CONFLICT (merchant_id, wms_id, code) DO UPDATE SET name = excluded.name, carrier = excluded.carrier,
        source = excluded.source, typed = excluded.typed
      WHERE wms_methods.name IS NOT excluded.name OR wms_methods.carrier IS NOT excluded.carrier
        OR wms_methods.source <> excluded.source OR wms_methods.typed IS NOT excluded.typed`;

export const deleteWmsMethods = (
  merchantId: MerchantId,
  wmsId: ConnectionId,
  codes: readonly string[],
  when: SQL,
): SQL =>
  sql`DELETE FROM wms_methods WHERE merchant_id = ${merchantId} AND wms_id = ${wmsId}
        AND code IN (SELECT value FROM json_each(${JSON.stringify(codes)})) AND ${when}`;
