import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { AlertId, ConnectionId, MerchantId, TaskId } from "../domain/ids.ts";
import {
  isMapped,
  methodKey,
  nearMethods,
  shortMethod,
  type MethodMatch,
} from "../domain/ship-methods.ts";
import { alertIdOf } from "../store/alert-ids.ts";
import { insertAudit, type AuditEntry } from "../store/audit.ts";
import { listConnections, updateConnection, type Connection } from "../store/connections.ts";
import { whileUnchanged } from "../store/fence.ts";
import {
  methodRows,
  putMethods,
  type MethodMapping,
  type ShipMethod,
} from "../store/ship-methods.ts";
import { listWmsMethods, type WmsMethod } from "../store/wms-methods.ts";
import { changedMeanwhile } from "./change-connection.ts";
import { commitAndRelease } from "./commit-and-release.ts";
import type { Deps } from "./deps.ts";
import { cartWms } from "./release-waiting.ts";

/** One row of a map as somebody wants it. */
export interface WantedMapping {
  match: MethodMatch;
  value: string;
  description?: string | null | undefined;
  /** A method of the WMS; null with `passes`: as the cart writes it. */
  wms_method: string | null;
  passes: boolean;
  /** Where it stands in what was given, such as `items.0` or `row 3`. */
  place: string;
}

/** A row that is not as it has to be, and why. */
export interface BadRow {
  path: string;
  message: string;
}

export interface SavedMappings {
  saved: number;
  /** Of those saved, how many said something else before. */
  changed: number;
  /** The task that lets orders go; null: none waits. */
  task_id: TaskId | null;
}

/** How often a change is tried that others make at the same time. */
const MOST_TRIES = 3;

/**
 * Maps ship methods of a cart; other rows stay. In the same batch begins the task that lets the orders
 * go which waited for it. Throws `not_found` for what is no cart, and `invalid` with each row that
 * names no method, or one that the WMS does not have, and those that are known to be `bad`.
 */
export async function saveShipMethods(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  wanted: readonly WantedMapping[],
  by: Actor,
  bad: readonly BadRow[] = [],
): Promise<SavedMappings> {
  const db = await deps.databases.of(merchantId);
  for (let tries = 1; ; tries += 1) {
    const all = await listConnections(db, merchantId);
    const cart = cartAmong(all, cartId);
    const wmsId = cartWms(all, cartId);
    const methods = wmsId === null ? [] : await listWmsMethods(db, merchantId, wmsId);
    const rows = rowsOf(wanted, methods, wmsId, bad);
    const before = await methodRows(db, merchantId, cartId, rows);
    const saved = await store(deps, cart, rows, before, by);
    if (saved) return saved;
    if (tries === MOST_TRIES) throw changedMeanwhile();
  }
}

/** A cart of the merchant's. Throws `not_found`. */
export function cartAmong(all: readonly Connection[], cartId: ConnectionId): Connection {
  const cart = all.find(({ id, side }) => id === cartId && side === "cart");
  if (!cart) throw new DrayError("not_found", "No such cart");
  return cart;
}

/** The alert about a method of a cart. */
export const methodAlertId = (merchantId: MerchantId, cartId: ConnectionId, key: string): AlertId =>
  alertIdOf(merchantId, { kind: "ship_method", parts: [cartId, key] });

/** Null: somebody else changed the cart or its map at the same time, and nothing is stored. */
async function store(
  deps: Deps,
  { merchant_id, id, updated_at }: Connection,
  rows: readonly MethodMapping[],
  before: readonly ShipMethod[],
  by: Actor,
): Promise<SavedMappings | null> {
  const stored = new Map(before.map((row) => [keyOf(row), row]));
  const changed = rows.filter((row) => {
    const was = stored.get(keyOf(row));
    return was?.wms_method !== row.wms_method || was.passes !== row.passes;
  });
  const unchanged = whileUnchanged(merchant_id, id, updated_at);
  const isExact = rows.every(({ match }) => match === "exact");
  const alerts = rows.map(({ value }) => methodAlertId(merchant_id, id, value));
  const { done, begun } = await commitAndRelease(
    deps,
    merchant_id,
    [
      ...putMethods(merchant_id, id, changed, unchanged),
      ...(changed.length === 0
        ? []
        : [insertAudit(merchant_id, auditOf(deps, id, by, before, changed), unchanged)]),
    ],
    [
      {
        text: "Ship methods of the cart were mapped.",
        of: isExact ? { alerts } : { kind: "ship_method", cart_id: id },
        rows: changed.map(({ match, value }) => ({ match, value })),
      },
    ],
    by,
    {
      when: unchanged,
      end:
        changed.length === 0
          ? null
          : updateConnection(merchant_id, id, updated_at, {}, deps.clock.now()),
    },
  );
  if (changed.length > 0 && done.at(-1)?.changes !== 1) return null;
  deps.log.info("ship_methods_saved", {
    merchant_id,
    connection_id: id,
    saved: rows.length,
    changed: changed.length,
  });
  return { saved: rows.length, changed: changed.length, task_id: begun[0] ?? null };
}

