import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import { connections, jobs } from "./schema.ts";
import { flag, id, json } from "./shapes.ts";
import { read, readOne } from "./statement.ts";

export type Health = "healthy" | "degraded" | "needs_reauth";

/** A connection as it is stored; `secrets` is still sealed. */
const connectionShape = z.object({
  merchant_id: id<MerchantId>(),
  id: id<ConnectionId>(),
  connector: z.string(),
  side: z.enum(["cart", "wms"]),
  name: z.string(),
  settings: json<Record<string, unknown>>(),
  policy: json<Record<string, unknown>>(),
  secrets: z.string(),
  health: z.enum(["healthy", "degraded", "needs_reauth"]),
  paused: flag,
  last_error: z.string().nullable(),
  last_error_at: z.int().nullable(),
  failing_since: z.int().nullable(),
  probe_at: z.int().nullable(),
  last_webhook_at: z.int().nullable(),
  rejected_webhooks: z.int(),
  created_at: z.int(),
  updated_at: z.int(),
});
export type Connection = z.infer<typeof connectionShape>;

const columns = sql`merchant_id AS merchant_id, id AS id, connector AS connector, side AS side,
  name AS name, settings AS settings, policy AS policy, secrets AS secrets, health AS health,
  paused AS paused, last_error AS last_error, last_error_at AS last_error_at,
  failing_since AS failing_since, probe_at AS probe_at,
  last_webhook_at AS last_webhook_at, rejected_webhooks AS rejected_webhooks,
  created_at AS created_at, updated_at AS updated_at`;

export const readConnection = (
  db: D1Database,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<Connection | null> =>
  readOne(
    db,
    connectionShape,
    sql`SELECT ${columns} FROM ${connections} WHERE merchant_id = ${merchantId} AND id = ${connectionId}`,
  );

/** All connections of a merchant, oldest first: there are few. */
export const listConnections = (db: D1Database, merchantId: MerchantId): Promise<Connection[]> =>
  read(
    db,
    connectionShape,
    sql`SELECT ${columns} FROM ${connections} WHERE merchant_id = ${merchantId} ORDER BY id`,
  );

export type NewConnection = Pick<
  Connection,
  "merchant_id" | "id" | "connector" | "side" | "name" | "settings" | "policy" | "secrets"
>;

/** A new connection, healthy until its check says otherwise. `secrets` is sealed. */
export const insertConnection = (row: NewConnection, now: number): SQL =>
  sql`INSERT INTO ${connections} (merchant_id, id, connector, side, name, settings, policy, secrets,
      health, paused, rejected_webhooks, created_at, updated_at)
    VALUES (${row.merchant_id}, ${row.id}, ${row.connector}, ${row.side}, ${row.name},
      ${JSON.stringify(row.settings)}, ${JSON.stringify(row.policy)}, ${row.secrets},
      'healthy', 0, 0, ${now}, ${now})`;

/**
 * Changes what a person may change. `seen` is the `updated_at` that the change was decided on: when
 * somebody else was faster, no row changes.
 */
export const updateConnection = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  seen: number,
  changes: Partial<Pick<Connection, "name" | "settings" | "policy" | "secrets">>,
  now: number,
): SQL => {
  const text = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  return sql`UPDATE ${connections} SET
      name = COALESCE(${changes.name ?? null}, name),
      settings = COALESCE(${text(changes.settings)}, settings),
      policy = COALESCE(${text(changes.policy)}, policy),
      secrets = COALESCE(${changes.secrets ?? null}, secrets),
      updated_at = MAX(${now}, updated_at + 1)
    WHERE merchant_id = ${merchantId} AND id = ${connectionId} AND updated_at = ${seen}`;
};

/** Jobs rest while their connection is paused or needs new credentials; changes only what differs. */
const suspendJobs = (merchantId: MerchantId, connectionId: ConnectionId): SQL => {
  const resting = sql`(SELECT paused = 1 OR health = 'needs_reauth' FROM ${connections}
    WHERE merchant_id = ${merchantId} AND id = ${connectionId})`;
  return sql`UPDATE ${jobs} SET suspended = ${resting}
    WHERE merchant_id = ${merchantId} AND connection_id = ${connectionId} AND suspended <> ${resting}`;
};

/**
 * Writes only when health or error differ from what is stored. `error` null clears the last one. Only
 * a check (`tried`) leaves `needs_reauth`: a run that began before may end after. With `seen`, the
 * connection's `updated_at`, nothing is written if it was changed since. `probeAt`: nothing works, and
 * until then nobody tries; `probed`: records go through again; see `sync/probe.ts`.
 */
export const setHealth = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  health: Health,
  error: string | null,
  now: number,
  {
    tried = false,
    seen = null,
    probeAt = null,
    probed = false,
  }: { tried?: boolean; seen?: number | null; probeAt?: number | null; probed?: boolean } = {},
): SQL[] => [
  sql`UPDATE ${connections} SET health = ${health}, last_error = ${error},
      last_error_at = CASE WHEN ${error} IS NULL THEN last_error_at ELSE ${now} END,
      failing_since = CASE WHEN ${health} <> 'healthy' THEN coalesce(failing_since, ${now}) END,
      probe_at = CASE ${probed ? 1 : 0} WHEN 0 THEN coalesce(${probeAt}, probe_at) END
    WHERE merchant_id = ${merchantId} AND id = ${connectionId}
      AND (health <> ${health} OR last_error IS NOT ${error} OR ${probeAt} IS NOT NULL
        OR (probe_at IS NOT NULL AND ${probed ? 1 : 0}))
      AND (${tried ? 1 : 0} OR health <> 'needs_reauth') AND updated_at = coalesce(${seen}, updated_at)`,
  suspendJobs(merchantId, connectionId),
];

export const setPaused = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  paused: boolean,
  now: number,
): SQL[] => [
  sql`UPDATE ${connections} SET paused = ${paused ? 1 : 0}, updated_at = MAX(${now}, updated_at + 1)
    WHERE merchant_id = ${merchantId} AND id = ${connectionId} AND paused <> ${paused ? 1 : 0}`,
  suspendJobs(merchantId, connectionId),
];

/** Remembers that a webhook came, at most once a minute. */
export const noteWebhook = (merchantId: MerchantId, connectionId: ConnectionId, now: number): SQL =>
  sql`UPDATE ${connections} SET last_webhook_at = ${now}
    WHERE merchant_id = ${merchantId} AND id = ${connectionId}
      AND (last_webhook_at IS NULL OR last_webhook_at <= ${now - 60_000})`;

/** Adds webhooks whose signature did not verify. */
export const noteRejectedWebhooks = (
  merchantId: MerchantId,
  connectionId: ConnectionId,
  count: number,
): SQL =>
  sql`UPDATE ${connections} SET rejected_webhooks = rejected_webhooks + ${count}
    WHERE merchant_id = ${merchantId} AND id = ${connectionId}`;
