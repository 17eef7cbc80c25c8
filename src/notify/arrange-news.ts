import type { AlertDetails } from "../domain/alert-rules.ts";
import { alertKindNames, partsOfSubject, ruleOf, type AlertKind } from "../domain/alerts.ts";
import { kindWords } from "./kind-words.ts";
import { oneLine } from "./one-line.ts";

/** An alert as it is stored. */
export interface News {
  merchant_id: string;
  id: string;
  kind: AlertKind;
  subject: string;
  message: string | null;
  details: AlertDetails;
  waiting: number;
  /** It was told before, and is open again. */
  again: boolean;
}

/** One alert as a mail shows it. */
export interface ShownAlert {
  title: string;
  /** The other system's own words. */
  message: string | null;
  waiting: number;
  again: boolean;
  link: string;
}

/** The alerts of one kind. */
export interface ShownKind {
  label: string;
  todo: string;
  count: number;
  alerts: ShownAlert[];
}

/** What a mail tells of one merchant. */
export interface ShownMerchant {
  name: string;
  /** All of its alerts. */
  link: string;
  kinds: ShownKind[];
  /** Alerts that are new. */
  news: number;
  /** Titles of what is over, as many as there is room for. */
  resolved: string[];
  resolved_count: number;
  /** Alerts that were told before and are open still. */
  open: number;
}

export interface ToArrange {
  /** In the order in which they are shown. */
  merchants: readonly { id: string; name: string }[];
  news: readonly News[];
  resolved: readonly News[];
  open: ReadonlyMap<string, number>;
  publicUrl: string;
  /** Links name their merchant: whoever follows them looks after several. */
  named: boolean;
}

/** Alerts shown in full; of the others, the mail says how many there are. Some readers cut a mail at 100 KB. */
const MOST_SHOWN = 60;
const MOST_OF_KIND = 10;
const MOST_RESOLVED = 20;
const LONGEST_MESSAGE = 300;
const LONGEST_TITLE = 200;

/** Groups what is to be told by merchant and kind. */
export function arrangeNews(given: ToArrange): ShownMerchant[] {
  const news = Map.groupBy(given.news, ({ merchant_id }) => merchant_id);
  const resolved = Map.groupBy(given.resolved, ({ merchant_id }) => merchant_id);
  let room = MOST_SHOWN;
  const take = <T>(items: readonly T[], most: number): T[] => {
    const taken = items.slice(0, Math.min(most, room));
    room -= taken.length;
    return taken;
  };
  return given.merchants.map(({ id, name }) => {
    const linkTo = (path: string) => {
      const named = `${path.includes("?") ? "&" : "?"}merchant=${encodeURIComponent(id)}`;
      return `${given.publicUrl}${path}${given.named ? named : ""}`;
    };
    const own = news.get(id) ?? [];
    const byKind = Map.groupBy(own, ({ kind }) => kind);
    const kinds = alertKindNames
      .filter((kind) => byKind.has(kind))
      .map((kind): ShownKind => {
        const alerts = byKind.get(kind) ?? [];
        return {
          label: kindWords[kind],
          todo: ruleOf(kind).todo,
          count: alerts.length,
          alerts: take(alerts, MOST_OF_KIND).map((alert) => showAlert(alert, linkTo)),
        };
      });
    const over = resolved.get(id) ?? [];
    return {
      name: oneLine(name, LONGEST_TITLE),
      link: linkTo("/alerts"),
      kinds,
      news: own.length,
      resolved: take(over, MOST_RESOLVED).map(titleOf),
      resolved_count: over.length,
      open: given.open.get(id) ?? 0,
    };
  });
}

const factsOf = ({ id, subject, details }: News) => ({
  id,
  parts: partsOfSubject(subject),
  details,
});

const titleOf = (alert: News): string =>
  oneLine(ruleOf(alert.kind).title(factsOf(alert)), LONGEST_TITLE);

const showAlert = (alert: News, linkTo: (path: string) => string): ShownAlert => ({
  title: titleOf(alert),
  message: alert.message === null ? null : oneLine(alert.message, LONGEST_MESSAGE),
  // An alert about one order says so in its title.
  waiting: ["order", "shipment"].includes(ruleOf(alert.kind).subject) ? 0 : alert.waiting,
  again: alert.again,
  link: linkTo(ruleOf(alert.kind).fix(factsOf(alert)).path),
});
