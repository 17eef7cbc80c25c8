import { expect, test } from "vitest";
import { composeMime, type OutboxMail } from "../../../src/notify/compose-mime.ts";

const from = { name: "Dray, für alle", address: "alerts@example.com" };
const mail: OutboxMail = {
  id: "mal_1",
  to: "ann@example.org",
  subject: "Tee & Tassen: Bestellung 1001 – Adresse",
  text: "Straße\n".repeat(40),
  html: "<p>Straße</p>",
  off_url: "https://dray.example.com/unsubscribe/mer_1/cnt_1/key",
  created_at: Date.UTC(2026, 10, 21, 10, 2, 30),
};

const headOf = (raw: string) => raw.slice(0, raw.indexOf("\r\n\r\n"));
const decode = (text: string) => Buffer.from(text, "base64").toString("utf8");

test("a mail has the headers that it needs, and one-click unsubscribing", () => {
  expect(headOf(composeMime(mail, from)).split("\r\n")).toEqual([
    "Date: Sat, 21 Nov 2026 10:02:30 +0000",
    expect.stringMatching(/^From: =\?utf-8\?B\?.+\?= <alerts@example\.com>$/),
    "To: <ann@example.org>",
    "Message-ID: <mal_1@example.com>",
    expect.stringMatching(/^Subject: =\?utf-8\?B\?.+\?=$/),
    "MIME-Version: 1.0",
    "Auto-Submitted: auto-generated",
    "X-Dray-Mail: mal_1",
    "List-Unsubscribe: <https://dray.example.com/unsubscribe/mer_1/cnt_1/key>",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    "Content-Type: multipart/alternative; boundary=a_mal_1",
  ]);
});

test("its parts are the text and the HTML, whole", () => {
  const parts = composeMime(mail, from).split("--a_mal_1").slice(1, 3);
  const bodies = parts.map((part) => decode(part.slice(part.indexOf("\r\n\r\n"))));
  expect(bodies).toEqual([mail.text, mail.html]);
  expect(parts[0]).toContain("Content-Type: text/plain; charset=UTF-8");
  expect(parts[1]).toContain("Content-Type: text/html; charset=UTF-8");
});

test("no line is longer than a mail may have, and the same mail is the same text", () => {
  const subject = "Ein sehr langer Betreff – ".repeat(20);
  const raw = composeMime({ ...mail, subject, html: "ä".repeat(9_000) }, from);
  for (const line of raw.split("\r\n")) expect(line.length).toBeLessThanOrEqual(100);
  const words = Array.from(raw.matchAll(/=\?utf-8\?B\?([^?]+)\?=/g), ([word]) => word);
  for (const word of words) expect(word.length).toBeLessThanOrEqual(75);
  expect(composeMime(mail, from)).toBe(composeMime(mail, from));
});

test("no header can be smuggled in", () => {
  const raw = composeMime({ ...mail, subject: "A\r\nBcc: x@example.com\r\n\r\nbody" }, from);
  expect(headOf(raw)).not.toMatch(/bcc/i);
  for (const to of ["a@b.c\r\nBcc: x@y.z", "a@b.c>, <x@y.z", "a b@c.d", "nobody", "a@b@c"])
    expect(() => composeMime({ ...mail, to }, from), to).toThrow("cannot stand in a header");
});

test("without https there is no one-click unsubscribing, which the mail service would refuse", () => {
  const raw = composeMime({ ...mail, off_url: "http://localhost:8787/unsubscribe/a/b/c" }, from);
  expect(headOf(raw)).not.toContain("List-Unsubscribe");
});
