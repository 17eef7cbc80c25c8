import type { Scene } from "./witness.ts";

/** What a batch did to a row, by what the row is: five columns of it, before or after. */
export interface Step {
  what:
    | "alert"
    | "listed"
    | "unlisted"
    | "told"
    | "untold"
    | "mail"
    | "contact"
    | "silent"
    | "telling";
  /** The merchant's or the owner's id. */
  of: string;
  id: string;
  /** Of `alert` and `mail` the state before, null of a new one; of `silent` and `telling` when it was due. */
  before: string | number | null;
  /** Of `alert` and `mail` the state now; the order that is listed; of `told` the contact. */
  now: string | number | null;
  /** Of `alert` whether it says what it said before; of `told` when it became worth telling; of `mail` the contact. */
  more: string | number | null;
}

interface Followed {
  what: Step["what"];
  table: string;
  act: "INSERT" | "UPDATE" | "DELETE";
  values: string;
  when?: string;
}

const followed: readonly Followed[] = [
  {
    what: "alert",
    table: "alerts",
    act: "INSERT",
    values: "new.merchant_id, new.id, NULL, new.state, 0",
  },
  {
    what: "alert",
    table: "alerts",
    act: "UPDATE",
    values: `new.merchant_id, new.id, old.state, new.state, new.message IS old.message
      AND new.details->>'problem' IS old.details->>'problem'`,
  },
  {
    what: "listed",
    table: "alert_orders",
    act: "INSERT",
    values: "new.merchant_id, new.alert_id, NULL, new.order_id, NULL",
  },
  {
    what: "unlisted",
    table: "alert_orders",
    act: "DELETE",
    values: "old.merchant_id, old.alert_id, NULL, old.order_id, NULL",
  },
  {
    what: "told",
    table: "told",
    act: "INSERT",
    values: "new.merchant_id, new.alert_id, NULL, new.contact_id, new.ripe_at",
  },
  {
    what: "told",
    table: "told",
    act: "UPDATE",
    values: "new.merchant_id, new.alert_id, old.ripe_at, new.contact_id, new.ripe_at",
  },
  {
    what: "untold",
    table: "told",
    act: "DELETE",
    values: "old.merchant_id, old.alert_id, NULL, old.contact_id, old.ripe_at",
  },
  {
    what: "mail",
    table: "mails",
    act: "INSERT",
    values: "new.owner_id, new.id, NULL, new.state, new.contact_id",
  },
  {
    what: "mail",
    table: "mails",
    act: "UPDATE",
    values: "new.owner_id, new.id, old.state, new.state, new.contact_id",
  },
  {
    what: "contact",
    table: "contacts",
    act: "INSERT",
    values: "new.owner_id, new.id, NULL, new.active, new.frequency",
  },
  {
    what: "contact",
    table: "contacts",
    act: "UPDATE",
    values: "new.owner_id, new.id, old.active, new.active, new.frequency",
  },
  ...(["UPDATE", "DELETE"] as const).map((act): Followed => ({
    what: "telling",
    table: "tellings",
    act,
    values: "old.merchant_id, old.contact_id, old.due_at, NULL, NULL",
  })),
  {
    what: "silent",
    table: "connections",
    act: "UPDATE",
    values: "new.merchant_id, new.id, old.probe_at, new.probe_at, NULL",
    when: "new.probe_at IS NOT old.probe_at",
  },
];

/** Has a database note its steps, for `takeSteps`. */
export const FOLLOW_STEPS = `CREATE TEMP TABLE steps (what TEXT, "of" TEXT, id TEXT, before, now, more);
${followed
  .map(
    ({ what, table, act, values, when }, at) =>
      `CREATE TEMP TRIGGER step_${at} AFTER ${act} ON main.${table} ${when ? `WHEN ${when}` : ""} BEGIN
        INSERT INTO steps VALUES ('${what}', ${values}); END;`,
  )
  .join("\n")}`;

/** What was done since this was asked last, in its order. */
export function takeSteps({ rows, sqlite }: Scene): Step[] {
  const steps = rows(`SELECT what, "of", id, before, now, more FROM temp.steps ORDER BY rowid`);
  if (steps.length > 0) sqlite.exec("DELETE FROM temp.steps");
  return steps as unknown as Step[];
}
