import type { MerchantId } from "../domain/ids.ts";
import { redactChecks, redactDetails, redactRefusal } from "../domain/redaction.ts";
import { stages, type Places, type Stage } from "../domain/retention.ts";
import { firstIdOf } from "../platform/ids.ts";
import {
  agedAlerts,
  agedChunks,
  agedSkips,
  redactAlerts,
  redactChunk,
  redactSkips,
} from "../store/aged-rows.ts";
import { listMerchantIds } from "../store/merchants.ts";
import { walkOrders } from "../store/redactions.ts";
import {
  dropLeft,
  leaveOrders,
  listLeft,
  readRetention,
  saveRetention,
  type Retention,
} from "../store/retention.ts";
import { commit, type Statement } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { redactEndedOrders } from "./redact-orders.ts";

const DAY_MS = 24 * 60 * 60_000;
/**
 * How long after its time an order that was not at its end yet is walked past again, before it is
 * remembered by itself: reading it each day is cheaper than writing it twice.
 */
const PATIENCE_MS = 14 * DAY_MS;
/** About how many of the 1,000 queries that D1 allows an invocation are used: of a page, and of each hundred orders redacted on it. */
const MOST_QUERIES = 800;
const QUERIES_A_PAGE = 5;
const QUERIES_A_HUNDRED = 10;
const PAGE_SIZE = 200;
const CHUNKS = 4;

export interface Applied {
  merchants: number;
  orders: number;
  skips: number;
  files: number;
  alerts: number;
  failed: number;
  /** The merchant to go on with; null: that was all. */
  next: MerchantId | null;
}

/**
 * Takes customers' data out of what is older than each merchant wants it kept, merchant after merchant,
 * page after page; what one invocation cannot do goes on with a queue message. Stopped at any point it goes
 * on there, and running it twice at once changes nothing else. What fails is logged, and stops no other
 * merchant.
 *
 * @param since When this round began: who was through since then is left out.
 * @param from The merchant to begin with; empty: the first.
 */
export async function applyRetention(
  deps: Deps,
  since: number,
  from: MerchantId | "" = "",
): Promise<Applied> {
  const applied: Applied = {
    merchants: 0,
    orders: 0,
    skips: 0,
    files: 0,
    alerts: 0,
    failed: 0,
    next: null,
  };
  let queries = MOST_QUERIES;
  let at: MerchantId | "" = from;
  for (;;) {
    const [id, next]: MerchantId[] = await listMerchantIds(deps.databases.directory, at, 2);
    if (id === undefined) break;
    try {
      queries = await goThrough(deps, id, since, queries, applied);
    } catch (error) {
      applied.failed += 1;
      queries -= QUERIES_A_PAGE;
      deps.log.error("retention_failed", { merchant_id: id, error });
    }
    applied.next = queries < 0 ? id : null;
    if (queries < 0 || next === undefined) break;
    at = next;
  }
  deps.log.info("retention", { ...applied });
  if (applied.next !== null)
    await deps.queues.jobs.send({ kind: "retention", merchant_id: applied.next, since });
  return applied;
}

/** One merchant, from where it was left; answers the queries that are left then, below 0 if they did not do. */
async function goThrough(
  deps: Deps,
  merchantId: MerchantId,
  since: number,
  queries: number,
  applied: Applied,
): Promise<number> {
  const db = await deps.databases.of(merchantId);
  const kept = await readRetention(db, merchantId);
  let left = queries - QUERIES_A_PAGE;
  if (kept.places.done_at >= since) return left;
  const horizon = deps.clock.now() - kept.days * DAY_MS;
  const work: Work = { deps, db, merchantId, kept, horizon, applied };
  for (let stage: Stage | undefined = kept.places.stage ?? stages[0]; stage !== undefined;) {
    if (left < 0) return left;
    const before = applied.orders;
    const isThrough = await doStep[stage](work);
    left -= QUERIES_A_PAGE + Math.ceil((applied.orders - before) / 100) * QUERIES_A_HUNDRED;
    if (isThrough) stage = stages[stages.indexOf(stage) + 1];
  }
  applied.merchants += 1;
  await save(work, [], { stage: null, done_at: deps.clock.now() });
  return Math.max(left, 0);
}

interface Work {
  deps: Deps;
  db: D1Database;
  merchantId: MerchantId;
  /** As it is stored. */
  kept: Retention;
  /** What nothing happened with since then is old. */
  horizon: number;
  applied: Applied;
}

