import type { Actor } from "../domain/actor.ts";
import { differences, listDifferences } from "../domain/differences.ts";
import type { ItemFilter, OrderFilter } from "../domain/filters.ts";
import type { AuditEntry } from "../store/audit.ts";
import type { Connection } from "../store/connections.ts";
import type { JobRow } from "../store/jobs.ts";
import type { Deps } from "./deps.ts";

/** What a connection was, or is to be; what does not change may be left out. Secrets are never part of it. */
export interface ConnectionState {
  name: string;
  settings: Readonly<Record<string, unknown>>;
  policy: Readonly<Record<string, unknown>>;
  jobs: readonly Pick<JobRow, "job" | "enabled" | "interval_minutes">[];
  items: ItemFilter | null;
}

const MOST_SKUS = 500;

/**
 * An audit entry for each kind of thing that a change does to a connection, with what differs and
 * nothing else; none where nothing does. A cart's filters are apart from its settings.
 */
export function changeEntries(
  deps: Pick<Deps, "ids" | "clock">,
  { id, side }: Connection,
  by: Actor,
  was: ConnectionState,
  is: ConnectionState,
): AuditEntry[] {
  const at = deps.clock.now();
  const isCart = side === "cart";
  const found = [
    {
      act: "connection_changed",
      ...differences(ofConnection(was, isCart), ofConnection(is, isCart)),
    },
    ...(isCart
      ? [
          { act: "cart_settings_changed", ...differences(ofCart(was), ofCart(is)) },
          { act: "filters_changed", ...filterDifferences(was, is) },
          { act: "item_filters_changed", ...itemDifferences(was.items, is.items) },
        ]
      : []),
  ];
  return found.flatMap(({ act, before, after }) =>
    before === undefined || after === undefined
      ? []
      : [{ id: deps.ids.next("aud"), at, by, act, subject: id, before, after }],
  );
}

const jobOf = ({ jobs }: ConnectionState, name: string) => {
  const job = jobs.find((one) => one.job === name);
  return job && { on: job.enabled, interval_minutes: job.interval_minutes };
};

const ofCart = (state: ConnectionState): Record<string, unknown> => {
  const { filters: _, former_references: __, ...policy } = state.policy;
  return { ...policy, download: jobOf(state, "order-download") };
};

const ofConnection = (state: ConnectionState, isCart: boolean): Record<string, unknown> => {
  const settings = Object.entries(state.settings).map(([name, value]) => [
    `settings.${name}`,
    value,
  ]);
  const jobs = state.jobs
    .filter(({ job }) => !isCart || job !== "order-download")
    .map(({ job }) => [`jobs.${job}`, jobOf(state, job)]);
  return {
    name: state.name,
    ...Object.fromEntries([...settings, ...jobs]),
    ...(isCart ? {} : state.policy),
  };
};

const filtersOf = ({ policy }: ConnectionState): readonly OrderFilter[] =>
  (policy["filters"] as readonly OrderFilter[] | undefined) ?? [];

function filterDifferences(was: ConnectionState, is: ConnectionState) {
  const { removed, added } = listDifferences(filtersOf(was), filtersOf(is));
  return removed.length + added.length === 0
    ? null
    : { before: { filters: removed }, after: { filters: added } };
}

/** Lists of SKUs may be long: only those that came or went are kept, the first 500 of them. */
function itemDifferences(was: ItemFilter | null, is: ItemFilter | null) {
  if (was === null || is === null) return null;
  const { removed, added } = listDifferences(was.skus, is.skus);
  const count = ({ mode, level, skus }: ItemFilter) => ({ mode, level, sku_count: skus.length });
  const found = differences(count(was), count(is)) ?? { before: {}, after: {} };
  if (removed.length + added.length + Object.keys(found.after).length === 0) return null;
  return {
    before: { ...found.before, skus: removed.slice(0, MOST_SKUS) },
    after: { ...found.after, skus: added.slice(0, MOST_SKUS) },
  };
}

const loading = new Set([
  "order_statuses",
  "payment_statuses",
  "fulfilment_statuses",
  "earliest_order_at",
]);

/** Whether what was changed may make skipped orders load. */
export const changesWhatLoads = (entries: readonly AuditEntry[]): boolean =>
  entries.some(
    ({ act, after }) =>
      act === "filters_changed" ||
      act === "item_filters_changed" ||
      (act === "cart_settings_changed" &&
        Object.keys(after as object).some((name) => loading.has(name))),
  );

const deciding = {
  code: new Set(["item_code_in", "item_code_out", "hold_unknown_codes"]),
  ship_method: new Set(["hold_unmapped", "wms_id"]),
};

/** What orders of a cart may not wait for any more after its settings were changed like this. */
export const mendedKinds = (entries: readonly AuditEntry[]): (keyof typeof deciding)[] => {
  const changed = entries.flatMap(({ act, after }) =>
    act === "cart_settings_changed" ? Object.keys(after as object) : [],
  );
  return (["code", "ship_method"] as const).filter((kind) =>
    changed.some((name) => deciding[kind].has(name)),
  );
};
