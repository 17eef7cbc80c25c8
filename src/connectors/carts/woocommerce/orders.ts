import { z } from "zod";
import type { IncomingOrder, UnreadableOrder } from "../../../domain/incoming.ts";
import type { OrderPullRequest, OrderSpanRequest, Page } from "../../contract.ts";
import type { VendorAnswer } from "../../vendor-http.ts";
import {
  answered,
  ask,
  hasNoRoute,
  parseJson,
  refusal,
  unexpected,
  type WooCall,
} from "./client.ts";
import {
  advance,
  type Cursor,
  nextQuestion,
  openCursor,
  openSpan,
  runMs,
  type Seen,
  spanEnd,
  writeCursor,
} from "./cursor.ts";
import { isUnreadable, modifiedAt, placedAt, readOrder } from "./map.ts";
import { readUnrefunded } from "./refunds.ts";

/**
 * Trashed orders vanish from `status=any`, so the trash is asked by itself once a drained pull finds
 * the last look this long ago. Costs one call per look: 96 a day and shop.
 */
export const trashEveryMs = 15 * 60_000;

/** One page of what changed, or of what was thrown away. See `cursor.ts` for why nothing is lost. */
export const pullOrders = async (
  call: WooCall,
  request: OrderPullRequest,
): Promise<Page<IncomingOrder>> => {
  const statuses = request.statuses.length > 0 ? request.statuses.join(",") : "any";
  const cursor = openCursor(request.cursor, request.since, call.clock.now(), statuses);
  // Orders go before a look into the trash that broke off.
  const inTrash = cursor.phase === "trash" && call.clock.now() - cursor.looked_at < runMs;
  const window = inTrash ? cursor.trash : cursor.orders;
  const limit = Math.max(1, Math.min(100, request.limit));
  const question = nextQuestion(window, limit);

  const answer = await ask(call, "GET", "/orders", {
    query: {
      modified_after: wooTime(behind(question.after)),
      dates_are_gmt: "true",
      orderby: "modified",
      order: "asc",
      per_page: question.size,
      page: question.page,
      status: inTrash ? "trash" : statuses,
    },
  });
  const rows = rowsOf(answer, inTrash);
  const read = await readRows(call, rows ?? []);
  const now = call.clock.now();
  const moved = advance(window, question, seenIn(answer, rows, modifiedAt, now), now);

  const next: Cursor = {
    ...cursor,
    phase: inTrash ? "trash" : "orders",
    ...(inTrash ? { trash: moved.window } : { orders: moved.window }),
  };
  let drained = moved.done;
  if (inTrash) {
    if (moved.done) next.phase = "orders";
    next.looked_at = call.clock.now();
  } else if (moved.done && call.clock.now() - cursor.looked_at >= trashEveryMs) {
    next.phase = "trash";
    next.looked_at = call.clock.now();
    drained = false;
  }
  return { ...read, next: writeCursor(next), drained };
};

/** One page of the orders placed in a span, by the shop's clock, the trash left out. */
export const ordersBetween = async (
  call: WooCall,
  request: OrderSpanRequest,
): Promise<Page<IncomingOrder>> => {
  const cursor = openSpan(request.cursor, request.from, request.to);
  const limit = Math.max(1, Math.min(100, request.limit));
  const question = nextQuestion(cursor.window, limit);
  const answer = await ask(call, "GET", "/orders", {
    query: {
      // Both are strict, so each asks for a second more.
      after: wooTime(behind(question.after)),
      before: wooTime(spanEnd(cursor)),
      dates_are_gmt: "true",
      orderby: "date",
      order: "asc",
      per_page: question.size,
      page: question.page,
      status: "any",
    },
  });
  const rows = rowsOf(answer, false);
  const within = (rows ?? []).filter((row) => {
    const at = placedAt(row);
    return at === null || (at >= cursor.span[0] && at <= cursor.span[1]);
  });
  const read = await readRows(call, within);
  const now = call.clock.now();
  const seen = seenIn(answer, rows, placedAt, now);
  const { window, done } = advance(cursor.window, question, seen, now);
  return { ...read, next: writeCursor({ ...cursor, window }), drained: done };
};

/**
 * Every order that the shop shows under this number: plugins give numbers that are not the id, and
 * an id may be another order's number, so both are asked.
 */
