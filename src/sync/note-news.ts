import { INSTALLATION } from "../domain/alerts.ts";
import { tellingOf, windowEnd, type Contact, type Frequency } from "../domain/contacts.ts";
import type { MerchantId } from "../domain/ids.ts";
import { accountContactsOf, contactsOfAccounts, contactsOfMerchants } from "../store/contacts.ts";
import { commit, pagesOf } from "../store/statement.ts";
import {
  alertsToTell,
  forgetTold,
  noteTellings,
  takeUpAlerts,
  toldOf,
  type AlertToTell,
  type NewTelling,
  type TellingScope,
  type ToldPlace,
} from "../store/tellings.ts";
import type { Deps } from "./deps.ts";
import { closeNoContact, raiseNoContact } from "./no-contact.ts";

/** Rows in one statement. */
const PAGE = 5_000;

/**
 * Notes who is to be told of what is new or over, and when: at once, or at the end of the contact's
 * half-hour, hour or day. All in one batch, in which what was to be told is taken up. Where nobody
 * can be told, that becomes an alert. Answers how many alerts it took up.
 */
export async function noteNews(deps: Deps, db: D1Database, limit: number): Promise<number> {
  const now = deps.clock.now();
  const alerts = await alertsToTell(db, now, limit);
  if (alerts.length === 0) return 0;
  const contacts = await whoIsTold(deps, db, alerts);
  const over = await toldOf(
    db,
    alerts.filter(({ state }) => state !== "open"),
  );
  const tellings = new Map<string, NewTelling>();
  const note = (merchant_id: MerchantId, contact: Contact, what: TellingScope, due_at: number) => {
    const key = `${merchant_id} ${contact.id} ${what}`;
    const { id: contact_id, owner_id } = contact;
    const before = tellings.get(key)?.due_at ?? due_at;
    tellings.set(key, {
      merchant_id,
      contact_id,
      owner_id,
      what,
      due_at: Math.min(before, due_at),
    });
  };
  const untold = new Set<MerchantId>();
  const toldAgain = new Set<MerchantId>();
  for (const { merchant_id, kind, state } of alerts) {
    if (state !== "open") continue;
    const told = contacts.get(merchant_id) ?? [];
    if (kind === "no_contact") {
      if (told.length > 0) toldAgain.add(merchant_id);
      continue;
    }
    if (told.length === 0) untold.add(merchant_id);
    for (const contact of told) {
      const way = tellingOf(contact, kind);
      if (way === "off") continue;
      const atOnce = way === "at_once" && contact.frequency !== "at_once";
      note(
        merchant_id,
        contact,
        atOnce ? "at_once" : "digest",
        atOnce ? now : endOfWindow(contact, now),
      );
    }
  }
  const nobody: ToldPlace[] = [];
  for (const place of over) {
    const contact = contacts.get(place.merchant_id)?.find(({ id }) => id === place.contact_id);
    if (contact) note(place.merchant_id, contact, "digest", endOfWindow(contact, now));
    else nobody.push(place);
  }
  untold.delete(INSTALLATION);
  await commit(db, [
    ...pagesOf([...tellings.values()], PAGE).map((page) => noteTellings(page)),
    ...pagesOf(nobody, PAGE).map((page) => forgetTold(page)),
    ...[...untold].flatMap((merchantId) => raiseNoContact(merchantId, now)),
    ...(await closeNoContact(db, [...toldAgain], now)),
    takeUpAlerts(alerts),
  ]);
  return alerts.length;
}

const endOfWindow = ({ frequency }: { frequency: Frequency }, now: number): number =>
  frequency === "off" ? now : windowEnd(frequency, now);

async function whoIsTold(
  deps: Deps,
  db: D1Database,
  alerts: readonly AlertToTell[],
): Promise<ReadonlyMap<MerchantId, readonly Contact[]>> {
  const { directory } = deps.databases;
  const merchantIds = [...new Set(alerts.map(({ merchant_id }) => merchant_id))];
  const told = [
    ...(await contactsOfMerchants(db, merchantIds)),
    ...(await accountContactsOf(directory, merchantIds)),
  ];
  const contacts = new Map<MerchantId, readonly Contact[]>(
    Map.groupBy(told, ({ merchant_id }) => merchant_id),
  );
  if (merchantIds.includes(INSTALLATION))
    contacts.set(INSTALLATION, await contactsOfAccounts(directory));
  return contacts;
}
