import type { Frequency } from "../domain/contacts.ts";
import type { ShownMerchant } from "./arrange-news.ts";
import { oneLine } from "./one-line.ts";

const LONGEST_SUBJECT = 150;

export const plural = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`;

/** How many orders wait, in words. */
export const waitingText = (waiting: number): string =>
  `${plural(waiting, "order waits", "orders wait")} for this.`;

/** What is over, in words. */
export const resolvedText = (count: number): string => `Resolved (${count})`;

/** What was told before and is open still, in words. */
export const openText = (open: number): string =>
  `${open} of what you were told before ${open === 1 ? "is" : "are"} still open`;

const sum = (merchants: readonly ShownMerchant[], of: "news" | "resolved_count" | "open") =>
  merchants.reduce((total, merchant) => total + merchant[of], 0);

/** The subject line: the title of the only alert, or how many there are of what. */
export function subjectOfNews(merchants: readonly ShownMerchant[], digest: boolean): string {
  const [first] = merchants;
  const who = merchants.length === 1 && first ? first.name : `${merchants.length} merchants`;
  const news = sum(merchants, "news");
  const resolved = sum(merchants, "resolved_count");
  const open = sum(merchants, "open");
  const only = merchants.flatMap(({ kinds }) => kinds.flatMap(({ alerts }) => alerts))[0];
  if (!digest && news === 1 && resolved === 0 && only) {
    return oneLine(`${who}: ${only.title}`, LONGEST_SUBJECT);
  }
  const counts = [
    ...(news > 0 ? [plural(news, "new alert", "new alerts")] : []),
    ...(resolved > 0 ? [`${resolved} resolved`] : []),
    ...(open > 0 ? [`${open} still open`] : []),
  ];
  return oneLine(`${who}: ${counts.join(", ")}`, LONGEST_SUBJECT);
}

const often: Record<Exclude<Frequency, "at_once" | "off">, string> = {
  half_hourly: "every 30 minutes",
  hourly: "every hour",
  daily: "once a day",
};

/** Why this mail came, for its last lines. */
export const reasonText = (frequency: Exclude<Frequency, "off">): string =>
  frequency === "at_once"
    ? "You are told at once what needs somebody."
    : `You are told ${often[frequency]} what is new, and at once what stays as it is until a person mends it.`;
