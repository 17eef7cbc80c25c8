import { z } from "zod";
import { actorText, type Actor } from "../domain/actor.ts";
import type { ConnectionId, MerchantId, TaskId } from "../domain/ids.ts";
import { askForNumbers, noting, openToAsk, stopIfUnanswered } from "./ask-orders.ts";
import type { Deps } from "./deps.ts";
import { intakeCart } from "./intake-cart.ts";
import { intakeOrders } from "./intake-orders.ts";
import { orderSource, type OpenCart } from "./open-connection.ts";
import { releaseWaiting } from "./release-waiting.ts";
import { defineTask, startTask, type RunningTask, type TaskPage } from "./run-task.ts";

const NUMBERS_A_PAGE = 10;
const PAGE_SIZE = 100;

/** Which orders to read again: by the numbers people know, or by when they were placed (milliseconds). */
export type RepullWish = { numbers: readonly string[] } | { from: number; to: number };

const inputShape = z
  .object({ cart_id: z.string().transform((id) => id as ConnectionId) })
  .and(
    z.union([z.object({ numbers: z.array(z.string()) }), z.object({ from: z.int(), to: z.int() })]),
  );
type Input = z.infer<typeof inputShape>;

/**
 * Begins to read orders again from their cart. What is right already stays as it is, and what was
 * cleared stays cleared. Named ones are taken however old they are; those of a span of time obey the
 * cart's earliest order date. Throws `not_found`, and `conflict` for a cart that cannot be asked.
 */
export async function startRepull(
  deps: Deps,
  merchantId: MerchantId,
  cartId: ConnectionId,
  wish: RepullWish,
  by: Actor,
): Promise<TaskId> {
  await openToAsk(deps, merchantId, cartId);
  const input = { cart_id: cartId, ...wish };
  const total = "numbers" in wish ? wish.numbers.length : null;
  return startTask(deps, merchantId, "repull", input, by, { total });
}

export const repullTask = defineTask<Input>({
  input: inputShape,
  page: async (deps, task, cursor) => {
    const { merchant_id, input } = task;
    const open = await openToAsk(deps, merchant_id, input.cart_id);
    const page =
      "numbers" in input
        ? await numbersPage(deps, open, task, input.numbers, cursor)
        : await spanPage(deps, open, task, input, cursor);
    if (page.cursor === null && open.policy.delivery)
      await releaseWaiting(deps, merchant_id, input.cart_id);
    return page;
  },
});

const cursorShape = z.object({ at: z.int(), missing: z.array(z.string()) });

async function numbersPage(
  deps: Deps,
  open: OpenCart,
  { by }: RunningTask<Input>,
  numbers: readonly string[],
  cursor: string | null,
): Promise<TaskPage> {
  const come = cursorShape.parse(cursor === null ? { at: 0, missing: [] } : JSON.parse(cursor));
  const wanted = numbers.slice(come.at, come.at + NUMBERS_A_PAGE);
  const asked = await askForNumbers(open, wanted);
  await stopIfUnanswered(deps, open, asked);
  const { items, skipped, gone, unanswered } = asked;
  const cart = { ...(await intakeCart(deps, open)), anyAge: true, by: actorText(by) };
  // A number that is not found says nothing about an order that is here.
  const { counts } = await intakeOrders(deps, cart, { items, skipped });
  const at = come.at + wanted.length;
  const missing = [...come.missing, ...gone];
  return {
    cursor: at < numbers.length ? JSON.stringify({ at, missing }) : null,
    done: wanted.length,
    counts: { ...counts, not_found: gone.length, unanswered: unanswered.length },
    ...(missing.length > 0 ? { message: `The cart does not have ${missing.join(", ")}.` } : {}),
  };
}

async function spanPage(
  deps: Deps,
  open: OpenCart,
  { by }: RunningTask<Input>,
  { from, to }: { from: number; to: number },
  cursor: string | null,
): Promise<TaskPage> {
  const source = orderSource(open);
  const request = { cursor, limit: PAGE_SIZE, from, to };
  const found = await noting(deps, open, () => source.between(open.call, request));
  const cart = { ...(await intakeCart(deps, open)), by: actorText(by) };
  const { counts } = await intakeOrders(deps, cart, { items: found.items, skipped: found.skipped });
  const isOver = found.drained || found.next === cursor;
  return {
    cursor: isOver ? null : found.next,
    done: found.items.length + found.skipped.length,
    counts,
  };
}
