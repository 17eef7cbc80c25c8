import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { createMerchant } from "../../../src/accounts/merchants.ts";
import { INSTALLATION } from "../../../src/domain/alerts.ts";
import { listAlertRows } from "../../../src/store/alerts.ts";
import { changeContact } from "../../../src/sync/change-contact.ts";
import { removeContact } from "../../../src/sync/remove-contact.ts";
import { sweep } from "../../../src/sync/sweep.ts";
import { drain } from "../world.ts";
import { mailWorld, mailRows } from "./mail-world.ts";

const by = { user: "warehouse_test", name: "Test" } as const;

test("what is urgent reaches a contact at the next tick, whatever its frequency", async () => {
  const world = await mailWorld();
  await world.contact({ frequency: "daily" });
  await world.raise("address", "1001");
  const [mail, ...others] = await world.later();
  expect(others).toEqual([]);
  expect(mail).toMatchObject({
    to: "ann@example.com",
    subject: "Test merchant: Order 1001: its address cannot be sent to",
  });
  expect(mail?.text).toContain('"No to 1001"');
  expect(mail?.text).toContain("https://dray.test/orders/1001");
  expect(await world.later(24 * 60)).toEqual([]);
});

test("what goes wrong together is told in one mail", async () => {
  const world = await mailWorld();
  await world.contact({ frequency: "daily" });
  for (let order = 1; order <= 30; order += 1) await world.raise("address", `${1000 + order}`);
  const sent = await world.later();
  expect(sent.map(({ subject }) => subject)).toEqual(["Test merchant: 30 new alerts"]);
  expect(sent[0]?.text).toContain("and 20 more");
});

test("a hint tells at once, without a sweep", async () => {
  const world = await mailWorld();
  await world.contact({ frequency: "daily" });
  await world.raise("address");
  await world.deps.queues.notices.send({
    kind: "alerts",
    merchant_id: world.merchant.merchantId,
  });
  expect(await drain(world.deps, world.deps)).toEqual(["acked"]);
  expect(world.deps.post.taken).toHaveLength(1);
});

test("a hint about a merchant that is gone is done with", async () => {
  const world = await mailWorld();
  await world.deps.queues.notices.send({ kind: "alerts", merchant_id: "mer_gone" });
  expect(await drain(world.deps, world.deps)).toEqual(["acked"]);
});

test("the sweep tells and sends", async () => {
  const world = await mailWorld();
  await world.contact();
  await world.raise("address");
  expect(await sweep(world.deps)).toMatchObject({ alerts: 1, mails: 1 });
});

test("what is tried again by itself is told only once it failed twice", async () => {
  const world = await mailWorld();
  await world.contact();
  await world.raise("unavailable", "Shop");
  expect(await world.later()).toEqual([]);
  await world.raise("unavailable", "Shop");
  expect((await world.later()).map(({ subject }) => subject)).toEqual([
    "Test merchant: Shop is not available",
  ]);
});

test("what mended itself before it was told is never told", async () => {
  const world = await mailWorld();
  await world.contact({ frequency: "hourly" });
  await world.raise("unavailable", "Shop");
  await world.raise("unavailable", "Shop");
  expect(await world.later()).toEqual([]);
  await world.close("unavailable", "Shop");
  expect(await world.later(120)).toEqual([]);
  expect(await mailRows()).toEqual([]);
});

test.each([
  ["half_hourly", 25, 5],
  ["hourly", 55, 5],
  ["daily", 13 * 60 + 55, 5],
] as const)(
  "what is not urgent waits for the end of a contact's window: %s",
  async (frequency, before, after) => {
    const world = await mailWorld();
    await world.contact({ frequency });
    await world.raise("too_late_to_cancel");
    expect(await world.later(before)).toEqual([]);
    await world.raise("possible_duplicate");
    const sent = await world.later(after);
    expect(sent.map(({ subject }) => subject)).toEqual(["Test merchant: 2 new alerts"]);
  },
);

test("a digest says what is new, what resolved itself and how much is open still, and repeats nothing", async () => {
  const world = await mailWorld();
  await world.contact({ frequency: "hourly" });
  for (const about of ["1", "2", "3"]) await world.raise("possible_duplicate", about);
  expect((await world.later(60))[0]?.subject).toBe("Test merchant: 3 new alerts");
  expect(await world.later(60)).toEqual([]);
  await world.close("possible_duplicate", "1");
  await world.raise("possible_duplicate", "4");
  const [second] = await world.later(60);
  expect(second?.subject).toBe("Test merchant: 1 new alert, 1 resolved, 2 still open");
  expect(second?.text).toContain("- Order 1 may be the same as another cart's");
  expect(second?.text).not.toContain("Order 2");
  expect(await world.later(24 * 60)).toEqual([]);
});

