import { env } from "cloudflare:workers";
import type {
  AccountId,
  ApiUser,
  ConnectionId,
  DispatchId,
  MerchantId,
  OrderId,
  ShipmentId,
} from "../../../src/domain/ids.ts";

/** Nothing of the ground is due before. */
export const NOT_DUE = 9_000_000_000_000;
/** So long ago that only what a case made due is due. */
export const LONG_AGO = 1_000;

/** A merchant's rows, the same in every merchant but for their number. */
export interface Ground {
  m: MerchantId;
  account: AccountId;
  user: ApiUser;
  cart: ConnectionId;
  wms: ConnectionId;
}

export const ord = (n: number | string): OrderId => `ord_${n}`;
export const shp = (n: number): ShipmentId => `shp_${n}`;
export const dsp = (n: number | string): DispatchId => `dsp_${n}`;

export const body = (n: number) => ({
  number: String(n),
  ship_to: { city: "Austin" },
  order_date: "2026-11-21T09:00:00Z",
  currency: { code: "USD", exponent: 2 },
  lines: [{ line_id: "1", line_no: 1, sku: "MUG", quantity: 1 }],
});

const perRecord = [
  `INSERT OR REPLACE INTO orders (merchant_id, id, cart_id, source_id, part, number, cust_ref, status,
     source_status, source_modified_at, placed_at, created_at, updated_at, body, timeline)
   SELECT ?1, 'ord_' || value, 'con_cart', '' || value, 1, '' || value, 'R-' || value, 'at_wms',
     'processing', 1000 + value, 1000 + value, 1000 + value, 1000 + value,
     json_object('number', '' || value, 'lines', json_array()), '[{"at":1,"event":"loaded","text":"Loaded."}]'
   FROM json_each(?2)`,
  `INSERT OR REPLACE INTO deliveries (merchant_id, order_id, cart_id, wms_id, state, wms_order_id)
   SELECT ?1, 'ord_' || value, 'con_cart', 'con_wms', 'accepted', 'W-' || value FROM json_each(?2)`,
  `INSERT OR REPLACE INTO shipments (merchant_id, order_id, id, cart_id, wms_id, state, body, created_at)
   SELECT ?1, 'ord_' || value, 'shp_' || value, 'con_cart', 'con_wms', 'confirmed', '{}', 1000 + value FROM json_each(?2)`,
  `INSERT OR REPLACE INTO dispatches (merchant_id, id, kind, connection_id, items, fence, due_at, created_at)
   SELECT ?1, 'dsp_' || value, 'delivery', 'con_wms', json_array('ord_' || value), 3, ${NOT_DUE} + value, 1 FROM json_each(?2)`,
  `INSERT OR REPLACE INTO skipped_orders (merchant_id, cart_id, source_id, reason, checks, first_seen_at, last_seen_at, times)
   SELECT ?1, 'con_cart', 's-' || value, 'invalid', '[]', 1, 1, 1 FROM json_each(?2)`,
  `INSERT OR REPLACE INTO tombstones (merchant_id, order_id, at)
   SELECT ?1, 'ord_' || value, 1 FROM json_each(?2)`,
  `INSERT OR REPLACE INTO stand_ins (merchant_id, cart_id, number, order_id)
   SELECT ?1, 'con_cart', '' || value, 'ord_' || value FROM json_each(?2)`,
  `INSERT OR REPLACE INTO ship_methods (merchant_id, cart_id, match, value, as_written, wms_method)
   SELECT ?1, 'con_cart', 'exact', 'm-' || value, 'M-' || value, CASE WHEN value < 3 THEN 'W-' || value END FROM json_each(?2)`,
  `INSERT OR REPLACE INTO ship_methods (merchant_id, cart_id, match, value, as_written, passes)
   SELECT ?1, 'con_cart', 'starts', 's-' || value, 'S-' || value, 1 FROM json_each(?2) WHERE value < 3`,
  `INSERT OR REPLACE INTO wms_methods (merchant_id, wms_id, code, source)
   SELECT ?1, 'con_wms', 'W-' || value, 'typed' FROM json_each(?2) WHERE value < 50`,
  `INSERT OR REPLACE INTO carrier_names (merchant_id, cart_id, key, carrier)
   SELECT ?1, 'con_cart', 'c-' || value, 'C-' || value FROM json_each(?2)`,
  `INSERT OR REPLACE INTO alerts (merchant_id, id, kind, subject, state, details, waiting, opened_at, last_at)
   SELECT ?1, 'alr_' || value, 'refused', 'ord_' || value, 'open', '{}', 1, 1000 + value, 1000 + value FROM json_each(?2)`,
  `INSERT OR REPLACE INTO alert_orders (merchant_id, alert_id, order_id, about)
   SELECT ?1, 'alr_' || value, 'ord_' || value, 'sending' FROM json_each(?2)`,
  `INSERT OR REPLACE INTO dead_letters (id, queue, body, merchant_id, at, state)
   SELECT 'dlt_' || ?1 || '_' || value, 'dray-jobs', '{}', ?1, 1000 + value, 'dead' FROM json_each(?2)`,
  `INSERT OR REPLACE INTO vendor_calls (merchant_id, connection_id, id, at, method, url, duration_ms, message)
   SELECT ?1, 'con_cart', printf('cal_%06d', value), 1000 + value, 'GET', 'x', 1, 'x' FROM json_each(?2)`,
  `INSERT OR REPLACE INTO retention_left (merchant_id, order_id)
   SELECT ?1, 'ord_' || value FROM json_each(?2)`,
  `INSERT OR REPLACE INTO products (merchant_id, sku) SELECT ?1, 'P-' || value FROM json_each(?2)`,
  `INSERT OR REPLACE INTO product_codes (merchant_id, code, sku, as_written)
   SELECT ?1, 'p-' || value, 'P-' || value, 'P-' || value FROM json_each(?2)`,
  `INSERT OR REPLACE INTO code_conflicts (merchant_id, code, sku, kind, as_written, source, seen_at, decided_at)
   SELECT ?1, 'p-' || value, 'Q-' || value, 'UPC', 'P-' || value, 'wms', 1, NULL FROM json_each(?2)`,
  `INSERT OR REPLACE INTO tasks (merchant_id, id, kind, state, input, by, created_at, updated_at, due_at)
   SELECT ?1, 'tsk_' || value, 'x', 'running', '{}', '{}', 1, 1, ${NOT_DUE} + value FROM json_each(?2)`,
  `INSERT OR REPLACE INTO import_chunks (merchant_id, task_id, seq, rows, refused)
   SELECT ?1, 'tsk_1', value, '[[2,"1001"]]', '[[2,"no SKU","1001"]]' FROM json_each(?2)`,
  `INSERT OR REPLACE INTO import_mappings (merchant_id, cart_id, mapping)
   SELECT ?1, CASE value WHEN 1 THEN 'con_cart' ELSE 'con_' || value END, '{}' FROM json_each(?2)`,
  `INSERT OR REPLACE INTO audit (merchant_id, id, at, by, act, subject, before, after)
   SELECT ?1, 'aud_' || value, 1, '{}', 'x', 'con_cart', 'null', 'null' FROM json_each(?2)`,
  `INSERT OR REPLACE INTO told (merchant_id, alert_id, contact_id, ripe_at)
   SELECT ?1, 'alr_' || value, 'cnt_other', 1 FROM json_each(?2)`,
  `INSERT OR REPLACE INTO tellings (merchant_id, contact_id, what, owner_id, due_at)
   SELECT ?1, 'cnt_' || value, 'digest', ?1, ${NOT_DUE} + value FROM json_each(?2)`,
  `INSERT OR REPLACE INTO mails (owner_id, id, contact_id, "to", subject, text, html, off_url, state, created_at)
   SELECT ?1, 'mal_' || value, 'cnt_1', 'a@b.test', 'S', 'T', 'H', 'https://dray.test', 'sent', ${NOT_DUE} + value FROM json_each(?2)`,
  `INSERT OR REPLACE INTO changes (merchant_id, seq, at, kind, ids)
   SELECT ?1, value + 1, 1, 'loaded', '[]' FROM json_each(?2)`,
  `INSERT OR REPLACE INTO runs (merchant_id, connection_id, id, job, started_at, duration_ms, result, counts)
   SELECT ?1, 'con_cart', 'run_' || value, 'order-download', 1, 1, 'ok', '{}' FROM json_each(?2)`,
];