export const findByNumber = async (
  call: WooCall,
  number: string,
): Promise<readonly (IncomingOrder | UnreadableOrder)[]> => {
  const wanted = number.trim();
  if (wanted === "") return [];
  const byId = await getOrder(call, wanted);
  const answer = await ask(call, "GET", "/orders", {
    query: { search: wanted, status: "any", per_page: 20 },
  });
  if (!answered(answer)) throw unexpected(answer);
  const rows = answer.json(z.array(z.unknown())).filter((row) => {
    const read = readOrder(row);
    return numberOf(read) === wanted && read.source_id !== byId?.source_id;
  });
  const found = await Promise.all(rows.map((row) => readUnrefunded(call, row)));
  return byId !== null && numberOf(byId) === wanted ? [byId, ...found] : found;
};

const numberOf = (read: IncomingOrder | UnreadableOrder): string =>
  isUnreadable(read) ? (read.number ?? read.source_id) : read.order.number;

/** The order as it is now, in the trash too; null when it was deleted for good. */
export const getOrder = async (
  call: WooCall,
  sourceId: string,
): Promise<IncomingOrder | UnreadableOrder | null> => {
  if (!/^\d+$/.test(sourceId)) return null;
  const answer = await ask(call, "GET", `/orders/${sourceId}`);
  if (answered(answer)) return readUnrefunded(call, answer.json(z.unknown()));
  // A page instead of data, or no REST route, says nothing about the order.
  const isData = parseJson(answer.text) !== undefined;
  if (answer.status === 404 && isData && !hasNoRoute(answer)) return null;
  throw unexpected(answer);
};

/**
 * A moment as the shop has to be told it. WordPress moves a date with a zone into the shop's own time, and
 * compares that with the times of `_gmt` too; one without is taken as it stands.
 */
const wooTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

const hourMs = 60 * 60_000;

/**
 * From when on to ask, so that a shop shows all that is behind `ms`: what falls into the hour that its clock
 * skips in spring is read as an hour later. Clocks skip one at the weekend only, before four.
 */
const behind = (ms: number): number => {
  const at = new Date(ms);
  const maySkip = [5, 6, 0].includes(at.getUTCDay()) && at.getUTCHours() < 4;
  return maySkip ? ms - hourMs : ms;
};

/** Null behind the last page (its rows moved forward while we read), or where a shop shows no trash. */
const rowsOf = (answer: VendorAnswer, inTrash: boolean): unknown[] | null => {
  const nothing =
    answer.status === 400 && (inTrash || refusal(answer).code.includes("invalid_page_number"));
  if (!answered(answer) && !nothing) throw unexpected(answer);
  return nothing ? null : answer.json(z.array(z.unknown()));
};

/** So that a shop that fails is not asked for all the others as well. */
const atOnce = 4;

const readRows = async (
  call: WooCall,
  rows: readonly unknown[],
): Promise<Pick<Page<IncomingOrder>, "items" | "skipped">> => {
  const read: (IncomingOrder | UnreadableOrder)[] = [];
  for (let at = 0; at < rows.length; at += atOnce) {
    const some = rows.slice(at, at + atOnce).map((row) => readUnrefunded(call, row));
    read.push(...(await Promise.all(some)));
  }
  return {
    items: read.filter((one): one is IncomingOrder => !isUnreadable(one)),
    skipped: read.filter(isUnreadable),
  };
};

const seenIn = (
  answer: VendorAnswer,
  rows: readonly unknown[] | null,
  timeOf: (row: unknown) => number | null,
  now: number,
): Seen => ({
  rows: rows?.length ?? 0,
  newest: (rows ?? [])
    .map(timeOf)
    .reduce((newest, at) => (at === null || (newest !== null && newest >= at) ? newest : at), null),
  pages: rows === null ? null : numberIn(answer.headers.get("x-wp-totalpages")),
  now: timeIn(answer.headers.get("date")) ?? now,
});

const numberIn = (header: string | null): number | null => {
  const number = header === null || header === "" ? NaN : Number(header);
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
};

const timeIn = (header: string | null): number | null => {
  const at = header === null ? NaN : Date.parse(header);
  return Number.isNaN(at) ? null : at;
};
