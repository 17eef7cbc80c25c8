import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { changeContact } from "../../../src/sync/change-contact.ts";
import { forgetMails } from "../../../src/sync/forget-mails.ts";
import { resendMail } from "../../../src/sync/resend-mail.ts";
import { sendMails } from "../../../src/sync/send-mails.ts";
import { tellAlerts } from "../../../src/sync/tell-alerts.ts";
import { Crash, mortal } from "../crash.ts";
import { drain } from "../world.ts";
import { mailRows, mailWorld, readMime, type MailWorld } from "./mail-world.ts";

const by = { user: "warehouse_test", name: "Test" } as const;
const MINUTE = 60_000;
const DAY = 24 * 60;

/** A merchant with a contact and a mail in the outbox that the service refuses in this way. */
async function refused(code: string | null): Promise<MailWorld> {
  const world = await mailWorld();
  await world.contact();
  await world.raise("address");
  world.deps.post.refuses = () => code;
  expect(await world.later()).toEqual([]);
  return world;
}

const minutesUntilNext = async (world: MailWorld): Promise<number> => {
  const [row] = await mailRows();
  return (Number(row?.["next_at"]) - world.deps.clock.now()) / MINUTE;
};

test.each([
  ["E_RATE_LIMIT_EXCEEDED", 5],
  ["E_DAILY_LIMIT_EXCEEDED", 4 * 60],
  ["E_DELIVERY_FAILED", 5],
  ["E_INTERNAL_SERVER_ERROR", 5],
  ["E_SENDER_NOT_VERIFIED", 5],
  [null, 5],
])(
  "a mail service that fails with %s loses nothing, and the mail goes later",
  async (code, minutes) => {
    const world = await refused(code);
    expect(await mailRows()).toMatchObject([{ state: "waiting" }]);
    expect(await minutesUntilNext(world)).toBe(minutes);
    world.deps.post.refuses = () => undefined;
    expect(await world.later(minutes - 1)).toEqual([]);
    expect(await world.later(1)).toHaveLength(1);
    expect(await world.later(DAY)).toEqual([]);
    expect(await mailRows()).toMatchObject([{ state: "sent", last_error: null, next_at: null }]);
  },
);

test("an address that the mail service suppresses fails, and its contact is switched off with the reason", async () => {
  const world = await refused("E_RECIPIENT_SUPPRESSED");
  expect(await mailRows()).toMatchObject([{ state: "failed", next_at: null }]);
  const contact = await env.DB.prepare("SELECT * FROM contacts").first();
  expect(contact).toMatchObject({ active: 0 });
  expect(contact?.["off_reason"]).toContain("suppression list");
  expect(world.deps.post.tries).toBe(1);
});

test("there is no moment when a suppressed mail has failed and its contact is still on", async () => {
  const world = await mailWorld();
  await world.contact();
  await world.raise("address");
  world.deps.post.refuses = () => "E_RECIPIENT_SUPPRESSED";
  const between: unknown[] = [];
  const look = `SELECT c.active, m.state FROM contacts c LEFT JOIN mails m ON m.contact_id = c.id`;
  const door = new Proxy(env.DB, {
    get: (db, name) => {
      if (name === "prepare") return (text: string) => db.prepare(text);
      if (name !== "batch") return Reflect.get(db, name);
      return async (statements: D1PreparedStatement[]) => {
        const done = await db.batch(statements);
        between.push(await db.prepare(look).first());
        return done;
      };
    },
  });
  const databases = { directory: door, shards: [door], of: async () => door };
  await world.later(5, { ...world.deps, databases });
  expect(between).toContainEqual({ active: 0, state: "failed" });
  expect(between).not.toContainEqual({ active: 1, state: "failed" });
});

const wake = async (world: MailWorld, contactId: string) => {
  world.deps.post.refuses = () => undefined;
  await changeContact(world.deps, world.own, contactId, { active: true }, by);
};

test("what a suppressed address was not told, it is told once it takes mail again", async () => {
  const world = await mailWorld();
  const ann = await world.contact();
  await world.raise("address", "1");
  expect(await world.later()).toHaveLength(1);
  world.deps.post.refuses = () => "E_RECIPIENT_SUPPRESSED";
  await world.raise("address", "2");
  await world.raise("address", "3");
  expect(await world.later()).toEqual([]);
  await world.close("address", "3");
  expect(await world.later(DAY)).toEqual([]);
  await wake(world, ann.id);
  const [mail, ...others] = await world.later();
  expect(others).toEqual([]);
  expect(mail?.text).toContain("Order 2:");
  expect(mail?.text).not.toMatch(/Order [13]/);
  expect(await world.later(DAY)).toEqual([]);
});

