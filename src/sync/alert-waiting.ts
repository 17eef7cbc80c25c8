import { connectionKinds, type AlertKind, type AlertState } from "../domain/alerts.ts";
import type { AlertId } from "../domain/ids.ts";
import { countParked, parkedOrders, type ConnectionAlert } from "../store/dispatches.ts";
import { pagesOf } from "../store/statement.ts";

/** Alerts in one statement. */
const PAGE = 1_000;

/** An alert as far as it says who waits on it. */
export interface Awaited extends ConnectionAlert {
  kind: AlertKind;
  state: AlertState;
  /** Orders that it lists. */
  waiting: number;
}

/** How many orders wait on each of these alerts: those that are listed, and those that rest until a connection works. */
export async function waitingOn(
  db: D1Database,
  alerts: readonly Awaited[],
): Promise<(alert: Pick<Awaited, "id" | "waiting">) => number> {
  const resting = alerts.filter(hasParked);
  const pages = pagesOf(resting, PAGE).map((page) => countParked(db, page));
  const counts = (await Promise.all(pages)).flat();
  const parked = new Map<AlertId, number>(counts.map(({ id, orders }) => [id, orders]));
  return ({ id, waiting }) => waiting + (parked.get(id) ?? 0);
}

/** Those of them that are not listed. */
export const restingOn = async (db: D1Database, alert: Awaited): Promise<string[]> =>
  hasParked(alert) ? parkedOrders(db, alert) : [];

const hasParked = ({ kind, state }: Awaited): boolean =>
  state === "open" && connectionKinds.some((one) => one === kind);
