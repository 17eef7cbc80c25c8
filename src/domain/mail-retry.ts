/** What becomes of a mail that the mail service did not take. */

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const FIRST_WAIT_MS = 5 * MINUTE_MS;
const LONGEST_WAIT_MS = 4 * 60 * MINUTE_MS;
/** With the waits above, three days. */
export const MAIL_TRIES = 24;

/** How long a mail counts as being sent before it counts as lost. */
export const SENDING_TERM_MS = 15 * MINUTE_MS;

/** What the mail service says no mail like this will ever be taken with. */
const hopeless = new Set([
  "E_VALIDATION_ERROR",
  "E_FIELD_MISSING",
  "E_TOO_MANY_RECIPIENTS",
  "E_CONTENT_TOO_LARGE",
]);

const words: Readonly<Record<string, string>> = {
  E_RATE_LIMIT_EXCEEDED: "The mail service takes no more for now",
  E_DAILY_LIMIT_EXCEEDED: "The mail service takes no more today",
  E_RECIPIENT_SUPPRESSED:
    "The mail service has this address on its suppression list: mail to it bounced, or was reported as spam",
  E_RECIPIENT_NOT_ALLOWED:
    "The mail service does not let us send to this address: verify it, or use a plan that sends to any",
  E_SENDER_NOT_VERIFIED: "The domain of MAIL_FROM is not verified for sending",
  E_SENDER_DOMAIN_NOT_AVAILABLE: "The domain of MAIL_FROM is not onboarded for sending",
  E_DELIVERY_FAILED: "The mail service could not deliver it",
  E_INTERNAL_SERVER_ERROR: "The mail service failed",
  E_CONTENT_TOO_LARGE: "The mail is too large for the mail service",
};

export interface MailFailure {
  /** The mail service's code; null: it gave none. */
  code: string | null;
  /** How often this mail was tried, this time included. */
  tries: number;
}

export interface AfterMailFailure {
  state: "waiting" | "failed";
  next_at: number | null;
  /** For people, without the address. */
  reason: string;
  /** Counts as a try of this mail. */
  counts: boolean;
  /** No mail goes through now: whoever sends rests. */
  rest: boolean;
  /** The contact's address takes no mail any more. */
  off: boolean;
}

const nextDay = (now: number): number => (Math.floor(now / DAY_MS) + 1) * DAY_MS;

/** When a mail is tried again, if it is: limits are waited for, the rest is tried with growing waits for three days. */
export function afterMailFailure({ code, tries }: MailFailure, now: number): AfterMailFailure {
  const said = words[code ?? ""] ?? "The mail service did not take it";
  const reason = code === null ? said : `${said} (${code})`;
  const again = { state: "waiting", reason, counts: true, rest: false, off: false } as const;
  const never = { ...again, state: "failed", next_at: null } as const;
  if (code === "E_RATE_LIMIT_EXCEEDED")
    return { ...again, next_at: now + FIRST_WAIT_MS, counts: false, rest: true };
  if (code === "E_DAILY_LIMIT_EXCEEDED")
    // The day of the mail service may begin at another hour than ours.
    return {
      ...again,
      next_at: Math.min(nextDay(now), now + LONGEST_WAIT_MS),
      counts: false,
      rest: true,
    };
  if (code === "E_RECIPIENT_SUPPRESSED") return { ...never, off: true };
  if (code !== null && (hopeless.has(code) || code.startsWith("E_HEADER"))) return never;
  if (tries >= MAIL_TRIES) return never;
  return { ...again, next_at: now + Math.min(FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_WAIT_MS) };
}