test("what was told at once is in no digest until it is over", async () => {
  const world = await mailWorld();
  await world.contact({ frequency: "hourly" });
  await world.raise("address", "1");
  await world.raise("possible_duplicate", "2");
  expect((await world.later()).map(({ subject }) => subject)).toEqual([
    "Test merchant: Order 1: its address cannot be sent to",
  ]);
  const [digest] = await world.later(60);
  expect(digest?.subject).toBe("Test merchant: 1 new alert, 1 still open");
  await world.close("address", "1");
  expect((await world.later(60))[0]?.subject).toBe("Test merchant: 1 resolved, 1 still open");
});

test("what is open again is told again", async () => {
  const world = await mailWorld();
  await world.contact();
  await world.raise("address", "1");
  expect(await world.later()).toHaveLength(1);
  await world.close("address", "1");
  expect((await world.later())[0]?.subject).toBe("Test merchant: 1 resolved");
  await world.raise("address", "1");
  expect((await world.later())[0]?.subject).toContain("Order 1: its address");
});

test("what opened again before its end was told is told as open again", async () => {
  const world = await mailWorld();
  await world.contact({ frequency: "hourly" });
  await world.raise("address", "1");
  expect(await world.later()).toHaveLength(1);
  await world.close("address", "1");
  world.deps.clock.pass(1_000);
  await world.raise("address", "1");
  const [mail] = await world.later();
  expect(mail?.text).toContain("Order 1: its address cannot be sent to (again)");
  expect(await world.later(60)).toEqual([]);
});

test("what a person dismissed is mentioned no more", async () => {
  const world = await mailWorld();
  await world.contact();
  await world.raise("possible_duplicate", "1");
  await world.later();
  await env.DB.prepare("UPDATE alerts SET state = 'dismissed', tell_at = NULL").run();
  await world.raise("possible_duplicate", "2");
  const [mail] = await world.later();
  expect(mail?.subject).toBe("Test merchant: Order 2 may be the same as another cart's");
  expect(mail?.text).not.toContain("Order 1");
  const left = await env.DB.prepare("SELECT * FROM told").all();
  expect(left.results).toHaveLength(1);
});

test("400 merchants of one account's contact make one mail", async () => {
  const world = await mailWorld();
  await world.contact({ of: world.account });
  const { accountId } = world.merchant;
  for (let count = 0; count < 400; count += 1) {
    const { merchant } = await createMerchant(world.deps, accountId, `Merchant ${count}`);
    await world.raise("address", "1001", merchant.id);
  }
  const sent = await world.later();
  expect(sent.map(({ subject }) => subject)).toEqual(["400 merchants: 400 new alerts"]);
  expect(sent[0]?.text).toContain("Merchant 399");
  expect(sent[0]?.html.length).toBeLessThan(200_000);
  expect(await world.later(24 * 60)).toEqual([]);
}, 60_000);

test("an account's contact and the merchant's own are both told, each in its own way", async () => {
  const world = await mailWorld();
  await world.contact({ of: world.account, email: "boss@example.com", frequency: "hourly" });
  await world.contact({ email: "ann@example.com" });
  await world.raise("possible_duplicate");
  expect((await world.later()).map(({ to }) => to)).toEqual(["ann@example.com"]);
  const [digest] = await world.later(60);
  expect(digest?.to).toBe("boss@example.com");
  expect(digest?.text).toContain(`merchant=${world.merchant.merchantId}`);
});

test("nobody hears of another account's merchants", async () => {
  const world = await mailWorld();
  await world.contact({ of: { kind: "account", id: "acc_other" }, email: "other@example.com" });
  await world.contact();
  await world.raise("address");
  expect((await world.later()).map(({ to }) => to)).toEqual(["ann@example.com"]);
});

test("a contact hears of a kind at once, by its frequency, or not at all, as it says", async () => {
  const world = await mailWorld();
  await world.contact({
    frequency: "hourly",
    kinds: { possible_duplicate: "at_once", test_order: "off" },
  });
  for (const kind of ["possible_duplicate", "test_order", "too_late_to_cancel"] as const)
    await world.raise(kind);
  expect((await world.later())[0]?.subject).toContain("may be the same");
  const [digest] = await world.later(60);
  expect(digest?.text).toContain("called off too late");
  expect(digest?.text).not.toContain("test order");
});