/** Commits a page with the place after it. */
async function save(
  work: Work,
  statements: readonly Statement[],
  places: Partial<Places>,
  doneUntil = work.kept.done_until,
): Promise<void> {
  const to = {
    done_until: Math.max(work.kept.done_until, doneUntil),
    places: { ...work.kept.places, ...places },
  };
  await commit(work.db, [...statements, saveRetention(work.merchantId, to)]);
  Object.assign(work.kept, to);
}

/** One page of each stage; answers whether that was the last. */
const doStep: Record<Stage, (work: Work) => Promise<boolean>> = {
  orders: async (work) => {
    const { deps, db, merchantId, kept, horizon, applied } = work;
    const after = kept.places.orders ?? ([kept.done_until, LAST] as const);
    const rows = await walkOrders(db, merchantId, after, horizon, PAGE_SIZE);
    const over = rows.flatMap(({ id, over: isOver }) => (isOver ? id : []));
    applied.orders += await redactEndedOrders(deps, merchantId, over, { ...kept, horizon });
    const old = rows.filter(({ created_at }) => created_at <= horizon - PATIENCE_MS);
    const last = rows.at(-1);
    const isThrough = rows.length < PAGE_SIZE || last === undefined;
    const walked = old.at(-1)?.created_at;
    const ids = old.map(({ id }) => id);
    if (isThrough && ids.length === 0 && kept.places.orders === null) return true;
    await save(
      work,
      [leaveOrders(merchantId, ids)],
      isThrough
        ? { stage: "left", orders: null }
        : { stage: "orders", orders: [last.created_at, last.cust_ref] },
      walked,
    );
    return isThrough;
  },

  left: async (work) => {
    const { deps, db, merchantId, kept, horizon, applied } = work;
    const ids = await listLeft(db, merchantId, kept.places.left, PAGE_SIZE);
    if (ids.length === 0 && kept.places.left === null) return true;
    applied.orders += await redactEndedOrders(deps, merchantId, ids, { ...kept, horizon });
    const isThrough = ids.length < PAGE_SIZE;
    const left = isThrough ? null : (ids.at(-1) ?? null);
    await save(work, [dropLeft(merchantId, ids)], { stage: isThrough ? "skips" : "left", left });
    return isThrough;
  },

  skips: async (work) => {
    const { db, merchantId, kept, horizon, applied } = work;
    const rows = await agedSkips(db, merchantId, kept.places.skips, horizon, PAGE_SIZE);
    const last = rows.at(-1);
    if (last === undefined) return true;
    const changed = rows.flatMap((row) => {
      const checks = redactChecks(row.checks);
      return JSON.stringify(checks) === JSON.stringify(row.checks) ? [] : [{ ...row, checks }];
    });
    applied.skips += changed.length;
    const isThrough = rows.length < PAGE_SIZE;
    await save(work, [redactSkips(merchantId, changed)], {
      stage: isThrough ? "files" : "skips",
      skips: [last.last_seen_at, last.cart_id, last.source_id],
    });
    return isThrough;
  },

  files: async (work) => {
    const { db, merchantId, kept, horizon, applied } = work;
    const until = firstIdOf("tsk", horizon);
    const found = await agedChunks(db, merchantId, kept.places.files, until, CHUNKS);
    // What is not worked yet is looked at again the next day.
    const unworked = found.findIndex(({ refused }) => refused === null);
    const rows = unworked < 0 ? found : found.slice(0, unworked);
    const last = rows.at(-1);
    if (last === undefined) return true;
    const changed = rows.filter(({ refused }) => refused?.some((cells) => cells.length > 2));
    applied.files += changed.length;
    const isThrough = rows.length < CHUNKS;
    await save(
      work,
      changed.map(({ task_id, seq, refused }) =>
        redactChunk(merchantId, task_id, seq, (refused ?? []).map(redactRefusal)),
      ),
      { stage: isThrough ? "alerts" : "files", files: [last.task_id, last.seq] },
    );
    return isThrough;
  },

  alerts: async (work) => {
    const { db, merchantId, kept, horizon, applied } = work;
    const rows = await agedAlerts(db, merchantId, kept.places.alerts, horizon, PAGE_SIZE);
    const last = rows.at(-1);
    if (last === undefined) return true;
    const redacted = rows.map((row) => ({ ...row, details: redactDetails(row.details) }));
    applied.alerts += rows.length;
    await save(work, [redactAlerts(merchantId, redacted)], {
      stage: "alerts",
      alerts: [last.closed_at, last.id],
    });
    return rows.length < PAGE_SIZE;
  },
};

/** Sorts after every reference: the walk begins behind all orders of a moment. */
const LAST = "\u{10FFFF}";
