import { INSTALLATION } from "../domain/alerts.ts";
import type { DeadLetterId, MerchantId } from "../domain/ids.ts";
import type { NewDeadLetter } from "../domain/dead-letters.ts";
import { errorText } from "../platform/log.ts";
import { stableId } from "../platform/ids.ts";
import { noteDead, noteFailing } from "../store/dead-letters.ts";
import { commit } from "../store/statement.ts";
import type { Deps } from "./deps.ts";
import { tellSoon } from "./tell-soon.ts";

/**
 * Notes why messages failed for the last time, as a message that comes out of a dead-letter queue does
 * not say. Never throws: without the note a dead letter lacks its cause, and nothing else.
 *
 * @param queue The queue that the messages were sent to.
 */
export async function noteLastAttempts(
  deps: Deps,
  queue: string,
  messages: readonly { body: unknown }[],
  error: unknown,
): Promise<void> {
  if (messages.length === 0) return;
  const now = deps.clock.now();
  const cause = errorText(error);
  try {
    await commit(
      deps.databases.directory,
      messages.map(({ body }) => noteFailing(letterOf(queue, body, cause), now)),
    );
  } catch (trouble) {
    deps.log.error("cause_not_noted", { queue, messages: messages.length, error: trouble });
  }
}

/**
 * Keeps a message that came out of a dead-letter queue, and tells of it. Keeping the same one twice
 * counts it once. Throws when it could not be kept.
 */
export async function keepDeadLetter(deps: Deps, queue: string, body: unknown): Promise<void> {
  const letter = letterOf(queue, body, null);
  await commit(deps.databases.directory, noteDead(letter, deps.clock.now()));
  const { id, merchant_id } = letter;
  deps.log.error("dead_letter", { queue, dead_letter_id: id, merchant_id });
  await tellSoon(deps, INSTALLATION);
}

/** The same message is the same letter, whenever it fails. */
function letterOf(queue: string, body: unknown, cause: string | null): NewDeadLetter {
  const id: DeadLetterId = stableId("dlt", queue, JSON.stringify(body) ?? "");
  return { id, queue, body, cause, merchant_id: merchantIn(body) };
}

function merchantIn(body: unknown): MerchantId | null {
  const named =
    typeof body === "object" && body !== null && "merchant_id" in body ? body.merchant_id : null;
  return typeof named === "string" && named.startsWith("mer_") ? (named as MerchantId) : null;
}
