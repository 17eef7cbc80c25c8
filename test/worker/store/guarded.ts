import { env } from "cloudflare:workers";
import { claimDispatch } from "../../../src/store/dispatches.ts";
import { commit, type Committed } from "../../../src/store/statement.ts";
import { dsp, putBack, type Ground } from "./ground.ts";

export const NOW = 2_000;
const db = env.DB;

/** A merchant to try guards on, with what a test needs to look at its rows. */
export interface Guarded extends Ground {
  /** Runs statements whose ?1 is the merchant. */
  run(...texts: string[]): Promise<unknown>;
  all(table: string): Promise<unknown[]>;
  one(table: string, where: string): Promise<Record<string, unknown>>;
  /** Claims the dispatch 1. */
  claim(fence: number): Promise<Committed[]>;
}

let minted = 0;

/** A merchant of its own with the orders 1 and 2, unsent and on the dispatch 1, which nobody claimed. */
export async function guarded(file: string): Promise<Guarded> {
  minted += 1;
  const name = `${file}${minted}`;
  const m = `mer_${name}` as const;
  const select = (table: string, where = "1") =>
    db.prepare(`SELECT * FROM ${table} WHERE merchant_id = ?1 AND ${where}`).bind(m);
  const ground: Guarded = {
    m,
    account: `acc_${name}`,
    user: `merchant_${name}`,
    cart: "con_cart",
    wms: "con_wms",
    run: (...texts) => db.batch(texts.map((text) => db.prepare(text).bind(m))),
    all: async (table) => (await select(table).all()).results,
    one: async (table, where) => (await select(table, where).first()) ?? {},
    claim: (fence) => commit(db, [claimDispatch(m, dsp(1), fence, NOW + 60_000, NOW + 60_000)]),
  };
  await putBack(ground);
  await ground.run(
    "UPDATE orders SET status = 'new' WHERE merchant_id = ?1",
    "UPDATE deliveries SET state = 'queued', dispatch_id = 'dsp_1', wms_order_id = NULL WHERE merchant_id = ?1",
    "UPDATE shipments SET state = 'queued', dispatch_id = 'dsp_1' WHERE merchant_id = ?1",
    "UPDATE dispatches SET fence = 0 WHERE merchant_id = ?1",
  );
  return ground;
}

/** The ids that a statement gave back. */
export const ids = (committed: readonly Committed[]) =>
  (committed[0]?.rows ?? []).map((row) => (row as { id: string }).id);