const keyOf = ({ match, value }: Pick<MethodMapping, "match" | "value">): string =>
  `${match} ${value}`;

const MOST_AUDITED = 500;
const audited = ({ match, as_written, wms_method, passes }: MethodMapping) => ({
  match,
  value: as_written,
  wms_method,
  passes,
});

/** The rows that a change of a map is about, as they were and as they are. */
export function auditOf(
  deps: Pick<Deps, "ids" | "clock">,
  cartId: ConnectionId,
  by: Actor,
  before: readonly MethodMapping[],
  after: readonly MethodMapping[],
): AuditEntry {
  const changed = new Set(after.map(keyOf));
  const was = before.filter((row) => after.length === 0 || changed.has(keyOf(row)));
  return {
    id: deps.ids.next("aud"),
    at: deps.clock.now(),
    by,
    act: "ship_methods_changed",
    subject: cartId,
    before: was.filter(isMapped).slice(0, MOST_AUDITED).map(audited),
    after: after.slice(0, MOST_AUDITED).map(audited),
  };
}

/** What was given as rows of the map, the WMS's methods as the WMS writes them. */
function rowsOf(
  wanted: readonly WantedMapping[],
  methods: readonly WmsMethod[],
  wmsId: ConnectionId | null,
  badBefore: readonly BadRow[],
): MethodMapping[] {
  const bad = [...badBefore];
  const rows = new Map<string, MethodMapping>();
  for (const one of wanted) {
    const message = whyNot(one);
    if (message) bad.push({ path: one.place, message });
    const value = one.match === "default" ? "" : methodKey(one.value);
    const wms_method = one.passes || !one.wms_method ? null : known(one.wms_method, methods);
    if (wms_method === undefined)
      bad.push({
        path: `${one.place}.wms_method`,
        message: unknownText(one.wms_method ?? "", methods, wmsId),
      });
    const row: MethodMapping = {
      match: one.match,
      value,
      as_written: one.match === "default" ? "" : shortMethod(one.value.trim()),
      description: one.description?.trim() || null,
      wms_method: wms_method ?? null,
      passes: one.passes,
    };
    if (rows.has(keyOf(row)))
      bad.push({ path: one.place, message: "stands twice: case and blanks do not tell two apart" });
    rows.set(keyOf(row), row);
  }
  const rowOf = ({ path }: BadRow): number => Number(/\d+/.exec(path)?.[0] ?? 0);
  if (bad.length > 0)
    throw new DrayError(
      "invalid",
      "The ship methods do not fit",
      bad.toSorted((a, b) => rowOf(a) - rowOf(b)),
    );
  return [...rows.values()];
}

function whyNot({ match, value, wms_method, passes }: WantedMapping): string | null {
  const blank = value.trim() === "";
  if (match === "default" && !blank) return "`default` has no value: it is for all other methods";
  if ((match === "starts" || match === "contains") && blank)
    return `\`${match}\` needs a value, such as the first word of a method; for all others there is \`default\``;
  if (passes && wms_method !== null)
    return "give `wms_method`, or `passes`, by which it goes as the cart writes it";
  if (!passes && !wms_method?.trim())
    return "name a method of the WMS in `wms_method`, or give `passes: true`, by which it goes as the cart writes it; DELETE takes a mapping away";
  return null;
}

/** As the WMS writes it; undefined: it has methods, and not this one. */
function known(wanted: string, methods: readonly WmsMethod[]): string | undefined {
  const code = wanted.trim();
  if (methods.length === 0) return code;
  const lower = code.toLowerCase();
  return (
    methods.find((one) => one.code === code) ??
    methods.find((one) => one.code.toLowerCase() === lower)
  )?.code;
}

function unknownText(
  wanted: string,
  methods: readonly WmsMethod[],
  wmsId: ConnectionId | null,
): string {
  const near = nearMethods(wanted, methods);
  const meant = near.length === 0 ? "" : `; near it: ${near.join(", ")}`;
  return `the WMS has no method "${shortMethod(wanted)}"${meant}. GET /api/ship-methods/wms?wms_id=${wmsId} lists them`;
}