test("the very same mail goes again to a contact that was switched off before it left", async () => {
  const world = await refused("E_DELIVERY_FAILED");
  const contact = await env.DB.prepare("SELECT id FROM contacts").first();
  const id = String(contact?.["id"]);
  await changeContact(world.deps, world.own, id, { active: false }, by);
  expect(await world.later(10)).toEqual([]);
  expect(await mailRows()).toMatchObject([{ state: "failed" }]);
  await wake(world, id);
  expect((await world.later()).map(({ subject }) => subject)).toEqual([
    "Test merchant: Order 1: its address cannot be sent to",
  ]);
  expect(await mailRows()).toMatchObject([{ state: "sent", last_error: null }]);
  expect(await world.later(DAY)).toEqual([]);
});

test("who has a failed mail sent again is not told of the same once more", async () => {
  const world = await refused("E_RECIPIENT_SUPPRESSED");
  const [row] = await mailRows();
  await wake(world, String(row?.["contact_id"]));
  await resendMail(world.deps, world.own, String(row?.["id"]));
  await world.raise("address", "2");
  const sent = await world.later();
  expect(sent.map(({ subject }) => subject)).toEqual([
    "Test merchant: Order 1: its address cannot be sent to",
    "Test merchant: Order 2: its address cannot be sent to",
  ]);
});

test.each(["E_CONTENT_TOO_LARGE", "E_VALIDATION_ERROR", "E_HEADER_VALUE_INVALID"])(
  "a mail that no service would take fails at once: %s",
  async (code) => {
    const world = await refused(code);
    expect(await mailRows()).toMatchObject([{ state: "failed", next_at: null }]);
    expect(await world.later(DAY)).toEqual([]);
    expect(world.deps.post.tries).toBe(1);
  },
);

test("a mail is given up after three days", async () => {
  const world = await refused("E_DELIVERY_FAILED");
  for (let minutes = 0; minutes < 2.9 * DAY; minutes += 5) await world.later();
  expect(await mailRows()).toMatchObject([{ state: "waiting" }]);
  for (let minutes = 0; minutes < 0.3 * DAY; minutes += 5) await world.later();
  expect(await mailRows()).toMatchObject([{ state: "failed", next_at: null }]);
  expect(world.deps.post.tries).toBeLessThan(30);
}, 120_000);

test("limits are no failures: a mail waits for them as long as it takes", async () => {
  const world = await refused("E_RATE_LIMIT_EXCEEDED");
  for (let count = 0; count < 40; count += 1) await world.later(30);
  expect(await mailRows()).toMatchObject([{ state: "waiting", tries: 0 }]);
});

test("a service that takes no more is asked for no other mail of that sweep", async () => {
  const world = await mailWorld();
  for (const name of ["ann", "bob", "eve"]) await world.contact({ email: `${name}@example.com` });
  await world.raise("address");
  world.deps.post.refuses = () => "E_RATE_LIMIT_EXCEEDED";
  await world.later();
  expect(world.deps.post.tries).toBe(1);
});

test("without a binding or a sender, mail stays in the outbox, and leaves once there is one", async () => {
  const world = await mailWorld();
  await world.contact();
  await world.raise("address");
  const { mail } = world.deps;
  world.deps.mail = { missing: "The variable MAIL_FROM does not say who sends" };
  expect(await world.later(2 * DAY)).toEqual([]);
  expect(await mailRows()).toMatchObject([{ state: "waiting", tries: 0 }]);
  world.deps.mail = mail;
  expect(await world.later()).toHaveLength(1);
});

test("more mails than one call sends are sent by those that follow it", async () => {
  const world = await mailWorld();
  for (let count = 0; count < 40; count += 1)
    await world.contact({ email: `person${count}@example.com` });
  await world.raise("address");
  expect(await world.later()).toHaveLength(25);
  expect(await drain(world.deps, world.deps)).toEqual(["acked"]);
  expect(world.deps.post.taken).toHaveLength(40);
});

test("pages of one record keep no mail from being sent", async () => {
  const world = await mailWorld();
  world.deps.dispatchSize = 1;
  await world.contact();
  await world.raise("address");
  expect(await world.later()).toHaveLength(1);
});

test("two that send at once send each mail once", async () => {
  const world = await mailWorld();
  for (const name of ["ann", "bob", "eve"]) await world.contact({ email: `${name}@example.com` });
  await world.raise("address");
  await tellAlerts(world.deps, env.DB);
  await Promise.all([1, 2, 3].map(() => sendMails(world.deps, env.DB)));
  await sendMails(world.deps, env.DB);
  expect(world.deps.post.taken.map(({ to }) => to).toSorted()).toEqual([
    "ann@example.com",
    "bob@example.com",
    "eve@example.com",
  ]);
});

