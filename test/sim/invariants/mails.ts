import { ruleOf, type AlertKind } from "../../../src/domain/alerts.ts";
import { CANARY } from "../vendors.ts";
import type { Step } from "../steps.ts";
import type { Guard, Scene } from "../witness.ts";
import { deadlineOf, windowOf } from "./windows.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A tick, and what the sweep takes. */
const CALM_SLACK_MS = 7 * MINUTE;
/** Crons that are missed, a D1 that fails, and the like. */
const SLACK_MS = 2 * HOUR;
/** A limit of a day, and a mail that nobody knows of. */
const SERVICE_SLACK_MS = 30 * HOUR;
/** As long as a sender may be at a mail. */
const TERM_MS = 15 * MINUTE;

interface Known {
  active: boolean;
  since: number;
}

interface Mail {
  taken: { at: number; settled: boolean }[];
  /** Whoever had it in hand never said what became of it. */
  lost: boolean;
}

/** I14: who is told what, when, and how often. */
export function mails({ rows, breach, merchants, timeline, hub }: Scene): Guard {
  const contacts = new Map<string, Known>();
  const outbox = new Map<string, Mail>();
  /** What was told by which mail: `contact alert ripe_at`. */
  const told = new Map<string, string>();
  const digests = new Map<string, number>();
  const said = new Set<string>();
  const once = (key: string, message: string) => {
    if (said.has(key)) return;
    said.add(key);
    breach("I14", message);
  };
  const mailOf = (id: string): Mail => {
    const mail = outbox.get(id) ?? { taken: [], lost: false };
    outbox.set(id, mail);
    return mail;
  };
  const slack = () => (hub.isCalm() ? CALM_SLACK_MS : SLACK_MS);

  /** One mail that was made, with what its batch says that it tells. */
  const made = (
    mail: Step,
    news: readonly Step[],
    over: readonly Step[],
    dues: readonly number[],
  ) => {
    const contactId = String(mail.more);
    if (news.length + over.length === 0)
      breach("I14", `the mail ${mail.id} was made, and nothing is noted as told`);
    const [contact] = rows(CONTACT, contactId);
    if (!contact) return;
    const frequency = String(contact["frequency"]);
    const items = news.map((step) => {
      const [alert] = rows(ALERT, step.of, step.id);
      return { step, kind: String(alert?.["kind"]) as AlertKind, ripe: Number(step.more) };
    });
    for (const { step, ripe } of items) {
      const key = `${contactId} ${step.id} ${ripe}`;
      const before = told.get(key);
      if (before !== undefined && before !== mail.id && mailOf(before).taken.length > 0)
        breach("I14", `${contactId} was told of ${step.id} by ${before}, and is told again`);
      told.set(key, mail.id);
    }
    const isDigest = over.length > 0 || items.some(({ kind }) => !ruleOf(kind).at_once);
    if (!isDigest || !hub.clocksAgree || windowOf(frequency) === 0) return;
    const ends = [
      ...items.map(({ ripe }) => deadlineOf(frequency, ripe)),
      ...over.map(({ of, id }) =>
        deadlineOf(frequency, Number(rows(ALERT, of, id)[0]?.["closed_at"])),
      ),
    ];
    // Of a window that has ended, and was told late, there may be nothing left but what came since.
    const isOfWindow = dues.some(
      (due) => due <= timeline.now && deadlineOf(frequency, due - 1) === due,
    );
    if (ends.every((end) => end > timeline.now) && !isOfWindow)
      breach("I14", `${contactId} hears ${frequency}, and was told before the window ended`);
    const last = digests.get(contactId);
    if (last !== undefined && deadlineOf(frequency, last) > timeline.now)
      breach(
        "I14",
        `${contactId} hears ${frequency}, and got a second digest after ${timeline.now - last} ms`,
      );
    digests.set(contactId, timeline.now);
  };

  const lookAtLate = () => {
    if (hub.clocksAgree) rows(TO_TELL).forEach(isLate);
  };

  const follow = (step: Step) => {
    const { what, id, before, now } = step;
    if (what === "contact" && before !== now) {
      contacts.set(id, { active: now === 1, since: timeline.now });
      if (now === 1) timeline.in(windowOf(String(step.more)) + slack() + MINUTE, lookAtLate);
    }
    if (what === "mail" && before === "sending" && now === "sending") mailOf(id).lost = true;
    if (what === "mail" && now === "waiting" && mailOf(id).lost) {
      const [mail] = rows(MAIL, id);
      if (!String(mail?.["last_error"]).startsWith("Nobody knows whether it was sent"))
        breach("I14", `the outbox forgets that ${id} may have arrived: ${JSON.stringify(mail)}`);
    }
    if (what !== "mail" || now !== "sent" || before === "sent") return;
    const { taken } = mailOf(id);
    if (taken.length === 0)
      breach("I14", `the mail ${id} is sent, says the outbox, and nobody took it`);
    for (const one of taken) one.settled = true;
  };

  /** An open alert that is worth telling, and one who is to be told. */
  const isLate = (row: Record<string, unknown>): void => {
    const kind = String(row["kind"]) as AlertKind;
    const way = (JSON.parse(String(row["kinds"])) as Record<string, string>)[kind];
    if (way === "off") return;
    const contact = contacts.get(String(row["contact_id"]));
    const from = Math.max(Number(row["ripe_at"]), contact?.since ?? 0);
    const isUrgent = ruleOf(kind).at_once || way === "at_once";
    // Who is new hears by its frequency of what was there before.
    const isNews = Number(row["ripe_at"]) >= (contact?.since ?? 0);
    const frequency = isUrgent && isNews ? "at_once" : String(row["frequency"]);
    const due = deadlineOf(frequency, from) + slack();
    if (timeline.now < due) return;
    const name = `${String(row["contact_id"])} of ${kind} ${String(row["id"])}`;
    const mailId = told.get(
      `${String(row["contact_id"])} ${String(row["id"])} ${String(row["ripe_at"])}`,
    );
    if (mailId === undefined)
      return once(`untold ${name}`, `nobody tells ${name}, due ${new Date(due).toISOString()}`);
    const [mail] = rows(MAIL, mailId);
    const underWay = mail && ["waiting", "sending"].includes(String(mail["state"]));
    const isTaken = mailOf(mailId).taken.length > 0;
    if (isTaken || (underWay && timeline.now < Number(mail["created_at"]) + SERVICE_SLACK_MS))
      return;
    // A sender died over it, so that it may have arrived: then a person may have it sent again.
    const gaveUp = mail?.["state"] === "failed" && mailOf(mailId).lost;
    if (!gaveUp)
      once(`unsent ${mailId}`, `${name} waits for the mail ${mailId}: ${JSON.stringify(mail)}`);
  };

  return {
    committed: (_, steps) => {
      steps.forEach(follow);
      // The very same mail goes again to who was off when it failed.
      const isMade = ({ what, before, now }: Step) =>
        what === "mail" && (before === null || (before === "failed" && now === "waiting"));
      for (const mail of steps.filter(isMade)) {
        const about = (what: Step["what"]) =>
          steps.filter((one) => one.what === what && one.now === mail.more);
        mailOf(mail.id);
        const dues = steps
          .filter(({ what, id }) => what === "telling" && id === mail.more)
          .map(({ before }) => Number(before));
        made(mail, about("told"), about("untold"), dues);
      }
    },
    mailAsked: ({ id, to }) => {
      const [mail] = rows(MAIL, id);
      const contactId = String(mail?.["contact_id"]);
      const contact = contacts.get(contactId);
      if (!mail) breach("I14", `a mail to ${to} was never in the outbox`);
      if (contact && !contact.active && contact.since < timeline.now - MINUTE)
        breach("I14", `${contactId} was switched off, and is sent a mail`);
    },
    mailTaken: ({ id, to, text }) => {
      const { taken } = mailOf(id);
      const last = taken.at(-1);
      if (last?.settled || taken.length > 1)
        breach("I14", `the mail ${id} was sent, and is sent again`);
      if (last && hub.clocksAgree && timeline.now < last.at + TERM_MS - MINUTE)
        breach("I14", `the mail ${id} is sent by two at once`);
      taken.push({ at: timeline.now, settled: false });
      const other = merchants.find(
        ({ vendors }) => text.includes(vendors.canary) && !to.startsWith(vendors.letter),
      );
      if (other && !to.startsWith("account"))
        breach("I11", `a mail to ${to} tells of another merchant`);
      if (text.includes(CANARY) && / Buyer /.test(text))
        breach("I11", `a customer's data in a mail to ${to}`);
    },
    everything: lookAtLate,
    end: () => {
      for (const row of rows(LEFT, timeline.now - HOUR, timeline.now - HOUR, timeline.now - HOUR))
        breach("I17", `not told, or not sent: ${JSON.stringify(row)}`);
    },
  };
}

const CONTACT = `SELECT frequency FROM contacts WHERE id = ?`;
const ALERT = `SELECT kind, closed_at FROM alerts WHERE merchant_id = ? AND id = ?`;
const MAIL = `SELECT state, contact_id, created_at, last_error FROM mails WHERE id = ?`;
/** Of merchants to their own contacts and to the account's; of Dray itself to the account's. */
const TO_TELL = `SELECT a.id, a.kind, a.ripe_at, c.id AS contact_id, c.frequency, c.kinds
  FROM alerts a JOIN contacts c ON c.owner_id = a.merchant_id OR c.owner_id LIKE 'acc_%'
  WHERE a.state = 'open' AND a.ripe_at IS NOT NULL AND a.kind <> 'no_contact'
    AND c.active = 1 AND c.frequency <> 'off'`;
const LEFT = `SELECT 'alert' AS what, id, tell_at AS at FROM alerts WHERE tell_at < ?
  UNION ALL SELECT 'telling', contact_id, due_at FROM tellings WHERE due_at < ?
  UNION ALL SELECT 'mail ' || state, id, next_at FROM mails WHERE next_at < ?
    OR (state IN ('waiting', 'sending') AND next_at IS NULL)`;