const numbers = (from: number, to: number) =>
  JSON.stringify(Array.from({ length: to - from }, (_, at) => from + at));

/** Lays out a merchant with `count` rows in every table that grows with its orders. */
export async function layOut(name: string, count: number): Promise<Ground> {
  const ground: Ground = {
    m: `mer_${name}`,
    account: `acc_${name}`,
    user: `merchant_${name}`,
    cart: "con_cart",
    wms: "con_wms",
  };
  const { m, account, user } = ground;
  await env.DB.batch([
    env.DB.prepare("INSERT INTO accounts VALUES (?1, ?1, 1)").bind(account),
    env.DB.prepare("INSERT INTO merchants VALUES (?1, ?2, ?1, 0, 'key', 1)").bind(m, account),
    env.DB.prepare(
      `INSERT INTO api_keys (user, account_id, merchant_id, level, access, key_hash, name, created_at)
       VALUES (?1, ?2, ?3, 'merchant', 'write', 'hash', 'Key', 1)`,
    ).bind(user, account, m),
    ...perRecord.map((text) => env.DB.prepare(text).bind(m, numbers(0, count))),
  ]);
  await putBack(ground);
  return ground;
}

const addedByCases = [
  "DELETE FROM dead_letters WHERE id = 'dlt_' || ?1 || '_new'",
  "DELETE FROM alerts WHERE merchant_id = 'mer_installation' AND ?1 <> ''",
  "DELETE FROM vendor_calls WHERE merchant_id = ?1 AND (id = 'cal_new' OR connection_id = 'con_wms')",
  "DELETE FROM ship_methods WHERE merchant_id = ?1 AND value LIKE 'new%'",
  "DELETE FROM wms_methods WHERE merchant_id = ?1 AND code LIKE 'new%'",
  "DELETE FROM carrier_names WHERE merchant_id = ?1 AND key LIKE 'new%'",
  "DELETE FROM alert_orders WHERE merchant_id = ?1 AND length(alert_id) > 20",
  "DELETE FROM alerts WHERE merchant_id = ?1 AND length(id) > 20",
  "DELETE FROM orders WHERE merchant_id = ?1 AND id LIKE 'ord_new%'",
  "DELETE FROM deliveries WHERE merchant_id = ?1 AND order_id LIKE 'ord_new%'",
  "DELETE FROM dispatches WHERE merchant_id = ?1 AND id = 'dsp_new'",
  "DELETE FROM product_codes WHERE merchant_id = ?1 AND code IN ('u-1', 'new')",
  "DELETE FROM products WHERE merchant_id = ?1 AND sku IN ('NEW', 'Q-1', 'Q-2')",
  "DELETE FROM code_conflicts WHERE merchant_id = ?1 AND code = 'new'",
  "DELETE FROM code_conflicts WHERE merchant_id = ?1 AND sku IN ('P-1', 'P-2')",
  "DELETE FROM tasks WHERE merchant_id = ?1 AND id = 'tsk_new'",
  "DELETE FROM import_chunks WHERE merchant_id = ?1 AND seq = -1",
  "DELETE FROM told WHERE merchant_id = ?1 AND contact_id <> 'cnt_other'",
  "DELETE FROM tellings WHERE merchant_id = ?1 AND contact_id = 'cnt_new'",
  "DELETE FROM mails WHERE owner_id = ?1 AND id = 'mal_new'",
  "DELETE FROM contacts WHERE owner_id = ?1 OR owner_id = 'acc_' || substr(?1, 5)",
  "DELETE FROM audit WHERE merchant_id = ?1 AND id = 'aud_new'",
  "DELETE FROM stand_ins WHERE merchant_id = ?1 AND number = 'new'",
  "DELETE FROM connections WHERE merchant_id = ?1 AND id = 'con_new'",
  "DELETE FROM jobs WHERE merchant_id = ?1 AND job = 'stock-upload'",
  "DELETE FROM runs WHERE merchant_id = ?1 AND id = 'run_new'",
  "DELETE FROM merchants WHERE id = 'mer_new' || ?1",
  "DELETE FROM api_keys WHERE user = 'merchant_new' || ?1",
  "UPDATE api_keys SET revoked_at = NULL WHERE user = 'merchant_' || substr(?1, 5)",
];

