import { changeContact } from "../../src/sync/change-contact.ts";
import { replayDeadLetter, dropDeadLetter } from "../../src/sync/settle-dead-letter.ts";
import { demoShipMethods } from "../../sandbox/demo.ts";
import { call } from "./people.ts";
import type { Random } from "./random.ts";
import { OPERATOR } from "./settle-in.ts";
import type { Merchant, World } from "./world.ts";

const HOUR = 60 * 60_000;

/** An alert as people see it, as far as they mend by it. */
interface Seen {
  id: string;
  kind: string;
  details: Record<string, string | number>;
  fix: { api: { method: string; path: string; body: Record<string, unknown> } };
}

/** Somebody looks at what is wrong from time to time, and does something about some of it. */
export function planMenders(world: World, merchant: Merchant, random: Random, until: number): void {
  const { timeline, start } = world;
  for (let when = 8 * HOUR; when < until; when += random.between(20, 110) * HOUR) {
    const act = () => callMender(world, merchant, random, false);
    timeline.at(start + when + random.below(HOUR), () => void act());
  }
  timeline.at(start + random.between(40, 400) * HOUR, () => {
    const frequency = random.pick(["at_once", "half_hourly", "daily"]);
    const email = `${merchant.vendors.letter}-new@people.example`;
    void call(world, merchant, "POST", "/api/contacts", { email, frequency });
  });
  for (let when = 30 * HOUR; when < until; when += random.between(24, 90) * HOUR)
    timeline.at(start + when, () => void settleDeadLetters(world, random));
}

/** Somebody reads the open alerts and mends one of them, or all. */
export async function callMender(
  world: World,
  merchant: Merchant,
  random: Random,
  all: boolean,
): Promise<void> {
  const answer = await call(world, merchant, "GET", "/api/alerts?limit=100");
  await wakeContacts(world, merchant);
  if (answer?.status !== 200) return;
  const { items } = JSON.parse(answer.text) as { items: Seen[] };
  const some = all ? items : random.shuffled(items).slice(0, random.pick([1, 1, 2, 4]));
  for (const alert of some) {
    const dismissed = !all && random.chance(0.2);
    const [method, path, body] = dismissed
      ? (["POST", `/api/alerts/${alert.id}/dismiss`, { note: "We know" }] as const)
      : callFor(alert, random);
    await call(world, merchant, method, path, body);
  }
}

type Call = readonly [method: string, path: string, body?: unknown];

/** The alert's own fix, filled in. */
function callFor({ kind, details, fix: { api } }: Seen, random: Random): Call {
  const filled = structuredClone(api.body);
  switch (kind) {
    case "ship_method": {
      const [item] = filled["items"] as Record<string, unknown>[];
      if (item) item["wms_method"] = random.pick(demoShipMethods).code;
      break;
    }
    case "code":
      if (random.chance(0.5))
        return [
          "PUT",
          "/api/products",
          { items: [{ sku: details["code"], name: "New", aliases: {} }] },
        ];
      Object.assign(filled, { name: "Alias", sku: "DEMO-MUG" });
      break;
    case "duplicate_code":
      Object.assign(filled, { sku: "DEMO-MUG" });
      break;
    case "line_code":
      for (const line of Object.values(filled["lines"] as Record<string, Record<string, unknown>>))
        line["sku"] = "DEMO-MUG";
      break;
    case "address": {
      const to = filled["ship_to"] as Record<string, unknown>;
      for (const field of Object.keys(to))
        to[field] = field === "address_1" ? `${random.below(99)} New Street` : "Austin";
      break;
    }
    case "no_contact":
      return ["GET", "/api/contacts"];
    default:
      break;
  }
  return [api.method, api.path, filled];
}

/** Who was switched off because mail bounced is switched on again. */
async function wakeContacts(world: World, merchant: Merchant): Promise<void> {
  const { sqlite } = world.hub.d1;
  const off = sqlite
    .prepare("SELECT owner_id, id, email FROM contacts WHERE active = 0 ORDER BY id")
    .all();
  for (const { owner_id, id, email } of off) {
    world.mail.suppressed.delete(String(email));
    if (owner_id === merchant.id)
      await call(world, merchant, "PATCH", `/api/contacts/${String(id)}`, { active: true });
    else if (owner_id === world.account.id) await wakeOfAccount(world, String(id), 1);
  }
}

/** Whoever gets no answer asks again, as that finishes what broke off. */
async function wakeOfAccount(world: World, id: string, tries: number): Promise<void> {
  const owner = { kind: "account", id: world.account.id } as const;
  const ended = await world.hub.run("api writing", ({ deps }) =>
    changeContact(deps, owner, id, { active: true }, OPERATOR),
  );
  if (ended.kind !== "done" && tries < 6)
    world.timeline.in(HOUR / 6, () => void wakeOfAccount(world, id, tries + 1));
}

/** Whoever runs Dray has dead letters go again, or drops them. */
export async function settleDeadLetters(world: World, random: Random): Promise<void> {
  const { sqlite } = world.hub.d1;
  const dead = sqlite.prepare("SELECT id FROM dead_letters WHERE state = 'dead' ORDER BY id").all();
  for (const { id } of dead) {
    const settle = random.chance(0.7) ? replayDeadLetter : dropDeadLetter;
    await world.hub.run("api writing", ({ deps }) =>
      settle(deps, world.account.id, String(id), OPERATOR),
    );
  }
}
