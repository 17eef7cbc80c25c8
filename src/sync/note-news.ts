import { INSTALLATION } from "../domain/alerts.ts";
import type { Contact } from "../domain/contacts.ts";
import type { MerchantId } from "../domain/ids.ts";
import { planTellings, type AlertToTell } from "../domain/telling-plan.ts";
import { accountContactsOf, contactsOfAccounts, contactsOfMerchants } from "../store/contacts.ts";
import { commit, pagesOf } from "../store/statement.ts";
import { alertsToTell, forgetTold, noteTellings, takeUpAlerts, toldOf } from "../store/tellings.ts";
import type { Deps } from "./deps.ts";
import { noContact } from "./no-contact.ts";

/** Rows in one statement. */
const PAGE = 5_000;

/**
 * Notes who is to be told of what is new or over, and when, in one batch in which what was to be told is
 * taken up. Looks again whether anybody is told at all. Answers how many alerts it took up.
 */
export async function noteNews(deps: Deps, db: D1Database, limit: number): Promise<number> {
  const now = deps.clock.now();
  const alerts = await alertsToTell(db, now, limit);
  if (alerts.length === 0) return 0;
  const over = alerts.filter(({ state }) => state !== "open");
  const told = over.length === 0 ? [] : await toldOf(db, over);
  const plan = planTellings(alerts, await whoIsTold(deps, db, alerts), told);
  const merchantIds = [...new Set(alerts.map(({ merchant_id }) => merchant_id))];
  await commit(db, [
    ...pagesOf(plan.tellings, PAGE).map(noteTellings),
    ...pagesOf(plan.gone, PAGE).map(forgetTold),
    ...(await noContact(
      deps,
      merchantIds.filter((merchantId) => merchantId !== INSTALLATION),
    )),
    takeUpAlerts(alerts),
  ]);
  return alerts.length;
}

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