test("two that tell at once tell each alert once", async () => {
  const world = await mailWorld();
  await world.contact();
  for (const about of ["1", "2", "3"]) await world.raise("address", about);
  await Promise.all([1, 2, 3].map(() => tellAlerts(world.deps, env.DB)));
  await world.raise("address", "4");
  await Promise.all([1, 2, 3].map(() => tellAlerts(world.deps, env.DB)));
  await world.later();
  const text = world.deps.post.taken.map((envelope) => readMime(envelope).text).join("\n");
  for (const about of ["1", "2", "3", "4"])
    expect(text.split(`Order ${about}: its address`)).toHaveLength(2);
});

/** Tells and sends in a process that dies at boundary `crashAt`; answers the boundaries that it passed. */
async function dying(world: MailWorld, crashAt: number | null): Promise<string[]> {
  const process = mortal(world.deps, crashAt);
  try {
    await world.later(5, process.deps);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  return process.boundaries;
}

test("whoever tells may die at any step: everything is told, and nothing twice but what was sent unnoted", async () => {
  const start = async () => {
    const world = await mailWorld();
    await world.contact();
    await world.contact({ of: world.account, email: "boss@example.com" });
    await world.raise("address", "1");
    await world.raise("possible_duplicate", "2");
    return world;
  };
  const planned = await dying(await start(), null);
  expect(planned.filter((step) => step === "before mail.send")).toHaveLength(2);
  for (const [at, boundary] of planned.entries()) {
    const world = await start();
    await dying(world, at);
    for (const minutes of [5, 20, 20]) await world.later(minutes);
    const where = `${at}: ${boundary}`;
    const sent = world.deps.post.taken.map(readMime);
    // The service took it, and the process died before it noted that.
    const before = planned[at - 1];
    const unnoted =
      boundary === "after mail.send" ||
      (boundary === "before d1.batch" && before === "after mail.send");
    expect(sent.length, where).toBe(unnoted ? 3 : 2);
    expect(new Set(sent.map(({ raw }) => raw)).size, where).toBe(2);
    for (const { text } of sent) expect(text, where).toMatch(/Order 1: .*Order 2 may/s);
    for (const row of await mailRows()) expect(row, where).toMatchObject({ state: "sent" });
  }
}, 120_000);

test("a mail whose end nobody noted twice is sent no third time, and fails", async () => {
  const world = await mailWorld();
  await world.contact();
  await world.raise("address");
  const planned = await dying(world, null);
  const died = planned.indexOf("after mail.send");
  const again = await mailWorld();
  await again.contact();
  await again.raise("address");
  await dying(again, died);
  again.deps.clock.pass(20 * MINUTE);
  // Nothing is told the second time: only the mail is claimed and sent.
  const { deps } = mortal(again.deps, 3);
  await expect(sendMails(deps, deps.databases.directory)).rejects.toThrow(Crash);
  for (const minutes of [20, 20]) await again.later(minutes);
  expect(again.deps.post.taken).toHaveLength(2);
  expect(await mailRows()).toMatchObject([{ state: "failed", next_at: null }]);
});

test("nor a third time when the service refused it in between", async () => {
  const world = await mailWorld();
  await world.contact();
  await world.raise("address");
  const planned = await dying(world, null);
  const again = await mailWorld();
  await again.contact();
  await again.raise("address");
  await dying(again, planned.indexOf("after mail.send"));
  again.deps.post.refuses = () => "E_RATE_LIMIT_EXCEEDED";
  await again.later(20);
  again.deps.post.refuses = () => undefined;
  again.deps.clock.pass(20 * MINUTE);
  const { deps } = mortal(again.deps, 3);
  await expect(sendMails(deps, deps.databases.directory)).rejects.toThrow(Crash);
  for (const minutes of [20, 20]) await again.later(minutes);
  expect(again.deps.post.taken).toHaveLength(2);
  expect(await mailRows()).toMatchObject([{ state: "failed", next_at: null }]);
});

test("mails are forgotten after 30 days, and those of yesterday are not", async () => {
  const world = await mailWorld();
  await world.contact();
  await world.raise("address", "1");
  await world.later();
  world.deps.clock.pass(30 * DAY * MINUTE);
  await world.raise("address", "2");
  await world.later();
  expect(await forgetMails(world.deps)).toEqual({ mails: 1 });
  expect(await mailRows()).toMatchObject([{ state: "sent" }]);
});

test("no log line holds an address", async () => {
  const world = await refused("E_RECIPIENT_SUPPRESSED");
  await world.contact({ email: "bob@example.com" });
  world.deps.post.refuses = () => undefined;
  await world.later();
  expect(world.deps.lines.length).toBeGreaterThan(1);
  expect(world.deps.lines.join("\n")).not.toContain("example.com");
});
