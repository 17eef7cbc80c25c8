import { createMimeMessage } from "mimetext/browser";
import { toBase64 } from "../platform/base64.ts";
import { oneLine } from "./one-line.ts";

/** Who sends. */
export interface Sender {
  name: string | null;
  address: string;
}

/** A mail of the outbox. */
export interface OutboxMail {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  off_url: string;
  created_at: number;
}

const encode = (text: string): string => toBase64(new TextEncoder().encode(text));

const inLines = (text: string): string => text.replaceAll(/.{76}(?=.)/g, "$&\r\n");

/** Bytes in one encoded word, which may have 75 characters. */
const WORD_BYTES = 42;

/** A header's text as encoded words, each of whole characters, folded. Source: RFC 2047. */
function encodedWords(text: string): string {
  const words: string[] = [];
  let word = "";
  for (const character of text) {
    if (new TextEncoder().encode(word + character).length > WORD_BYTES) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  return [...words, word].map((one) => `=?utf-8?B?${encode(one)}?=`).join("\r\n ");
}

/** An address that may stand in a header. Throws for any other. */
function headerAddress(address: string): string {
  if (/^[^\s<>"(),:;\\@]+@[^\s<>"(),:;\\@]+$/.test(address)) return address;
  throw new Error("an address that cannot stand in a header");
}

/**
 * A mail as MIME: plain text and HTML in base64, with one-click unsubscribing (RFC 8058) where our own
 * address is https, as the mail service refuses it otherwise. The same mail gives the same text.
 */
export function composeMime(mail: OutboxMail, from: Sender): string {
  const message = createMimeMessage();
  const sender = headerAddress(from.address);
  message.boundaries = { mixed: `m_${mail.id}`, alt: `a_${mail.id}`, related: `r_${mail.id}` };
  message.setSender({ addr: sender, ...(from.name === null ? {} : { name: from.name }) });
  message.setRecipient({ addr: headerAddress(mail.to) });
  message.setSubject(oneLine(mail.subject, 300));
  const subject = message.headers.fields.find(({ name }) => name === "Subject");
  if (subject) subject.dump = () => encodedWords(String(subject.value));
  message.setHeaders({
    Date: new Date(mail.created_at).toUTCString().replace("GMT", "+0000"),
    "Message-ID": `<${mail.id}@${sender.slice(sender.lastIndexOf("@") + 1)}>`,
    "Auto-Submitted": "auto-generated",
    "X-Dray-Mail": mail.id,
  });
  if (mail.off_url.startsWith("https://"))
    message.setHeaders({
      "List-Unsubscribe": `<${new URL(mail.off_url).href}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    });
  message.addMessage({
    contentType: "text/plain",
    encoding: "base64",
    data: inLines(encode(mail.text)),
  });
  message.addMessage({
    contentType: "text/html",
    encoding: "base64",
    data: inLines(encode(mail.html)),
  });
  return message.asRaw();
}
