import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { web } from "../../../src/web/app.tsx";
import { client, call, type Answered } from "./client.ts";
import { mailRows, mailWorld, type MailWorld } from "../sync/mail-world.ts";

const ann = { email: "ann@example.com" };

async function start() {
  const world = await mailWorld();
  const { merchant, warehouse } = world.merchant.keys;
  const api = client(world.deps, merchant);
  return { world, api, boss: client(world.deps, warehouse) };
}

test("a contact is added, shown without the key of its link, changed and removed, and the audit says by whom", async () => {
  const { api } = await start();
  const made = await api("POST", "/api/contacts", ann);
  expect(made).toMatchObject({
    status: 201,
    body: { contact: { ...ann, frequency: "hourly", kinds: {}, active: true, of: "merchant" } },
  });
  const { id } = made.body.contact;
  const changed = await api("PATCH", `/api/contacts/${id}`, {
    frequency: "daily",
    kinds: { refused: "off" },
  });
  expect(changed.body.contact).toMatchObject({ frequency: "daily", kinds: { refused: "off" } });
  const listed = await api("GET", "/api/contacts");
  expect(listed.body.items).toEqual([changed.body.contact]);
  expect(JSON.stringify(listed.body)).not.toContain("off_key");
  expect((await api("DELETE", `/api/contacts/${id}`)).status).toBe(204);
  expect((await api("GET", "/api/contacts")).body.items).toEqual([]);
  const { items } = (await api("GET", `/api/audit?subject=${id}`)).body;
  expect(items.map((entry: { act: string }) => entry.act)).toEqual([
    "contact_removed",
    "contact_changed",
    "contact_added",
  ]);
  expect(items[1]).toMatchObject({
    before: { frequency: "hourly", kinds: {} },
    after: { frequency: "daily", kinds: { refused: "off" } },
  });
});

test("an address is one contact, however it is written", async () => {
  const { api } = await start();
  await api("POST", "/api/contacts", ann);
  const again = await api("POST", "/api/contacts", { email: "Ann@Example.com" });
  expect([again.status, again.body.error.code]).toEqual([409, "conflict"]);
  expect((await api("GET", "/api/audit")).body.items).toHaveLength(1);
});

test.each([
  { email: "nobody" },
  { email: "a@b.test\r\nBcc: x@y.test" },
  { email: "a b@c.test" },
  { ...ann, frequency: "weekly" },
  { ...ann, kinds: { address: "off" } },
  { ...ann, kinds: { address: "by_frequency" } },
  { ...ann, kinds: { weather: "at_once" } },
  { ...ann, off_key: "mine" },
])("a contact that makes no sense is refused with the field: %j", async (wanted) => {
  const { api } = await start();
  const refused = await api("POST", "/api/contacts", wanted);
  expect(refused.status).toBe(422);
  expect(refused.body.error.fields.length).toBeGreaterThan(0);
});

test("50 contacts are enough", async () => {
  const { api } = await start();
  for (let count = 0; count < 50; count += 1)
    expect((await api("POST", "/api/contacts", { email: `a${count}@b.test` })).status).toBe(201);
  expect((await api("POST", "/api/contacts", ann)).status).toBe(409);
});

test("an account's contacts are for its own keys, and apart from a merchant's", async () => {
  const { api, boss } = await start();
  const made = await boss("POST", "/api/contacts?account=true", ann);
  expect(made).toMatchObject({ status: 201, body: { contact: { of: "account" } } });
  expect((await api("GET", "/api/contacts")).body.items).toEqual([]);
  expect((await api("GET", "/api/contacts?account=true")).status).toBe(403);
  expect((await api("GET", "/api/outbox?account=true")).status).toBe(403);
  expect((await boss("GET", "/api/contacts")).body.items).toEqual([]);
  expect((await boss("GET", "/api/contacts?account=true")).body.items).toHaveLength(1);
  const { id } = made.body.contact;
  expect((await api("PATCH", `/api/contacts/${id}`, { frequency: "off" })).status).toBe(404);
  expect((await boss("DELETE", `/api/contacts/${id}?account=true`)).status).toBe(204);
});

test("a test mail says at once whether mail arrives, and a contact that is off gets none", async () => {
  const { world, api } = await start();
  const { id } = (await api("POST", "/api/contacts", ann)).body.contact;
  const sent = await api("POST", `/api/contacts/${id}/test`);
  expect(sent.body.mail).toMatchObject({ to: ann.email, state: "sent", reason: null });
  world.deps.post.refuses = () => "E_SENDER_NOT_VERIFIED";
  const refused = await api("POST", `/api/contacts/${id}/test`);
  expect(refused.body.mail).toMatchObject({ state: "waiting" });
  expect(refused.body.mail.reason).toContain("MAIL_FROM is not verified");
  await api("PATCH", `/api/contacts/${id}`, { active: false });
  expect((await api("POST", `/api/contacts/${id}/test`)).status).toBe(409);
});

test("without a configuration the outbox says what to configure", async () => {
  const { world, api } = await start();
  const missing = "The variable MAIL_FROM does not say who sends";
  world.deps.mail = { missing };
  const { id } = (await api("POST", "/api/contacts", ann)).body.contact;
  const { body } = await api("POST", `/api/contacts/${id}/test`);
  expect(body.mail).toMatchObject({ state: "waiting", reason: missing, next_try_at: null });
  expect((await api("GET", "/api/outbox")).body).toMatchObject({ configure: missing });
});