/** Puts the rows that cases work on, numbers 1 and 2 and the connections, back as they were. */
export async function putBack({ m }: Ground): Promise<void> {
  const connection = `INSERT OR REPLACE INTO connections (merchant_id, id, connector, side, name, settings,
      policy, secrets, health, created_at, updated_at) VALUES (?1, ?2, 'x', ?3, 'X', '{}', '{}', 's', 'healthy', 1, 1)`;
  const job = `INSERT OR REPLACE INTO jobs (merchant_id, connection_id, job, enabled, interval_minutes, slot)
      VALUES (?1, ?2, ?3, 1, 60, 3)`;
  const contact = `INSERT OR REPLACE INTO contacts (owner_id, id, email, frequency, kinds, off_key, created_at)
      VALUES (?1, ?2, 'a@b.test', 'hourly', '{}', 'key', 1)`;
  await env.DB.batch([
    ...addedByCases.map((text) => env.DB.prepare(text).bind(m)),
    ...perRecord.map((text) => env.DB.prepare(text).bind(m, numbers(1, 3))),
    env.DB.prepare(connection).bind(m, "con_cart", "cart"),
    env.DB.prepare(connection).bind(m, "con_wms", "wms"),
    env.DB.prepare(
      `INSERT OR REPLACE INTO item_filters (merchant_id, cart_id, filter) VALUES (?1, 'con_cart', '{}')`,
    ).bind(m),
    env.DB.prepare(contact).bind(m, "cnt_1"),
    env.DB.prepare(contact).bind(m, "cnt_2"),
    env.DB.prepare(
      `INSERT OR REPLACE INTO retention (merchant_id, days, done_until) VALUES (?1, 90, 1)`,
    ).bind(m),
    env.DB.prepare(job).bind(m, "con_cart", "order-download"),
    env.DB.prepare(job).bind(m, "con_wms", "shipment-pickup"),
  ]);
}

