import { expect, test } from "vitest";
import type { Contact } from "../../../src/domain/contacts.ts";
import { planTellings, type AlertToTell } from "../../../src/domain/telling-plan.ts";

const NOON = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;

const contact = (more: Partial<Contact> = {}): Contact => ({
  owner_id: "mer_1",
  id: "cnt_1",
  email: "ann@example.com",
  name: null,
  frequency: "hourly",
  kinds: {},
  active: true,
  off_reason: null,
  off_key: "key",
  created_at: 1,
  ...more,
});
const alert = (more: Partial<AlertToTell> = {}): AlertToTell => ({
  merchant_id: "mer_1",
  id: "alr_1",
  kind: "refused",
  state: "open",
  tell_at: NOON + 10 * MINUTE,
  ...more,
});
const listeners = (...contacts: Contact[]) => new Map([["mer_1" as const, contacts]]);

test("the window of what is new is the one in which it became worth telling, however late it is noted", () => {
  const plan = planTellings([alert()], listeners(contact()), []);
  expect(plan.tellings).toMatchObject([{ what: "digest", due_at: NOON + 60 * MINUTE }]);
});

test("several alerts of a merchant are one telling, due with the first of them", () => {
  const alerts = [
    alert({ id: "alr_1", tell_at: NOON + 70 * MINUTE }),
    alert({ id: "alr_2", tell_at: NOON + 10 * MINUTE }),
  ];
  const { tellings } = planTellings(alerts, listeners(contact()), []);
  expect(tellings).toMatchObject([{ due_at: NOON + 60 * MINUTE }]);
});

test("an urgent alert and another are two tellings, unless the contact hears of everything at once", () => {
  const alerts = [alert({ id: "alr_1" }), alert({ id: "alr_2", kind: "address" })];
  const scopes = (frequency: Contact["frequency"]) =>
    planTellings(alerts, listeners(contact({ frequency })), []).tellings.map(({ what }) => what);
  expect(scopes("hourly").toSorted()).toEqual(["at_once", "digest"]);
  expect(scopes("at_once")).toEqual(["digest"]);
  expect(scopes("off")).toEqual([]);
});

test("what is over is told to those who were told of it and to nobody else", () => {
  const told = ["cnt_1", "cnt_gone"].map((id) => ({
    merchant_id: "mer_1" as const,
    alert_id: "alr_1" as const,
    contact_id: id as Contact["id"],
  }));
  const contacts = listeners(contact(), contact({ id: "cnt_2" }));
  const plan = planTellings([alert({ state: "resolved" })], contacts, told);
  expect(plan.tellings.map(({ contact_id }) => contact_id)).toEqual(["cnt_1"]);
  expect(plan.gone.map(({ contact_id }) => contact_id)).toEqual(["cnt_gone"]);
});

test("of the alert that nobody is told nobody is told", () => {
  const itself = [alert({ kind: "no_contact" })];
  expect(planTellings(itself, listeners(contact()), []).tellings).toEqual([]);
});