test("the outbox goes page by page, newest first, by state, and shows what a mail says", async () => {
  const { world, api } = await start();
  await api("POST", "/api/contacts", { ...ann, frequency: "at_once" });
  for (let count = 1; count <= 5; count += 1) {
    if (count === 3) world.deps.post.refuses = () => "E_CONTENT_TOO_LARGE";
    else world.deps.post.refuses = () => undefined;
    await world.raise("address", `100${count}`);
    await world.later();
  }
  const seen: string[] = [];
  for (let cursor = ""; ;) {
    const { body } = await api("GET", `/api/outbox?limit=2${cursor}`);
    seen.push(...body.items.map(({ subject }: { subject: string }) => subject));
    if (body.next === null) break;
    cursor = `&cursor=${body.next}`;
  }
  expect(seen.map((subject) => /Order (\d+)/.exec(subject)?.[1])).toEqual([
    "1005",
    "1004",
    "1003",
    "1002",
    "1001",
  ]);
  const failed = (await api("GET", "/api/outbox?state=failed")).body.items;
  expect(failed).toMatchObject([{ state: "failed", next_try_at: null }]);
  const { mail } = (await api("GET", `/api/outbox/${failed[0].id}`)).body;
  expect(mail.text).toContain("Order 1003");
  expect(mail.html).toContain("Order 1003");
  expect((await api("GET", "/api/outbox?cursor=nonsense")).status).toBe(422);
});

test("a mail that failed is sent again on request, and no other", async () => {
  const { world, api } = await start();
  await api("POST", "/api/contacts", { ...ann, frequency: "at_once" });
  world.deps.post.refuses = () => "E_CONTENT_TOO_LARGE";
  await world.raise("address");
  await world.later();
  world.deps.post.refuses = () => undefined;
  const [{ id }] = (await api("GET", "/api/outbox")).body.items;
  expect((await api("POST", `/api/outbox/${id}/resend`)).body.mail).toMatchObject({
    state: "sent",
  });
  const again = await api("POST", `/api/outbox/${id}/resend`);
  expect([again.status, world.deps.post.taken.length]).toEqual([409, 1]);
});

const linkInMail = async (): Promise<string> => {
  const [row] = await mailRows();
  return String(row?.["off_url"]).replace("https://dray.test", "");
};

const page = async (world: MailWorld, method: string, path: string): Promise<Answered> => {
  const request = new Request(`https://dray.test${path}`, { method });
  const answer = await web.fetch(request, { deps: world.deps, processId: "prc_1" });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: null };
};

test("the link of a mail asks first, and posting it switches the contact off, once, on the audit", async () => {
  const { world, api } = await start();
  await api("POST", "/api/contacts", { ...ann, frequency: "at_once" });
  await world.raise("address");
  await world.later();
  const path = await linkInMail();
  const asked = await page(world, "GET", path);
  expect([asked.status, asked.text.includes('<form method="post">')]).toEqual([200, true]);
  expect(asked.headers.get("cache-control")).toContain("no-store");
  expect((await api("GET", "/api/contacts")).body.items[0].active).toBe(true);
  for (const _ of [1, 2]) expect((await page(world, "POST", path)).status).toBe(200);
  expect((await api("GET", "/api/contacts")).body.items[0]).toMatchObject({
    active: false,
    off_reason: "Switched off by the link in a mail",
  });
  expect((await page(world, "GET", path)).text).toContain("No more mail</h1>");
  const { items } = (await api("GET", "/api/audit")).body;
  expect(
    items.map((entry: { act: string; by: { user: string } }) => [entry.act, entry.by.user]),
  ).toEqual([
    ["contact_changed", "dray"],
    ["contact_added", world.merchant.keys.merchant.user],
  ]);
  await world.raise("address", "2");
  expect(await world.later()).toEqual([]);
  expect(world.deps.lines.join("\n")).not.toContain(path.split("/").at(-1));
});

test("a link with a wrong key, of another contact or of nobody tells nothing and changes nothing", async () => {
  const { world, api } = await start();
  await api("POST", "/api/contacts", { ...ann, frequency: "at_once" });
  await world.raise("address");
  await world.later();
  const [, , owner = "", contact = "", key = ""] = (await linkInMail()).split("/");
  const texts = new Set<string>();
  for (const path of [
    `/unsubscribe/${owner}/${contact}/wrong`,
    `/unsubscribe/${owner}/cnt_other/${key}`,
    `/unsubscribe/mer_other/${contact}/${key}`,
    `/unsubscribe/acc_other/${contact}/${key}`,
    `/unsubscribe/nobody/${contact}/${key}`,
  ])
    for (const method of ["GET", "POST"]) {
      const { status, text } = await page(world, method, path);
      expect(status, path).toBe(404);
      texts.add(text);
    }
  expect([...texts].join("")).not.toContain("ann@");
  const { results } = await env.DB.prepare("SELECT active FROM contacts").all();
  expect(results).toEqual([{ active: 1 }]);
});

test("a plain call without a key reaches no contact", async () => {
  const { world } = await start();
  expect((await call(world.deps, "GET", "/api/contacts?account=true")).status).toBe(401);
});
