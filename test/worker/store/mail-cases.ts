import type { Contact } from "../../../src/domain/contacts.ts";
import type { AlertToTell } from "../../../src/domain/telling-plan.ts";
import * as contacts from "../../../src/store/contacts.ts";
import * as mails from "../../../src/store/mails.ts";
import * as noContact from "../../../src/store/no-contact.ts";
import * as tellings from "../../../src/store/tellings.ts";
import { NOW, type Case } from "./case.ts";
import { LONG_AGO, NOT_DUE, type Ground } from "./ground.ts";

const contactOf = ({ m }: Ground, id: Contact["id"] = "cnt_1"): Contact => ({
  owner_id: m,
  id,
  email: "a@b.test",
  name: null,
  frequency: "hourly",
  kinds: {},
  active: true,
  off_reason: null,
  off_key: "key",
  created_at: 1,
});
const alert = ({ m }: Ground, n: number): AlertToTell => ({
  merchant_id: m,
  id: `alr_${n}`,
  kind: "refused",
  state: "open",
  tell_at: LONG_AGO,
});
const alerts = (ground: Ground) => [alert(ground, 1), alert(ground, 2)];
const tellable = `UPDATE alerts SET ripe_at = 1, tell_at = ${LONG_AGO} WHERE merchant_id = ?1 AND id IN ('alr_1', 'alr_2')`;
const isOver = `UPDATE alerts SET state = 'resolved', closed_at = 1 WHERE merchant_id = ?1 AND id IN ('alr_1', 'alr_2')`;
const wasTold = `INSERT OR REPLACE INTO told (merchant_id, alert_id, contact_id, ripe_at)
  SELECT ?1, 'alr_' || value, 'cnt_1', 1 FROM json_each('[1, 2]')`;
const tells = `UPDATE mails SET tells = json_array(json_array(?1, 'alr_1', 1)) WHERE owner_id = ?1 AND id = 'mal_1'`;
const tale = ({ m }: Ground): tellings.Tale => ({
  contact_id: "cnt_1",
  news: [{ merchant_id: m, id: "alr_1", ripe_at: 1 }],
  over: [{ merchant_id: m, id: "alr_2", ripe_at: 1 }],
});
const due = (n: number, { m }: Ground, news = 1) => ({
  merchant_id: m,
  contact_id: `cnt_${n}` as const,
  owner_id: m,
  what: "digest" as const,
  due_at: LONG_AGO,
  news,
  next: NOT_DUE,
});
const mail = ({ m }: Ground): mails.NewMail => ({
  owner_id: m,
  id: "mal_new",
  contact_id: "cnt_1",
  to: "a@b.test",
  subject: "S",
  text: "T",
  html: "H",
  off_url: "https://dray.test",
  created_at: NOT_DUE,
  tells: [],
});
const seen = ({ m }: Ground, state: mails.MailState) =>
  ({ owner_id: m, id: "mal_1", state, tries: 0 }) as const;
const mailIs = (state: mails.MailState, nextAt: number | "NULL") =>
  `UPDATE mails SET state = '${state}', next_at = ${nextAt} WHERE owner_id = ?1 AND id = 'mal_1'`;
const accountContact = `INSERT OR REPLACE INTO contacts (owner_id, id, email, frequency, kinds, off_key, created_at)
  VALUES ('acc_' || substr(?1, 5), 'cnt_1', 'a@b.test', 'hourly', '{}', 'key', 1)`;
const everything = "looks through what the contact was told of that is open still";

