import type { AlertKind, AlertState } from "./alerts.ts";
import { tellingOf, windowEnd, type Contact, type ContactOwner } from "./contacts.ts";
import type { AlertId, ContactId, MerchantId } from "./ids.ts";

/** An alert of which something is to be told. */
export interface AlertToTell {
  merchant_id: MerchantId;
  id: AlertId;
  kind: AlertKind;
  state: AlertState;
  /** Since when. */
  tell_at: number;
}

/** Who was told of an alert. */
export interface ToldPlace {
  merchant_id: MerchantId;
  alert_id: AlertId;
  contact_id: ContactId;
}

/** `at_once`: only what the contact is told at once; `digest`: everything. */
export type TellingScope = "at_once" | "digest";

/** That something is to be told to a contact, of a merchant. */
export interface NewTelling {
  merchant_id: MerchantId;
  contact_id: ContactId;
  owner_id: ContactOwner;
  what: TellingScope;
  due_at: number;
}

export interface TellingPlan {
  tellings: NewTelling[];
  /** Who was told of what is over, and is told nothing any more. */
  gone: ToldPlace[];
}

/**
 * Who is to be told of what is new or over, and when: of urgent kinds at once, of the others at the end of
 * the window in which they became worth telling. What is over is told to those who were told of it.
 */
export function planTellings(
  alerts: readonly AlertToTell[],
  contacts: ReadonlyMap<MerchantId, readonly Contact[]>,
  told: readonly ToldPlace[],
): TellingPlan {
  const tellings = new Map<string, NewTelling>();
  const gone: ToldPlace[] = [];
  const note = (
    { merchant_id, tell_at }: AlertToTell,
    { id, owner_id, frequency }: Contact,
    atOnce: boolean,
  ) => {
    if (frequency === "off") return;
    const what = atOnce && frequency !== "at_once" ? "at_once" : "digest";
    const due = what === "at_once" ? tell_at : windowEnd(frequency, tell_at);
    const key = `${merchant_id} ${id} ${what}`;
    const due_at = Math.min(due, tellings.get(key)?.due_at ?? due);
    tellings.set(key, { merchant_id, contact_id: id, owner_id, what, due_at });
  };
  const placesOf = Map.groupBy(told, ({ merchant_id, alert_id }) => `${merchant_id} ${alert_id}`);
  for (const alert of alerts) {
    const { merchant_id, id, kind, state } = alert;
    const listeners = contacts.get(merchant_id) ?? [];
    if (state !== "open")
      for (const place of placesOf.get(`${merchant_id} ${id}`) ?? []) {
        const contact = listeners.find((one) => one.id === place.contact_id);
        if (contact) note(alert, contact, false);
        else gone.push(place);
      }
    else if (kind !== "no_contact")
      for (const contact of listeners) {
        const way = tellingOf(contact, kind);
        if (way !== "off") note(alert, contact, way === "at_once");
      }
  }
  return { tellings: [...tellings.values()], gone };
}
