import { expect, test } from "vitest";
import { alertKindNames } from "../../../src/domain/alerts.ts";
import { mail, news, samples } from "./samples.ts";

test.each(Object.entries(samples))("the mail %s reads as its snapshot", async (name, one) => {
  const text = `Subject: ${one.subject}\n\n${one.text}`;
  await expect(text).toMatchFileSnapshot(`mails/${name}.txt`);
  await expect(one.html).toMatchFileSnapshot(`mails/${name}.html`);
});

test("each kind has its title, what to do, and a link in both bodies", () => {
  for (const kind of alertKindNames) {
    const { subject, text, html } = mail({ news: [news(kind)] });
    expect(subject.length, kind).toBeGreaterThan(20);
    expect(text, kind).toContain("What to do: ");
    expect(text, kind).toMatch(/\nhttps:\/\/dray\.example\.com\/\w+/);
    expect(html, kind).toMatch(/href="https:\/\/dray\.example\.com\/\w+/);
    expect(text, kind).not.toMatch(/undefined|\[object/);
  }
});

test("nothing that another system said can be markup, a header or a line of its own", () => {
  const evil = "\r\nBcc: x@example.com\r\n\r\n<img src=x onerror=alert(1)>\u2028\u202E";
  const { subject, text, html } = mail({
    merchants: [{ id: "mer_tea", name: `Tea${evil}` }],
    news: [news("refused", { message: evil, details: { order_number: evil } })],
  });
  expect(subject).not.toMatch(/[\r\n\u2028\u202E]/);
  expect(text).not.toMatch(/^Bcc:/m);
  expect(html).not.toContain("<img");
  expect(html).not.toMatch(/[\u2028\u202E]/);
});

test("a mail stays small, however much there is to tell", () => {
  const many = Array.from({ length: 5_000 }, (_, at) =>
    news("refused", { id: `alr_${at}`, message: "x".repeat(2_000), waiting: 1 }),
  );
  const { text, html } = mail({ news: many, resolved: many });
  expect(html.length).toBeLessThan(100_000);
  expect(text).toContain("and 4990 more");
});
