import { env } from "cloudflare:workers";
import type { AlertKind } from "../../../src/domain/alerts.ts";
import type { Frequency, KindChoices } from "../../../src/domain/contacts.ts";
import type { AlertId, MerchantId } from "../../../src/domain/ids.ts";
import type { Envelope } from "../../../src/platform/mail.ts";
import { alertIdOf } from "../../../src/store/alert-ids.ts";
import { closeAlerts, raiseAlerts } from "../../../src/store/alerts.ts";
import { commit } from "../../../src/store/statement.ts";
import { addContact } from "../../../src/sync/add-contact.ts";
import type { OwnerRef } from "../../../src/sync/contact-owner.ts";
import type { Deps } from "../../../src/sync/deps.ts";
import type { ShownContact } from "../../../src/sync/list-contacts.ts";
import { sendMails } from "../../../src/sync/send-mails.ts";
import { tellAlerts } from "../../../src/sync/tell-alerts.ts";
import { mintMerchant, testDeps, type Minted, type TestDeps } from "../deps.ts";

const MINUTE = 60_000;
const by = { user: "warehouse_test", name: "Test" } as const;
const tables =
  "accounts merchants api_keys connections jobs audit alerts alert_orders contacts tellings told mails";

/** A merchant of which something may be told, the only one in D1: telling crosses merchants. */
export interface MailWorld {
  deps: TestDeps;
  merchant: Minted;
  own: OwnerRef;
  account: OwnerRef;
  contact(wanted?: {
    of?: OwnerRef;
    email?: string;
    frequency?: Frequency;
    kinds?: KindChoices;
  }): Promise<ShownContact>;
  /** Raises an alert about one thing; the kinds that are tried again are worth telling the second time. */
  raise(kind: AlertKind, about?: string, of?: MerchantId): Promise<AlertId>;
  close(kind: AlertKind, about?: string, of?: MerchantId): Promise<void>;
  /** Some minutes later: what a sweep does for alerts and mail. Answers the mails that were sent. */
  later(minutes?: number, as?: Deps): Promise<SentMail[]>;
}

/** What a mail says, out of its MIME. */
export interface SentMail {
  to: string;
  subject: string;
  text: string;
  html: string;
  raw: string;
}

const decode = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");

/** Reads the MIME that Dray writes. */
export function readMime({ to, raw }: Envelope): SentMail {
  const [head = "", ...parts] = raw.split("\r\n\r\n");
  const subject = /^Subject: (.*(?:\r\n .*)*)/m.exec(head)?.[1] ?? "";
  const words = Array.from(subject.matchAll(/=\?utf-8\?B\?([^?]*)\?=/g), ([, word]) => word ?? "");
  const bodies = parts.filter((part) =>
    /^[A-Za-z0-9+/=\r\n]+$/.test(part.split("\r\n--")[0] ?? ""),
  );
  const [text, html] = bodies.map((body) => decode(body.split("\r\n--")[0] ?? ""));
  return { to, raw, subject: words.map(decode).join(""), text: text ?? "", html: html ?? "" };
}

export async function mailWorld(): Promise<MailWorld> {
  await env.DB.batch(tables.split(" ").map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  const deps = testDeps();
  const merchant = await mintMerchant(deps);
  await env.DB.batch(
    ["alerts", "told", "audit"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
  );
  const { merchantId, accountId } = merchant;
  const own: OwnerRef = { kind: "merchant", id: merchantId };
  let read = 0;
  return {
    deps,
    merchant,
    own,
    account: { kind: "account", id: accountId },
    contact: ({ of = own, email = "ann@example.com", frequency = "at_once", kinds = {} } = {}) =>
      addContact(deps, of, { email, name: null, frequency, kinds }, by),
    raise: async (kind, about = "1", of = merchantId) => {
      const at = deps.clock.now();
      const cause = {
        kind,
        parts: [about],
        message: `No to ${about}`,
        details: { order_number: about, connection: about },
        orders: [],
      };
      await commit(env.DB, raiseAlerts(of, [cause], { at }));
      return alertIdOf(of, cause);
    },
    close: async (kind, about = "1", of = merchantId) => {
      const id = alertIdOf(of, { kind, parts: [about] });
      await commit(env.DB, [closeAlerts(of, [id], { at: deps.clock.now(), by: "Mended." })]);
    },
    later: async (minutes = 5, as = deps) => {
      deps.clock.pass(minutes * MINUTE);
      await tellAlerts(as, as.databases.directory);
      await sendMails(as, as.databases.directory);
      const sent = deps.post.taken.slice(read).map(readMime);
      read = deps.post.taken.length;
      return sent;
    },
  };
}

/** What waits in the outbox or was sent, as rows. */
export const mailRows = async (): Promise<Record<string, unknown>[]> =>
  (await env.DB.prepare("SELECT * FROM mails ORDER BY rowid").all()).results;
