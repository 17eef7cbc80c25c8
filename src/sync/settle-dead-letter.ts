import { actorText, type Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { AccountId } from "../domain/ids.ts";
import type { DispatchMessage, JobMessage, NoticeMessage } from "../domain/messages.ts";
import { readDeadLetter, settleDeadLetter, type DeadLetter } from "../store/dead-letters.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { showDeadLetter, type ShownDeadLetter } from "./show-dead-letters.ts";

/**
 * Sends a dead letter to its queue again. One that was replayed or dropped stays as it is. It is sent
 * before that is noted: whoever dies in between leaves one that can be replayed again, and every message
 * may come twice. Throws `not_found`.
 */
export function replayDeadLetter(
  deps: Deps,
  accountId: AccountId,
  letterId: string,
  by: Actor,
): Promise<ShownDeadLetter> {
  return settle(deps, accountId, letterId, "replayed", by, (letter) => sendAgain(deps, letter));
}

/** Says that nobody needs a dead letter any more. Throws `not_found`. */
export function dropDeadLetter(
  deps: Deps,
  accountId: AccountId,
  letterId: string,
  by: Actor,
): Promise<ShownDeadLetter> {
  return settle(deps, accountId, letterId, "dropped", by, async () => {});
}

async function settle(
  deps: Deps,
  accountId: AccountId,
  letterId: string,
  state: "replayed" | "dropped",
  by: Actor,
  before: (letter: DeadLetter) => Promise<unknown>,
): Promise<ShownDeadLetter> {
  const { directory } = deps.databases;
  const letter = await readDeadLetter(directory, accountId, letterId);
  if (!letter) throw new DrayError("not_found", "No such dead letter");
  if (letter.state === "dead" || letter.state === "failing") {
    await before(letter);
    await commit(directory, settleDeadLetter(letter.id, state, actorText(by), deps.clock.now()));
    deps.log.info("dead_letter_settled", { dead_letter_id: letter.id, state, by: by.user });
  }
  return showDeadLetter(deps, accountId, letterId);
}

/** What comes from our own queues is what they take; a consumer reads it with care anyway. */
function sendAgain({ queues }: Deps, { queue, body }: DeadLetter): Promise<unknown> {
  if (queue.endsWith("-jobs")) return queues.jobs.send(body as JobMessage);
  if (queue.endsWith("-deliveries")) return queues.deliveries.send(body as DispatchMessage);
  if (queue.endsWith("-notices")) return queues.notices.send(body as NoticeMessage);
  throw new DrayError("conflict", `This Dray has no queue ${queue}: drop it`);
}
