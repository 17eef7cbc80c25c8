import { z } from "zod";
import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { MerchantId, TaskId } from "../domain/ids.ts";
import { orderActionShape, type ActionResult, type OrderAction } from "../domain/order-actions.ts";
import { insertAudit } from "../store/audit.ts";
import { matchingOrders, numbersOf, type OrderMatch } from "../store/order-lists.ts";
import { actOnOrders } from "./act-on-orders.ts";
import type { Deps } from "./deps.ts";
import { refuseUntil } from "./hold-orders.ts";
import { defineTask, startTask } from "./run-task.ts";

/** Orders of one bulk action. */
export const MOST_IN_BULK = 10_000;
const PAGE_SIZE = 100;

export const ORDER_BULK = "order-bulk";

/**
 * Does one thing with all orders that match. The caller says how many that are, so that nobody changes
 * more than was seen: throws `invalid` without the count, and `conflict` with another one, each with
 * the real count, and has done nothing then. What was counted is what will be changed.
 */
export async function startOrderBulk(
  deps: Deps,
  merchantId: MerchantId,
  wanted: OrderAction,
  match: Omit<OrderMatch, "cleared">,
  confirmCount: number | undefined,
  by: Actor,
): Promise<{ task_id: TaskId; count: number }> {
  if (wanted.action === "hold") refuseUntil(wanted.until, deps.clock.now());
  if (wanted.action === "edit") refuseSingleFields(wanted.edit);
  const db = await deps.databases.of(merchantId);
  const cleared = wanted.action === "restore";
  const ids = await matchingOrders(db, merchantId, { ...match, cleared }, MOST_IN_BULK + 1);
  const count = ids.length;
  if (count > MOST_IN_BULK)
    throw new DrayError("invalid", `More than ${MOST_IN_BULK} orders match: narrow the filter`, [
      { path: "filter", message: `matches more than ${MOST_IN_BULK} orders` },
    ]);
  if (confirmCount !== count)
    throw new DrayError(
      confirmCount === undefined ? "invalid" : "conflict",
      `${count} orders match: confirm that number`,
      [{ path: "confirmCount", message: String(count) }],
    );
  const id = deps.ids.next("tsk");
  const audit = insertAudit(merchantId, {
    id: deps.ids.next("aud"),
    at: deps.clock.now(),
    by,
    act: "orders_bulk",
    subject: id,
    before: null,
    after: { action: wanted.action, count },
  });
  const input = { wanted, ids };
  await startTask(deps, merchantId, ORDER_BULK, input, by, {
    id,
    total: count,
    statements: [audit],
  });
  return { task_id: id, count };
}

/** What is each order's own is edited there. */
function refuseSingleFields(edit: Extract<OrderAction, { action: "edit" }>["edit"]): void {
  const own = (["ship_to", "lines"] as const).filter((name) => edit[name] !== undefined);
  if (own.length > 0)
    throw new DrayError(
      "invalid",
      "An address and lines are edited in one order at a time",
      own.map((name) => ({ path: `edit.${name}`, message: "cannot be edited in bulk" })),
    );
}

const MOST_NAMED = 20;
const comeShape = z.object({ from: z.int(), refused: z.int(), named: z.array(z.string()) });
type Come = z.infer<typeof comeShape>;

/** How far it has come; a number alone is how that was written once. */
const cursorShape = z.union([
  comeShape,
  z.int().transform((from): Come => ({ from, refused: 0, named: [] })),
]);

/** Works the orders of a bulk action, a hundred at a time. A page that runs twice finds itself done. */
export const orderBulkTask = defineTask({
  input: z.object({ wanted: orderActionShape, ids: z.array(z.string()) }),
  page: async (deps, { merchant_id, input, by }, cursor) => {
    const come = cursorShape.parse(JSON.parse(cursor ?? "0"));
    const ids = input.ids.slice(come.from, come.from + PAGE_SIZE);
    const results =
      ids.length === 0 ? [] : await actOnOrders(deps, merchant_id, ids, input.wanted, by);
    const counts: Record<string, number> = {};
    for (const { result } of results) counts[result] = (counts[result] ?? 0) + 1;
    const after: Come = {
      from: come.from + PAGE_SIZE,
      refused: come.refused + (counts["refused"] ?? 0),
      named: await namedWith(deps, merchant_id, come.named, results),
    };
    return {
      cursor: after.from < input.ids.length ? JSON.stringify(after) : null,
      done: ids.length,
      counts,
      ...(after.refused > 0 ? { message: refusalText(after) } : {}),
    };
  },
});

/** The first refused orders, each with its number and the reason. */
async function namedWith(
  deps: Deps,
  merchantId: MerchantId,
  named: readonly string[],
  results: readonly ActionResult[],
): Promise<string[]> {
  const refused = results
    .filter(({ result }) => result === "refused")
    .slice(0, MOST_NAMED - named.length);
  if (refused.length === 0) return [...named];
  const db = await deps.databases.of(merchantId);
  const ids = refused.map(({ id }) => id);
  const numbers = await numbersOf(db, merchantId, ids);
  return [
    ...named,
    ...refused.map(({ id, message }) => `${numbers.get(id) ?? id} (${message.replace(/\.$/, "")})`),
  ];
}

function refusalText({ named, refused }: Come): string {
  const more = refused - named.length;
  return `Refused: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}
