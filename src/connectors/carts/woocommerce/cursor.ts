import { z } from "zod";

/**
 * The place in a shop's orders. Rows come ordered by (date_modified, id) behind the strict filter
 * `modified_after`, whose resolution is a second, and three things would lose rows:
 * - A row becomes visible after newer ones were read. So a position never comes closer than
 *   `overlapMs` to what may still appear.
 * - More than a page of rows share a second, or lie within the overlap. So inside one window pages
 *   are numbered.
 * - A row that is modified or trashed meanwhile moves the rows behind it one place forward. So
 *   numbered pages are read from the last to the first: what moves forward is met again.
 * Otherwise a full page of settled rows simply moves the window's start to its newest second.
 */
const overlapMs = 60_000;
const secondMs = 1000;

const ms = z.int();
const walkShape = z.object({
  /** To be read next, from 1. */
  page: z.int().positive(),
  /** The last page when the walk began; null while it is still looked for (no X-WP-TotalPages). */
  last: z.int().positive().nullable(),
  size: z.int().positive(),
  /** Rows up to here were all visible when the walk began. */
  settled: ms,
  newest: ms.nullable(),
  /** When it began, by our clock. */
  began: ms.default(0),
});
const windowShape = z.object({
  /** Rows modified after this, milliseconds UTC. */
  from: ms,
  walk: walkShape.nullable(),
});
export type Window = z.infer<typeof windowShape>;

const cursorShape = z.object({
  v: z.literal(1),
  phase: z.enum(["orders", "trash"]),
  orders: windowShape,
  trash: windowShape,
  /** When a look into the trash last began or went on. */
  looked_at: ms,
  /** What `orders` was asked with; page numbers mean nothing under another filter. */
  statuses: z.string(),
});
export type Cursor = z.infer<typeof cursorShape>;

/** The cursor written in `text`; without one, or when it is unreadable, from `since` on. */
export const openCursor = (
  text: string | null,
  since: number,
  now: number,
  statuses: string,
): Cursor => {
  const start: Window = { from: Math.floor(since) - overlapMs, walk: null };
  const parsed = cursorShape.safeParse(text === null ? null : parse(text));
  if (!parsed.success) {
    return { v: 1, phase: "orders", orders: start, trash: start, looked_at: now, statuses };
  }
  const cursor = parsed.data;
  if (cursor.statuses === statuses) return cursor;
  return { ...cursor, statuses, orders: { from: cursor.orders.from, walk: null } };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

export const writeCursor = (cursor: Cursor | SpanCursor): string => JSON.stringify(cursor);

const spanShape = z.object({
  v: z.literal(1),
  /** The question the place belongs to; under another one it means nothing. */
  span: z.tuple([ms, ms]),
  window: windowShape,
});
type SpanCursor = z.infer<typeof spanShape>;

/**
 * The place in the orders placed in a span of seconds, from its start when `text` is of no use. The
 * same window as for changes: a date of placing stays, but what is trashed moves later rows forward.
 */
export const openSpan = (text: string | null, from: number, to: number): SpanCursor => {
  const span: [number, number] = [toSecond(from), toSecond(to)];
  const parsed = spanShape.safeParse(text === null ? null : parse(text));
  if (parsed.success && parsed.data.span.every((bound, at) => bound === span[at])) {
    return parsed.data;
  }
  return { v: 1, span, window: { from: span[0] - secondMs, walk: null } };
};

/** The strict bound behind the last second of a span. */
export const spanEnd = ({ span }: SpanCursor): number => span[1] + secondMs;

const toSecond = (at: number): number => Math.floor(at / secondMs) * secondMs;

export interface Question {
  /** Milliseconds UTC. */
  after: number;
  page: number;
  size: number;
}

/** What to ask for next, `limit` rows at the most. */
export const nextQuestion = (window: Window, limit: number): Question => {
  const walk = window.walk !== null && window.walk.size <= limit ? window.walk : null;
  return { after: window.from, page: walk?.page ?? 1, size: walk?.size ?? limit };
};

export interface Seen {
  rows: number;
  /** The newest modification on the page; null when no row says. */
  newest: number | null;
  /** X-WP-TotalPages; null when the shop did not say. */
  pages: number | null;
  /** The shop's own clock when it answered. */
  now: number;
}

/**
 * Between two pages that one run reads. A place between pages that is older was left by a run that broke
 * off, and may be met again and again, as pages that bring nothing new are not stored.
 */
export const runMs = 3 * 60_000;

/**
 * Where the window stands after `seen`, and whether the shop has no more for now: after a walk that
 * began long ago it is asked once more. `now` is our clock.
 */
export const advance = (
  window: Window,
  asked: Question,
  seen: Seen,
  now: number,
): { window: Window; done: boolean } => {
  const { from } = window;
  if (window.walk === null || window.walk.size > asked.size) {
    const more = seen.pages === null ? seen.rows >= asked.size : seen.pages > 1;
    const newest = seen.newest ?? from;
    if (!more) {
      return { window: { from: Math.max(from, newest - overlapMs), walk: null }, done: true };
    }
    const settled = Math.max(newest, seen.now) - overlapMs;
    const edge = newest - secondMs;
    if (edge > from && edge <= settled) return { window: { from: edge, walk: null }, done: false };
    const page = seen.pages ?? 2;
    const { pages: last, newest: met } = seen;
    const walk = { page, last, size: asked.size, settled, newest: met, began: now };
    return { window: { from, walk }, done: false };
  }

  const walk = { ...window.walk, newest: later(window.walk.newest, seen.newest) };
  if (walk.last === null) {
    const ended = seen.rows < walk.size;
    const next = ended ? Math.max(1, walk.page - 1) : walk.page + 1;
    return {
      window: { from, walk: { ...walk, page: next, last: ended ? walk.page : null } },
      done: false,
    };
  }
  if (walk.page > 1) {
    return { window: { from, walk: { ...walk, page: walk.page - 1 } }, done: false };
  }
  const reached = Math.min(walk.newest ?? from, walk.settled);
  const grown = seen.pages !== null && seen.pages > walk.last;
  const isOld = now - walk.began >= runMs;
  return { window: { from: Math.max(from, reached), walk: null }, done: !grown && !isOld };
};

const later = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);