const merchantTables = [
  "connections",
  "jobs",
  "orders",
  "deliveries",
  "shipments",
  "dispatches",
  "skipped_orders",
  "tombstones",
  "stand_ins",
  "item_filters",
  "alerts",
  "alert_orders",
  "vendor_calls",
  "retention",
  "retention_left",
  "ship_methods",
  "wms_methods",
  "carrier_names",
  "products",
  "product_codes",
  "code_conflicts",
  "tasks",
  "import_chunks",
  "import_mappings",
  "audit",
  "told",
  "tellings",
  "changes",
  "runs",
];

const ownerTables = ["contacts", "mails"];

/** Takes away whatever is stored under a merchant's id. */
export async function clear({ m }: Ground): Promise<void> {
  await env.DB.batch([
    ...merchantTables.map((table) =>
      env.DB.prepare(`DELETE FROM ${table} WHERE merchant_id = ?1`).bind(m),
    ),
    ...ownerTables.map((table) =>
      env.DB.prepare(`DELETE FROM ${table} WHERE owner_id = ?1`).bind(m),
    ),
    env.DB.prepare("DELETE FROM merchants WHERE id = 'mer_new' || ?1").bind(m),
    env.DB.prepare("DELETE FROM dead_letters WHERE merchant_id = ?1").bind(m),
  ]);
}

/** Everything that is stored of a merchant and its account, to see whether somebody touched it. */
export async function rowsOf({ m, account }: Ground): Promise<Record<string, unknown[]>> {
  const own = merchantTables.map((table) => ({
    table,
    statement: env.DB.prepare(`SELECT * FROM ${table} WHERE merchant_id = ?1`).bind(m),
  }));
  const directory = [
    {
      table: "accounts",
      statement: env.DB.prepare("SELECT * FROM accounts WHERE id = ?1").bind(account),
    },
    {
      table: "merchants",
      statement: env.DB.prepare("SELECT * FROM merchants WHERE id = ?1").bind(m),
    },
    {
      table: "api_keys",
      statement: env.DB.prepare("SELECT * FROM api_keys WHERE account_id = ?1").bind(account),
    },
  ];
  const owned = ownerTables.map((table) => ({
    table,
    statement: env.DB.prepare(`SELECT * FROM ${table} WHERE owner_id = ?1`).bind(m),
  }));
  const all = [...own, ...owned, ...directory];
  const answers = await env.DB.batch(all.map(({ statement }) => statement));
  return Object.fromEntries(all.map(({ table }, at) => [table, answers[at]?.results ?? []]));
}

export interface Counted {
  db: D1Database;
  rows_read: number;
  rows_written: number;
}

/** A D1 that counts what is read and written through it. */
export function counted(db: D1Database): Counted {
  const real = new WeakMap<object, D1PreparedStatement>();
  const count: Counted = { db, rows_read: 0, rows_written: 0 };
  const note = <T>(result: D1Result<T>) => {
    count.rows_read += result.meta.rows_read;
    count.rows_written += result.meta.rows_written;
    return result;
  };
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
      all: async () => note(await statement.all()),
    };
    real.set(wrapped, statement);
    return wrapped as unknown as D1PreparedStatement;
  };
  count.db = {
    prepare: (text: string) => wrap(db.prepare(text)),
    batch: async (statements: D1PreparedStatement[]) => {
      const own = statements.map((statement) => real.get(statement) ?? statement);
      return (await db.batch(own)).map(note);
    },
  } as unknown as D1Database;
  return count;
}
