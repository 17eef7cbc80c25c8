import { INSTALLATION, type AlertKind } from "../domain/alerts.ts";
import { isTold, kindsTold, windowEnd, type Contact } from "../domain/contacts.ts";
import type { MerchantId } from "../domain/ids.ts";
import { arrangeNews } from "../notify/arrange-news.ts";
import { renderNews } from "../notify/render-news.ts";
import { stableId } from "../platform/ids.ts";
import { readContact } from "../store/contacts.ts";
import { insertMail, mailIsThere, type NewMail } from "../store/mails.ts";
import { merchantNames } from "../store/merchants.ts";
import { commit, pagesOf } from "../store/statement.ts";
import {
  countToldOpen,
  dueTellings,
  endTellings,
  isUntold,
  noteTold,
  toldAndOver,
  untoldAlerts,
  type AlertNews,
  type DueTelling,
  type Tale,
} from "../store/tellings.ts";
import { waitingOn } from "./alert-waiting.ts";
import { ownerDatabase, ownerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";
import { offUrl } from "./off-url.ts";

/** Merchants in one mail. */
const MOST_MERCHANTS = 500;
/** Alerts that one mail counts; what is more comes with the next sweep. */
const MOST_ALERTS = 5_000;

/**
 * Makes the mails of what is due to be told: one per contact, whatever it tells, with all of the
 * contact's merchants. A mail, that it told what it tells, and the end of what was due are one batch,
 * under the condition that nobody told it meanwhile. Answers how many mails it made.
 */
export async function mailNews(deps: Deps, db: D1Database, limit: number): Promise<number> {
  const due = await dueTellings(db, deps.clock.now(), limit);
  let mails = 0;
  for (const tellings of Map.groupBy(due, (one) => `${one.owner_id} ${one.contact_id}`).values()) {
    const merchants = Map.groupBy(tellings, ({ merchant_id }) => merchant_id);
    for (const page of pagesOf([...merchants.values()], MOST_MERCHANTS))
      try {
        mails += await mailContact(deps, db, page.flat());
      } catch (error) {
        deps.log.error("telling_failed", { contact_id: tellings[0]?.contact_id, error });
      }
  }
  return mails;
}

/** What there is to tell a contact of its merchants. */
interface Found extends Tale {
  news: readonly AlertNews[];
  over: readonly AlertNews[];
  /** Those of `over` that a person did not dismiss. */
  resolved: readonly AlertNews[];
  open: ReadonlyMap<MerchantId, number>;
  /** There is more than one mail holds. */
  more: boolean;
}

async function mailContact(
  deps: Deps,
  db: D1Database,
  tellings: readonly DueTelling[],
): Promise<number> {
  const [first] = tellings;
  if (!first) return 0;
  const now = deps.clock.now();
  const contact = await readContact(
    await ownerDatabase(deps, ownerRef(first.owner_id)),
    first.owner_id,
    first.contact_id,
  );
  if (!contact || !isTold(contact) || contact.frequency === "off") {
    await commit(
      db,
      endTellings(tellings.map((telling) => Object.assign({}, telling, { next: now }))),
    );
    return 0;
  }
  const { frequency } = contact;
  const found = await findNews(db, contact, tellings);
  const ended = found.more
    ? []
    : tellings.map((telling) => ({
        ...telling,
        next: telling.what === "digest" ? windowEnd(frequency, now) : now,
      }));
  if (found.news.length + found.resolved.length === 0) {
    await commit(db, [...noteTold(found), ...endTellings(ended)]);
    return 0;
  }
  const digest = tellings.some(({ what }) => what === "digest") && frequency !== "at_once";
  const mail = await writeMail(deps, { ...contact, frequency }, found, digest);
  const there = mailIsThere(mail);
  const [made] = await commit(db, [
    insertMail(mail, isUntold(found)),
    ...noteTold(found, there),
    ...endTellings(ended, there),
  ]);
  return made?.changes ?? 0;
}

async function findNews(
  db: D1Database,
  contact: Contact,
  tellings: readonly DueTelling[],
): Promise<Found> {
  const { id: contact_id } = contact;
  const all = merchantsOf(tellings, "digest");
  const some = merchantsOf(tellings, "at_once").filter((id) => !all.includes(id));
  const untold = async (merchants: MerchantId[], kinds: AlertKind[]) =>
    merchants.length === 0 ? [] : untoldAlerts(db, contact_id, merchants, kinds, MOST_ALERTS);
  const [regular, urgent] = [
    await untold(all, kindsTold(contact, ["at_once", "by_frequency"])),
    await untold(some, kindsTold(contact, ["at_once"])),
  ];
  const news = [...regular, ...urgent];
  const waiting = await waitingOn(
    db,
    news.map((one) => ({ ...one, state: "open" })),
  );
  const over = all.length === 0 ? [] : await toldAndOver(db, contact_id, all, MOST_ALERTS);
  const open = all.length === 0 ? [] : await countToldOpen(db, contact_id, all);
  return {
    contact_id,
    news: news.map((one) => ({ ...one, waiting: waiting(one) })),
    over,
    resolved: over.filter(({ state }) => state === "resolved"),
    open: new Map(open.map((row) => [row.merchant_id, row.open])),
    more: [regular, urgent, over].some(({ length }) => length === MOST_ALERTS),
  };
}

const merchantsOf = (tellings: readonly DueTelling[], what: DueTelling["what"]): MerchantId[] =>
  tellings.filter((telling) => telling.what === what).map(({ merchant_id }) => merchant_id);

async function writeMail(
  deps: Deps,
  contact: Contact & { frequency: Exclude<Contact["frequency"], "off"> },
  { news, over, resolved, open }: Found,
  digest: boolean,
): Promise<NewMail> {
  const { publicUrl } = deps;
  const off_url = offUrl(deps, contact);
  const ids = [...new Set([...news, ...resolved].map(({ merchant_id }) => merchant_id))];
  const named = await merchantNames(deps.databases.directory, ids);
  const merchants = [
    ...(ids.includes(INSTALLATION) ? [{ id: INSTALLATION, name: "This Dray" }] : []),
    ...named.toSorted((a, b) => a.name.localeCompare(b.name)),
  ];
  const shown = arrangeNews({
    merchants,
    news,
    resolved,
    open,
    publicUrl,
    named: contact.owner_id.startsWith("acc_"),
  });
  const { frequency } = contact;
  const mail = renderNews({ merchants: shown, frequency, digest, publicUrl, offUrl: off_url });
  const tells = (what: string, rows: readonly AlertNews[]) =>
    rows.map(({ merchant_id, id, ripe_at }) => `${what} ${merchant_id} ${id} ${ripe_at}`);
  return {
    owner_id: contact.owner_id,
    id: stableId("mal", contact.id, ...[...tells("new", news), ...tells("over", over)].toSorted()),
    contact_id: contact.id,
    to: contact.email,
    ...mail,
    off_url,
    created_at: deps.clock.now(),
    tells: news,
  };
}
