import { z } from "zod";
import type { IncomingOrder, UnreadableOrder } from "../../../domain/incoming.ts";
import type { OrderPullRequest, Page } from "../../contract.ts";
import {
  answered,
  ask,
  hasNoRoute,
  parseJson,
  refusal,
  unexpected,
  type WooCall,
} from "./client.ts";
import { advance, nextQuestion, openCursor, writeCursor } from "./cursor.ts";
import { isUnreadable, modifiedAt, readOrder } from "./map.ts";

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
  const inTrash = cursor.phase === "trash";
  const window = inTrash ? cursor.trash : cursor.orders;
  const limit = Math.max(1, Math.min(100, request.limit));
  const question = nextQuestion(window, limit);

  const answer = await ask(call, "GET", "/orders", {
    query: {
      modified_after: `${new Date(question.after).toISOString().slice(0, 19)}Z`,
      dates_are_gmt: "true",
      orderby: "modified",
      order: "asc",
      per_page: question.size,
      page: question.page,
      status: inTrash ? "trash" : statuses,
    },
  });
  // Behind the last page (its rows moved forward while we read), or a shop that shows no trash.
  const nothing =
    answer.status === 400 && (inTrash || refusal(answer).code.includes("invalid_page_number"));
  if (!answered(answer) && !nothing) throw unexpected(answer);
  const rows = nothing ? [] : answer.json(z.array(z.unknown()));

  const read = rows.map(readOrder);
  const moved = advance(window, question, {
    rows: rows.length,
    newest: rows
      .map(modifiedAt)
      .reduce<number | null>(
        (newest, at) => (at === null || (newest !== null && newest >= at) ? newest : at),
        null,
      ),
    pages: nothing ? null : numberIn(answer.headers.get("x-wp-totalpages")),
    now: timeIn(answer.headers.get("date")) ?? call.clock.now(),
  });

  const next = inTrash ? { ...cursor, trash: moved.window } : { ...cursor, orders: moved.window };
  let drained = moved.done;
  if (inTrash && moved.done) {
    next.phase = "orders";
    next.looked_at = call.clock.now();
  } else if (moved.done && call.clock.now() - cursor.looked_at >= trashEveryMs) {
    next.phase = "trash";
    drained = false;
  }
  return {
    items: read.filter((one): one is IncomingOrder => !isUnreadable(one)),
    skipped: read.filter(isUnreadable),
    next: writeCursor(next),
    drained,
  };
};

/** The order as it is now, in the trash too; null when it was deleted for good. */
export const getOrder = async (
  call: WooCall,
  sourceId: string,
): Promise<IncomingOrder | UnreadableOrder | null> => {
  if (!/^\d+$/.test(sourceId)) return null;
  const answer = await ask(call, "GET", `/orders/${sourceId}`);
  if (answered(answer)) return readOrder(answer.json(z.unknown()));
  // A page instead of data, or no REST route, says nothing about the order.
  const isData = parseJson(answer.text) !== undefined;
  if (answer.status === 404 && isData && !hasNoRoute(answer)) return null;
  throw unexpected(answer);
};

const numberIn = (header: string | null): number | null => {
  const number = header === null || header === "" ? NaN : Number(header);
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
};

const timeIn = (header: string | null): number | null => {
  const at = header === null ? NaN : Date.parse(header);
  return Number.isNaN(at) ? null : at;
};
