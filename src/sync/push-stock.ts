import type { Actor } from "../domain/actor.ts";
import { ConnectorFailure } from "../domain/errors.ts";
import type { AlertId } from "../domain/ids.ts";
import type { StockOutcome } from "../domain/outcomes.ts";
import { stockCause, stockSubject, type SkuLevel } from "../domain/stock.ts";
import { alertIdOf } from "../store/alert-ids.ts";
import { closeAlerts, raiseAlerts } from "../store/alerts.ts";
import { insertAudit } from "../store/audit.ts";
import type { Connection } from "../store/connections.ts";
import { commit, type Statement } from "../store/statement.ts";
import { noteFailure, noteSuccess } from "./connection-health.ts";
import type { Deps } from "./deps.ts";
import type { OpenCart } from "./open-connection.ts";
import { planStock, type PlannedLevel } from "./plan-stock.ts";

/** What became of a level. */
export interface PushedLevel extends SkuLevel {
  result: "set" | "refused" | "filtered";
  /** Of a level that was refused: why, in the cart's words or in Dray's. */
  message: string | null;
  /** The alert that says so. */
  alert_id: AlertId | null;
}

/** A cart in which levels can be set. */
export type StockCart = OpenCart & {
  connector: { stock: NonNullable<OpenCart["connector"]["stock"]> };
};

type Result =
  | { kind: "set" | "filtered" }
  /** `problem`: Dray's own words; the cart was not asked. */
  | { kind: "refused"; why: { message: string } | { problem: string } };

/** `result` null: the cart was asked, and gave no usable answer. */
interface Settled<R = Result | null> {
  level: SkuLevel;
  result: R;
}

/**
 * Sets up to 100 levels in a cart, each SKU once, and answers what became of each, in their order. What
 * is refused is an alert, and what was set or is filtered closes its alert, in one batch with the audit.
 * `probes`: the cart gave no usable answer lately, and this is its one try. Throws the ConnectorFailure
 * of a cart that gives none, noted on the connection: any level may be set then. The same again does no harm.
 */
export async function pushStock(
  deps: Deps,
  cart: StockCart,
  levels: readonly SkuLevel[],
  by: Actor,
  probes = false,
): Promise<PushedLevel[]> {
  const { connection } = cart;
  const db = await deps.databases.of(connection.merchant_id);
  const planned = await planStock(db, cart, levels);
  const outcomes = await ask(deps, cart, planned);
  if (outcomes instanceof ConnectorFailure) {
    const settled = planned.map((one) => ({ level: one.level, result: foreseen(one) }));
    const also = settlement(deps, connection, settled, by);
    await noteFailure(deps, connection, outcomes, { also, silent: probes });
    throw outcomes;
  }
  const settled = planned.map((one) => ({
    level: one.level,
    result: foreseen(one) ?? resultOf(outcomes.get(one)),
  }));
  await commit(db, settlement(deps, connection, settled, by));
  if (outcomes.size > 0) await noteSuccess(deps, connection, probes);
  return settled.map((one) => shown(connection, one));
}

/** What the cart said to the levels that it was asked to show; no call where there are none. */
async function ask(
  deps: Deps,
  { connection: { merchant_id, id }, connector, call }: StockCart,
  planned: readonly PlannedLevel[],
): Promise<Map<PlannedLevel, StockOutcome | undefined> | ConnectorFailure> {
  const asked = planned.flatMap((one) => ("ask" in one ? [{ one, ...one.ask }] : []));
  if (asked.length === 0) return new Map();
  const started = deps.clock.now();
  const said = await connector.stock
    .set(
      call,
      asked.map(({ sku, quantity }) => ({ sku, quantity })),
    )
    .catch((error: unknown) => {
      if (error instanceof ConnectorFailure) return error;
      throw error;
    });
  const hasFailed = said instanceof ConnectorFailure;
  deps.log.info("stock_attempt", {
    merchant_id,
    connection_id: id,
    outcome: hasFailed ? said.kind : "answered",
    levels: asked.length,
    refused: hasFailed ? 0 : said.filter(({ kind }) => kind === "refused").length,
    duration_ms: deps.clock.now() - started,
  });
  return hasFailed ? said : new Map(asked.map(({ one }, at) => [one, said[at]]));
}

/** What is so without asking the cart; null: it is asked. */
const foreseen = (one: PlannedLevel): Result | null => {
  if ("filtered" in one) return { kind: "filtered" };
  return "problem" in one ? { kind: "refused", why: { problem: one.problem } } : null;
};

const resultOf = (outcome: StockOutcome | undefined): Result =>
  outcome?.kind === "set"
    ? { kind: "set" }
    : { kind: "refused", why: { message: outcome?.message ?? "The cart said nothing of it." } };

/** Of a request's SKUs, those that the audit names. */
const MOST_SKUS = 50;

/** What is committed of it: alerts and the audit. */
function settlement(
  deps: Deps,
  { merchant_id, id, name, connector }: Connection,
  settled: readonly Settled[],
  by: Actor,
): Statement[] {
  const at = deps.clock.now();
  const of = (kind: Result["kind"] | undefined) =>
    settled.filter(({ result }) => result?.kind === kind);
  const close = (kind: "set" | "filtered", text: string): Statement => {
    const alerts = of(kind).map(({ level }) => alertIdOf(merchant_id, stockSubject(id, level.sku)));
    return alerts.length === 0 ? null : closeAlerts(merchant_id, alerts, { at, by: text });
  };
  const causes = settled.flatMap(({ level, result }) =>
    result?.kind === "refused"
      ? [{ ...stockCause({ id, name, connector }, level, result.why), orders: [] }]
      : [],
  );
  const unknown = of(undefined).length;
  return [
    close("set", "The cart took a level of this SKU."),
    close("filtered", "The item filter of the cart leaves this SKU out."),
    ...raiseAlerts(merchant_id, causes, { at }),
    insertAudit(merchant_id, {
      id: deps.ids.next("aud"),
      at,
      by,
      act: "stock_set",
      subject: id,
      before: null,
      after: {
        set: of("set").length,
        refused: of("refused").length,
        filtered: of("filtered").length,
        ...(unknown === 0 ? {} : { unknown }),
        skus: settled.slice(0, MOST_SKUS).map(({ level }) => level.sku),
      },
    }),
  ];
}

function shown(
  { merchant_id, id }: Connection,
  { level: { sku, quantity }, result }: Settled<Result>,
): PushedLevel {
  if (result.kind !== "refused")
    return { sku, quantity, result: result.kind, message: null, alert_id: null };
  return {
    sku,
    quantity,
    result: "refused",
    message: "message" in result.why ? result.why.message : result.why.problem,
    alert_id: alertIdOf(merchant_id, stockSubject(id, sku)),
  };
}
