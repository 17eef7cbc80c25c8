import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { createMerchant } from "../../../src/accounts/merchants.ts";
import { runScheduled } from "../../../src/jobs/scheduled.ts";
import { dismissAlert, listAlertRows } from "../../../src/store/alerts.ts";
import { commit } from "../../../src/store/statement.ts";
import { changeContact } from "../../../src/sync/change-contact.ts";
import type { OwnerRef } from "../../../src/sync/contact-owner.ts";
import { removeContact } from "../../../src/sync/remove-contact.ts";
import { unsubscribe } from "../../../src/sync/unsubscribe.ts";
import { mailWorld, type MailWorld } from "./mail-world.ts";

const by = { user: "warehouse_test", name: "Test" } as const;

const openKinds = async (merchantId: Parameters<typeof listAlertRows>[1]) =>
  (await listAlertRows(env.DB, merchantId, true, null)).map(({ kind }) => kind).toSorted();

const noContactOf = async (merchantId: Parameters<typeof listAlertRows>[1]) =>
  (await openKinds(merchantId)).includes("no_contact");

test("a merchant that is made is an alert at once, unless its account has a contact", async () => {
  const world = await mailWorld();
  const { accountId } = world.merchant;
  const made = async (name: string) =>
    (await createMerchant(world.deps, accountId, name)).merchant.id;
  const first = await made("First");
  expect(await openKinds(first)).toEqual(["no_contact"]);
  const boss = await world.contact({ of: world.account });
  expect(await noContactOf(first)).toBe(false);
  expect(await openKinds(await made("Second"))).toEqual([]);
  await changeContact(world.deps, world.account, boss.id, { frequency: "off" }, by);
  expect(await openKinds(await made("Third"))).toEqual(["no_contact"]);
});

test.each<[how: string, end: (world: MailWorld, of: OwnerRef, id: string) => Promise<unknown>]>([
  ["removed", (world, of, id) => removeContact(world.deps, of, id, by)],
  ["switched off", (world, of, id) => changeContact(world.deps, of, id, { active: false }, by)],
  ["told nothing", (world, of, id) => changeContact(world.deps, of, id, { frequency: "off" }, by)],
  [
    "switched off by the link in a mail",
    async (world, of, contact) => {
      const { results } = await env.DB.prepare("SELECT off_key FROM contacts WHERE id = ?")
        .bind(contact)
        .all();
      await unsubscribe(world.deps, {
        owner: of.id,
        contact,
        key: String(results[0]?.["off_key"]),
      });
    },
  ],
  [
    "switched off as mail to it bounces",
    async (world) => {
      world.deps.post.refuses = () => "E_RECIPIENT_SUPPRESSED";
      await world.raise("address");
      await world.later();
    },
  ],
])("the last contact is %s: that is an alert at once, whoever's it was", async (_, end) => {
  const world = await mailWorld();
  const { merchantId, accountId } = world.merchant;
  const { merchant: second } = await createMerchant(world.deps, accountId, "Second");
  const both = async () => [await noContactOf(merchantId), await noContactOf(second.id)];

  const ann = await world.contact();
  expect(await both()).toEqual([false, true]);
  await end(world, world.own, ann.id);
  expect(await both()).toEqual([true, true]);

  world.deps.post.refuses = () => undefined;
  const boss = await world.contact({ of: world.account, email: "boss@example.com" });
  expect(await both()).toEqual([false, false]);
  await world.contact({ email: "carl@example.com", frequency: "daily" });
  await end(world, world.account, boss.id);
  expect(await both()).toEqual([false, true]);
});

test("that nobody is told is open again when it was dismissed, and somebody was told since", async () => {
  const world = await mailWorld();
  const { merchantId } = world.merchant;
  const ann = await world.contact();
  await removeContact(world.deps, world.own, ann.id, by);
  const [alert] = await listAlertRows(env.DB, merchantId, true, null);
  await commit(env.DB, [dismissAlert(merchantId, alert?.id ?? "", "Ann", null, 1)]);
  await world.raise("address");
  await world.later();
  expect(await noContactOf(merchantId)).toBe(false);
  await world.contact();
  await removeContact(world.deps, world.own, ann.id, by);
  expect(await noContactOf(merchantId)).toBe(true);
});

test("a walk over an account's merchants that broke off is made good once a day", async () => {
  const world = await mailWorld();
  const { merchantId } = world.merchant;
  await env.DB.prepare("DELETE FROM contacts").run();
  await runScheduled({ cron: "20 3 * * *", scheduledTime: world.deps.clock.now() }, world.deps);
  expect(await noContactOf(merchantId)).toBe(true);
  await world.contact({ of: world.account });
  await env.DB.prepare("UPDATE alerts SET state = 'open', tell_at = NULL").run();
  await runScheduled({ cron: "20 3 * * *", scheduledTime: world.deps.clock.now() }, world.deps);
  expect(await noContactOf(merchantId)).toBe(false);
});
