import type { DeadLetterId, MerchantId } from "./ids.ts";

/**
 * A queue message that failed through a fault of ours. `failing`: its last attempt failed, and the
 * dead-letter queue has it · `dead` it came out there and waits for an operator · `replayed` sent to
 * its queue again · `dropped` nobody needs it.
 */
export const deadLetterStates = ["failing", "dead", "replayed", "dropped"] as const;
export type DeadLetterState = (typeof deadLetterStates)[number];

/** A message that is to be kept. */
export interface NewDeadLetter {
  id: DeadLetterId;
  /** The queue that it was sent to, without `-dead`. */
  queue: string;
  body: unknown;
  /** Null: not known. */
  cause: string | null;
  merchant_id: MerchantId | null;
}

/** Attempts of a message before it goes to the dead-letter queue: the first, and `max_retries` of wrangler.toml. */
export const MOST_ATTEMPTS = 6;

/** How long settled ones are kept. */
export const KEEP_DEAD_LETTERS_MS = 30 * 24 * 60 * 60_000;