export const mailCases: Record<string, Case> = {
  "contacts.listContacts": { read: (db, { m }) => contacts.listContacts(db, m), rows: 2 },
  "contacts.readContact": { read: (db, { m }) => contacts.readContact(db, m, "cnt_1"), rows: 1 },
  "contacts.contactsOfMerchants": {
    read: (db, { m }) => contacts.contactsOfMerchants(db, [m]),
    rows: 2,
  },
  "contacts.accountContactsOf": {
    given: [accountContact],
    read: (db, { m }) => contacts.accountContactsOf(db, [m]),
    rows: 1,
  },
  "contacts.toldByAccount": {
    given: [accountContact],
    read: (db, { m }) => contacts.toldByAccount(db, [m]),
    rows: 1,
  },
  "contacts.contactsOfAccounts": {
    given: [accountContact],
    read: (db) => contacts.contactsOfAccounts(db),
    rows: 1,
    everyone: "what is wrong with Dray itself concerns every account",
  },
  "contacts.insertContact": {
    write: (ground) => contacts.insertContact(contactOf(ground, "cnt_new")),
    rows: 1,
  },
  "contacts.contactIsAs": {
    write: (ground) => mails.insertMail(mail(ground), contacts.contactIsAs(contactOf(ground))),
    rows: 1,
  },
  "contacts.updateContact": {
    write: (ground) =>
      contacts.updateContact(contactOf(ground), { ...contactOf(ground), frequency: "daily" }),
    rows: 1,
  },
  "contacts.switchContactOff": {
    write: (ground) => contacts.switchContactOff(contactOf(ground), "Why"),
    rows: 1,
  },
  "contacts.deleteContact": {
    write: (ground) => contacts.deleteContact(contactOf(ground)),
    rows: 1,
  },
  "no-contact.followContacts": {
    given: ["UPDATE contacts SET active = 0 WHERE owner_id = ?1"],
    write: ({ m }) => [
      ...noContact.followContacts([m], [], NOW),
      ...noContact.followContacts([m], [m], NOW),
    ],
    rows: 2,
  },
  "mails.insertMail": { write: (ground) => mails.insertMail(mail(ground)), rows: 1 },
  "mails.mailIsThere": {
    write: (ground) =>
      mails.insertMail(mail(ground), mails.mailIsThere({ owner_id: ground.m, id: "mal_1" })),
    rows: 1,
  },
  "mails.listMails": {
    read: (db, { m }) => mails.listMails(db, m, { state: null, after: null, limit: 20 }),
    rows: 20,
  },
  "mails.listMails further": {
    read: (db, { m }) =>
      mails.listMails(db, m, {
        state: null,
        after: { at: NOT_DUE + 50, id: "mal_50" },
        limit: 20,
      }),
    rows: 20,
  },
  "mails.listMails of one state": {
    given: [mailIs("failed", "NULL")],
    read: (db, { m }) => mails.listMails(db, m, { state: "failed", after: null, limit: 20 }),
    rows: 1,
    grows: "looks through the owner's mails of 30 days for the few that failed",
  },
  "mails.readMail": { read: (db, { m }) => mails.readMail(db, m, "mal_1"), rows: 1 },
  "mails.nextMail": {
    given: [mailIs("waiting", LONG_AGO)],
    read: (db) => mails.nextMail(db, NOW),
    rows: 1,
    everyone: "whoever sends looks for what is due of anybody",
  },
  "mails.claimMail": {
    given: [mailIs("waiting", LONG_AGO)],
    write: (ground) => mails.claimMail(seen(ground, "waiting"), NOT_DUE, null),
    rows: 1,
  },
  "mails.settleMail": {
    given: [mailIs("sending", LONG_AGO)],
    write: (ground) =>
      mails.settleMail(seen(ground, "sending"), {
        state: "sent",
        tries: 1,
        next_at: null,
        last_error: null,
        sent_at: NOW,
      }),
    rows: 1,
  },
  "mails.reviveMail": {
    given: [mailIs("failed", "NULL")],
    write: ({ m }) => mails.reviveMail(m, "mal_1", NOW),
    rows: 1,
  },
  "mails.deleteOldMails": {
    write: () => mails.deleteOldMails(LONG_AGO, 50),
    rows: 0,
    everyone: "what is old is deleted of anybody",
  },
  "tellings.alertsToTell": {
    given: [tellable],
    read: (db) => tellings.alertsToTell(db, NOW, 50),
    rows: 2,
    everyone: "telling looks for what is to be told of anybody",
  },
  "tellings.takeUpAlerts": {
    given: [tellable],
    write: (ground) => tellings.takeUpAlerts(alerts(ground)),
    rows: 2,
  },
  "tellings.toldOf": {
    read: (db, ground) => tellings.toldOf(db, alerts(ground)),
    rows: 2,
  },
  "tellings.forgetMailTold": {
    given: [mailIs("failed", "NULL"), tells, wasTold],
    write: ({ m }) => tellings.forgetMailTold({ owner_id: m, id: "mal_1" }, NOW),
    rows: 2,
  },
  "tellings.noteMailTold": {
    given: [mailIs("waiting", NOT_DUE), tells],
    write: ({ m }) => tellings.noteMailTold({ owner_id: m, id: "mal_1" }),
    rows: 1,
  },
  "tellings.forgetTold": {
    given: [wasTold],
    write: ({ m }) =>
      tellings.forgetTold([{ merchant_id: m, alert_id: "alr_1", contact_id: "cnt_1" }]),
    rows: 1,
  },
  "tellings.noteTellings": {
    write: ({ m }) =>
      tellings.noteTellings([
        { merchant_id: m, contact_id: "cnt_new", owner_id: m, what: "digest", due_at: NOT_DUE },
      ]),
    rows: 1,
  },
  "tellings.noteNewcomer": {
    given: [tellable],
    write: ({ m }) =>
      tellings.noteNewcomer([m], { contact_id: "cnt_new", owner_id: m, due_at: NOT_DUE }),
    rows: 1,
  },
  "tellings.dueTellings": {
    given: [
      `UPDATE tellings SET due_at = ${LONG_AGO} WHERE merchant_id = ?1 AND contact_id IN ('cnt_1', 'cnt_2')`,
    ],
    read: (db) => tellings.dueTellings(db, NOW, 50),
    rows: 2,
    everyone: "telling looks for what is due of anybody",
  },
  "tellings.endTellings": {
    write: (ground) => tellings.endTellings([due(1, ground), due(2, ground, 7)]),
    rows: 2,
  },
  "tellings.untoldAlerts": {
    given: [tellable],
    read: (db, { m }) => tellings.untoldAlerts(db, "cnt_1", [m], ["refused"], 50),
    rows: 2,
    grows: "looks through what is open and mends itself for the few that do not",
  },
  "tellings.toldAndOver": {
    given: [isOver, wasTold],
    read: (db, { m }) => tellings.toldAndOver(db, "cnt_1", [m], 50),
    rows: 2,
    grows: everything,
  },
  "tellings.countToldOpen": {
    given: [tellable, wasTold],
    read: (db, { m }) => tellings.countToldOpen(db, "cnt_1", [m]),
    rows: 1,
    grows: everything,
  },
  "tellings.isUntold": {
    given: [wasTold, "DELETE FROM told WHERE merchant_id = ?1 AND alert_id = 'alr_1'"],
    write: (ground) => mails.insertMail(mail(ground), tellings.isUntold(tale(ground))),
    rows: 1,
  },
  "tellings.noteTold": {
    given: [wasTold],
    write: (ground) => tellings.noteTold(tale(ground)),
    rows: 2,
  },
};