test("what is wrong with Dray itself is told to the contacts of accounts only", async () => {
  const world = await mailWorld();
  await world.contact();
  await world.contact({ of: world.account, email: "boss@example.com" });
  await world.raise("dead_letter", "dlt_1", INSTALLATION);
  const sent = await world.later();
  expect(sent.map(({ to, subject }) => [to, subject.split(":")[0]])).toEqual([
    ["boss@example.com", "This Dray"],
  ]);
});

test("a new contact of the account hears of what is wrong with Dray itself, too", async () => {
  const world = await mailWorld();
  await world.raise("dead_letter", "dlt_1", INSTALLATION);
  expect(await world.later()).toEqual([]);
  await world.contact({ of: world.account, email: "boss@example.com" });
  const sent = await world.later();
  expect(sent.map(({ to, subject }) => [to, subject.split(":")[0]])).toEqual([
    ["boss@example.com", "This Dray"],
  ]);
});

const openKinds = async (merchantId: Parameters<typeof listAlertRows>[1]) =>
  (await listAlertRows(env.DB, merchantId, true, null)).map(({ kind }) => kind).toSorted();

test("a merchant that nobody hears of is an alert, and a contact ends it and hears of what is open", async () => {
  const world = await mailWorld();
  const { merchantId } = world.merchant;
  await world.raise("address", "1001");
  expect(await world.later()).toEqual([]);
  expect(await openKinds(merchantId)).toEqual(["address", "no_contact"]);
  expect(await world.later(60)).toEqual([]);
  await world.contact({ frequency: "hourly" });
  expect(await openKinds(merchantId)).toEqual(["address"]);
  const [mail] = await world.later(60);
  expect(mail?.text).toContain("Order 1001");
  expect(mail?.text).not.toContain("Nobody");
});

test("an account's contact ends it for all of the account's merchants", async () => {
  const world = await mailWorld();
  const { accountId, merchantId } = world.merchant;
  const { merchant: second } = await createMerchant(world.deps, accountId, "Second");
  await world.raise("address", "1001");
  await world.raise("address", "2001", second.id);
  await world.later();
  await world.contact({ of: world.account });
  expect([await openKinds(merchantId), await openKinds(second.id)]).toEqual([
    ["address"],
    ["address"],
  ]);
  expect((await world.later()).map(({ subject }) => subject)).toEqual([
    "2 merchants: 2 new alerts",
  ]);
});

test("a contact that is off, or whose frequency is, hears nothing and counts as nobody", async () => {
  const world = await mailWorld();
  const ann = await world.contact();
  await world.contact({ email: "bob@example.com", frequency: "off" });
  await changeContact(world.deps, world.own, ann.id, { active: false }, by);
  await world.raise("address");
  expect(await world.later()).toEqual([]);
  expect(await openKinds(world.merchant.merchantId)).toContain("no_contact");
  await changeContact(world.deps, world.own, ann.id, { active: true }, by);
  expect(await openKinds(world.merchant.merchantId)).toEqual(["address"]);
  expect((await world.later()).map(({ to }) => to)).toEqual(["ann@example.com"]);
});

test("a contact that was switched off meanwhile gets nothing that is still in the outbox", async () => {
  const world = await mailWorld();
  const ann = await world.contact();
  await world.raise("address");
  world.deps.post.refuses = () => "E_INTERNAL_SERVER_ERROR";
  await world.later();
  await changeContact(world.deps, world.own, ann.id, { active: false }, by);
  world.deps.post.refuses = () => undefined;
  expect(await world.later(10)).toEqual([]);
  expect(await mailRows()).toMatchObject([{ state: "failed", next_at: null }]);
});

test("who changes to hear of more, or sooner, hears of what is open and was not told", async () => {
  const world = await mailWorld();
  const ann = await world.contact({ frequency: "daily", kinds: { test_order: "off" } });
  await world.raise("test_order", "1");
  await world.raise("possible_duplicate", "2");
  expect(await world.later()).toEqual([]);
  await changeContact(world.deps, world.own, ann.id, { frequency: "at_once", kinds: {} }, by);
  const sent = await world.later();
  expect(sent.map(({ subject }) => subject)).toEqual(["Test merchant: 2 new alerts"]);
  expect(await world.later(24 * 60)).toEqual([]);
});

test("what was told of by a contact that is gone is forgotten when it is over", async () => {
  const world = await mailWorld();
  const ann = await world.contact();
  await world.raise("address");
  await world.later();
  await removeContact(world.deps, world.own, ann.id, by);
  await world.close("address");
  await world.later();
  const { results } = await env.DB.prepare("SELECT * FROM told").all();
  expect(results).toEqual([]);
});
