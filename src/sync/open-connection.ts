import { z } from "zod";
import type {
  Call,
  CartConnector,
  Connector,
  OrderSource,
  WmsConnector,
} from "../connectors/contract.ts";
import { connectorById } from "../connectors/registry.ts";
import { createVendorHttp } from "../connectors/vendor-http.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import {
  cartPolicyShape,
  wmsPolicyShape,
  type CartPolicy,
  type WmsPolicy,
} from "../domain/policy.ts";
import { SealError, type Sealer } from "../platform/sealing.ts";
import { readConnection, type Connection } from "../store/connections.ts";
import { readMerchant } from "../store/merchants.ts";
import type { Deps } from "./deps.ts";
import { failedCallKeeper } from "./keep-failed-calls.ts";

interface Opened {
  connection: Connection;
  /** One use of the connector; make a new one per unit of work, as it carries the rate limit. */
  call: Call;
  /** What a webhook may be signed with: the current secret, then the one before it. */
  webhookKeys: readonly string[];
}

export interface OpenCart extends Opened {
  side: "cart";
  connector: CartConnector;
  policy: CartPolicy;
}

export interface OpenWms extends Opened {
  side: "wms";
  connector: WmsConnector;
  policy: WmsPolicy;
}

export type OpenConnection = OpenCart | OpenWms;

/** Secrets by name, as they are sealed: the connector's own and `webhook_secret_previous`. */
export type StoredSecrets = Record<string, string>;

const storedSecretsShape = z.record(z.string(), z.string());

/** Where a connection's secrets are sealed to; they open nowhere else. */
const secretsPlace = (connectionId: ConnectionId): string => `${connectionId}/secrets`;

/**
 * Reads a connection and makes it usable: its connector, checked settings, unsealed secrets and a
 * way to its vendor. Throws `not_found`; `unavailable` when the secrets do not open with SEAL_KEYS
 * or the connector is gone; `invalid` when settings or secrets no longer fit the connector.
 */
export async function openConnection(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
): Promise<OpenConnection> {
  const db = await deps.databases.of(merchantId);
  const connection = await readConnection(db, merchantId, connectionId);
  if (!connection) throw new DrayError("not_found", "No such connection");
  return openRow(deps, connection);
}

/** The same for a connection that is already read. */
async function openRow(deps: Deps, connection: Connection): Promise<OpenConnection> {
  const connector = connectorById(deps.connectors, connection.connector);
  if (!connector || connector.side !== connection.side) {
    throw new DrayError("unavailable", `This Dray has no connector ${connection.connector}`);
  }
  const secrets = await unsealSecrets(deps, connection);
  const opened: Opened = {
    connection,
    webhookKeys: [secrets["webhook_secret"], secrets["webhook_secret_previous"]].filter(
      (key): key is string => Boolean(key),
    ),
    call: {
      connection_id: connection.id,
      ...parseCredentials(connector, connection.settings, secrets),
      http: createVendorHttp(deps.http, {
        limits: connector.limits,
        clock: deps.clock,
        labels: { merchant_id: connection.merchant_id, connection_id: connection.id },
        onFailed: failedCallKeeper(deps, connection),
      }),
      clock: deps.clock,
    },
  };
  return connector.side === "cart"
    ? { side: "cart", connector, policy: cartPolicyShape.parse(connection.policy), ...opened }
    : { side: "wms", connector, policy: wmsPolicyShape.parse(connection.policy), ...opened };
}

/** `openConnection` for what must be a cart; throws `not_found` otherwise. */
export async function openCart(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
): Promise<OpenCart> {
  const opened = await openConnection(deps, merchantId, cartId);
  if (opened.side !== "cart") throw new DrayError("not_found", "This connection is not a cart");
  return opened;
}

/** How a cart is asked for its orders. Throws `conflict` for one that pushes them. */
export function orderSource({ connector }: OpenCart): OrderSource {
  if (connector.orders) return connector.orders;
  throw new DrayError(
    "conflict",
    `${connector.label} cannot be asked for orders: send them again from the source`,
  );
}

/** `openConnection` for what must be a WMS; throws `not_found` otherwise. */
export async function openWms(
  deps: Deps,
  merchantId: MerchantId,
  wmsId: ConnectionId,
): Promise<OpenWms> {
  const opened = await openConnection(deps, merchantId, wmsId);
  if (opened.side !== "wms") throw new DrayError("not_found", "This connection is not a WMS");
  return opened;
}

/**
 * Settings and secrets in the connector's own shapes. Throws `invalid`, naming each field as
 * `settings.x` or `secrets.x`; no value is ever part of the message.
 */
export function parseCredentials(
  connector: Connector,
  settings: Record<string, unknown>,
  secrets: Record<string, unknown>,
): { settings: unknown; secrets: unknown } {
  const readSettings = connector.settings.safeParse(settings);
  const readSecrets = connector.secrets.safeParse(secrets);
  const issues = [
    ...fieldsOf("settings", readSettings.error),
    ...fieldsOf("secrets", readSecrets.error),
  ];
  if (!readSettings.success || !readSecrets.success) {
    throw new DrayError("invalid", `Some fields of ${connector.label} need another value`, issues);
  }
  return { settings: readSettings.data, secrets: readSecrets.data };
}

const fieldsOf = (group: string, error: z.ZodError | undefined) =>
  (error?.issues ?? []).map((issue) => ({
    path: [group, ...issue.path.map(String)].join("."),
    message: issue.message,
  }));

const OPEN_FOR_MS = 60_000;
const OPEN_LIMIT = 1_000;

interface Unsealed {
  secrets: StoredSecrets;
  until: number;
}

/** Unsealed for a minute, per isolate and set of keys. A sealed text is never written twice, so a changed secret is another entry. */
const opened = new WeakMap<Sealer, Map<string, Unsealed>>();

/** A connection's secrets in the clear. Throws `unavailable` when SEAL_KEYS does not open them. */
export async function unsealSecrets(deps: Deps, connection: Connection): Promise<StoredSecrets> {
  const known = opened.get(deps.sealer) ?? new Map<string, Unsealed>();
  opened.set(deps.sealer, known);
  const key = `${connection.merchant_id}/${connection.id}/${connection.secrets}`;
  const cached = known.get(key);
  const now = deps.clock.now();
  if (cached && cached.until > now) return cached.secrets;

  const merchant = await readMerchant(deps.databases.directory, connection.merchant_id);
  if (!merchant) throw new DrayError("not_found", "No such merchant");
  const text = await withSealKeys(() =>
    deps.sealer.open(
      merchant.data_key,
      merchant.id,
      secretsPlace(connection.id),
      connection.secrets,
    ),
  );
  const secrets = storedSecretsShape.parse(JSON.parse(text));
  if (known.size >= OPEN_LIMIT) known.clear();
  known.set(key, { secrets, until: now + OPEN_FOR_MS });
  return secrets;
}

/** Seals a connection's secrets under its merchant's data key. Throws like `unsealSecrets`. */
export async function sealSecrets(
  deps: Deps,
  merchantId: MerchantId,
  connectionId: ConnectionId,
  secrets: StoredSecrets,
): Promise<string> {
  const merchant = await readMerchant(deps.databases.directory, merchantId);
  if (!merchant) throw new DrayError("not_found", "No such merchant");
  return withSealKeys(() =>
    deps.sealer.seal(
      merchant.data_key,
      merchantId,
      secretsPlace(connectionId),
      JSON.stringify(secrets),
    ),
  );
}

async function withSealKeys<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new DrayError(
      "unavailable",
      "The stored secrets do not open with SEAL_KEYS: put back the key that they were sealed with",
    );
  }
}
