import type { Hint } from "../connectors/contract.ts";
import { connectorById } from "../connectors/registry.ts";
import type { AlertFix } from "../domain/alert-rules.ts";
import { partsOfSubject, ruleOf, type AlertKind, type AlertState } from "../domain/alerts.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId } from "../domain/ids.ts";
import {
  listAlertRows,
  ordersOfAlert,
  readAlert,
  type AlertPlace,
  type AlertRow,
} from "../store/alerts.ts";
import { ordersNamed } from "../store/order-lists.ts";
import { restingOn, waitingOn } from "./alert-waiting.ts";
import type { Deps } from "./deps.ts";
import { iso, isoOrNull } from "./list-orders.ts";

/** An alert as people see it; times are ISO 8601. */
export interface ShownAlert {
  id: string;
  kind: AlertKind;
  state: AlertState;
  severity: "error" | "warning";
  /** Whether it is tried again by itself, or waits for a person. */
  retry: "by_itself" | "person";
  title: string;
  /** The other system's own words. */
  message: string | null;
  /** What those words mean, where the connector knows. */
  hint: Pick<Hint, "cause" | "fix"> | null;
  todo: string;
  fix: AlertFix;
  details: AlertRow["details"];
  /** How many orders wait on it. */
  waiting: number;
  times: number;
  opened_at: string;
  last_at: string;
  closed_at: string | null;
  closed_by: string | null;
  note: string | null;
}

/** Alerts of a merchant, newest first; `next` is the `after` of the following page. */
export async function listAlerts(
  deps: Deps,
  merchantId: MerchantId,
  page: { state: "open" | "closed"; after: string | null; limit: number },
): Promise<{ items: ShownAlert[]; next: string | null }> {
  const db = await deps.databases.of(merchantId);
  const isOpen = page.state === "open";
  const rows = await listAlertRows(db, merchantId, isOpen, placeOf(page.after), page.limit);
  const items = await shown(deps, db, merchantId, rows);
  const last = rows.at(-1);
  return { items, next: last && rows.length === page.limit ? placeText(last, isOpen) : null };
}

/** One alert. Throws `not_found`. */
export async function getAlert(
  deps: Deps,
  merchantId: MerchantId,
  alertId: string,
): Promise<ShownAlert> {
  const db = await deps.databases.of(merchantId);
  const row = await readAlert(db, merchantId, alertId);
  const [alert] = row ? await shown(deps, db, merchantId, [row]) : [];
  if (!alert) throw new DrayError("not_found", "No such alert");
  return alert;
}

/** The orders that wait on an alert, by id, after one (null: from the first). Throws `not_found`. */
export async function listAlertOrders(
  deps: Deps,
  merchantId: MerchantId,
  alertId: string,
  page: { after: string | null; limit: number },
): Promise<{ items: { id: string; number: string; status: string }[]; next: string | null }> {
  const db = await deps.databases.of(merchantId);
  const row = await readAlert(db, merchantId, alertId);
  if (!row) throw new DrayError("not_found", "No such alert");
  const listed = await ordersOfAlert(db, merchantId, alertId, page.after, page.limit);
  const resting = await restingOn(db, { ...row, merchant_id: merchantId });
  const parked = resting.filter((id) => id > (page.after ?? ""));
  const ids = [...listed, ...parked].toSorted().slice(0, page.limit);
  const next = ids.length === page.limit ? (ids.at(-1) ?? null) : null;
  return { items: await ordersNamed(db, merchantId, ids), next };
}

async function shown(
  deps: Deps,
  db: D1Database,
  merchantId: MerchantId,
  rows: readonly AlertRow[],
): Promise<ShownAlert[]> {
  const waiting = await waitingOn(
    db,
    rows.map((row) => ({ ...row, merchant_id: merchantId })),
  );
  return rows.map((row) => show(deps, row, waiting(row)));
}

function show(deps: Deps, row: AlertRow, waiting: number): ShownAlert {
  const rule = ruleOf(row.kind);
  const { id, kind, state, message, details, times, closed_by, note } = row;
  const facts = { id, parts: partsOfSubject(row.subject), details };
  const { severity, retry, todo } = rule;
  return {
    id,
    kind,
    state,
    severity,
    retry,
    title: rule.title(facts),
    message,
    hint: hintOf(deps, row),
    todo,
    fix: rule.fix(facts),
    details,
    waiting,
    times,
    opened_at: iso(row.opened_at),
    last_at: iso(row.last_at),
    closed_at: isoOrNull(row.closed_at),
    closed_by,
    note,
  };
}

function hintOf(deps: Deps, { message, details }: AlertRow): ShownAlert["hint"] {
  const { connector } = details;
  if (message === null || typeof connector !== "string") return null;
  const hints = connectorById(deps.connectors, connector)?.hints ?? [];
  const hint = hints.find(({ pattern }) => pattern.test(message));
  return hint ? { cause: hint.cause, fix: hint.fix } : null;
}

const placeText = (row: AlertRow, isOpen: boolean): string =>
  `${isOpen ? row.opened_at : (row.closed_at ?? 0)}.${row.id}`;

function placeOf(text: string | null): AlertPlace | null {
  if (text === null) return null;
  const [at = "", id = ""] = text.split(".");
  if (!/^\d{1,15}$/.test(at) || id === "")
    throw new DrayError("invalid", "The query does not fit", [
      { path: "after", message: "is not where a page ended" },
    ]);
  return { at: Number(at), id };
}
