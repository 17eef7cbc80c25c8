import { z } from "zod";
import { alertKindNames, ruleOf, type AlertKind } from "./alerts.ts";
import type { AccountId, ContactId, MerchantId } from "./ids.ts";

/** Whose contact somebody is: a merchant's, or an account's, for all of its merchants. */
export type ContactOwner = MerchantId | AccountId;

export const frequencies = ["at_once", "half_hourly", "hourly", "daily", "off"] as const;
export type Frequency = (typeof frequencies)[number];

const MINUTE_MS = 60_000;
const windows: Record<Exclude<Frequency, "at_once" | "off">, number> = {
  half_hourly: 30 * MINUTE_MS,
  hourly: 60 * MINUTE_MS,
  daily: 24 * 60 * MINUTE_MS,
};

/** When what happens now is told: now, or at the end of the running half-hour, hour or day in UTC. */
export function windowEnd(frequency: Exclude<Frequency, "off">, now: number): number {
  if (frequency === "at_once") return now;
  const length = windows[frequency];
  return (Math.floor(now / length) + 1) * length;
}

/** How a contact hears of a kind: whatever the frequency is, by it, or not at all. */
export const tellings = ["at_once", "by_frequency", "off"] as const;
export type Telling = (typeof tellings)[number];

/** What a contact hears otherwise than the table of kinds says. */
export type KindChoices = Readonly<Partial<Record<AlertKind, Telling>>>;

/** The kinds that everybody who is told anything is told at once. */
export const urgentKinds: readonly AlertKind[] = alertKindNames.filter(
  (kind) => ruleOf(kind).at_once,
);

/** Choices for kinds that leave one: the urgent ones are told at once, or the contact is off as a whole. */
export const kindChoicesShape = z
  .partialRecord(z.enum(alertKindNames), z.enum(tellings))
  .superRefine((choices, context) => {
    for (const kind of urgentKinds)
      if (choices[kind] !== undefined && choices[kind] !== "at_once")
        context.addIssue({
          code: "custom",
          path: [kind],
          message: "is always told at once; the frequency `off` switches a contact off as a whole",
        });
  });

/** Who is told. */
export interface Contact {
  owner_id: ContactOwner;
  id: ContactId;
  email: string;
  name: string | null;
  frequency: Frequency;
  kinds: KindChoices;
  active: boolean;
  /** Why it was switched off. */
  off_reason: string | null;
  /** In the link that switches it off. */
  off_key: string;
  created_at: number;
}

/** How this contact hears of a kind. */
export const tellingOf = ({ kinds }: Pick<Contact, "kinds">, kind: AlertKind): Telling =>
  ruleOf(kind).at_once ? "at_once" : (kinds[kind] ?? "by_frequency");

/** The kinds that a contact hears of in one of these ways. */
export const kindsTold = (contact: Pick<Contact, "kinds">, ways: readonly Telling[]): AlertKind[] =>
  alertKindNames.filter((kind) => ways.includes(tellingOf(contact, kind)));

/** Whether a contact is told anything. */
export const isTold = ({ active, frequency }: Pick<Contact, "active" | "frequency">): boolean =>
  active && frequency !== "off";
