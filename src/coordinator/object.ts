import { DurableObject } from "cloudflare:workers";
import { Ledger, type Busy, type Finish, type Floor, type Grant, type LastUse } from "./ledger.ts";

/** One object per merchant: the shell of its ledger. It calls nobody, so it never waits. */
export class MerchantSync extends DurableObject {
  readonly #ledger: Ledger;

  constructor(state: DurableObjectState, env: Cloudflare.Env) {
    super(state, env);
    this.#ledger = new Ledger(state.storage.sql);
  }

  grant(scope: string, floor: Floor, termMs: number, now: number): Grant | Busy {
    return this.#ledger.grant(scope, floor, termMs, now);
  }

  extend(scope: string, fence: number, termMs: number, now: number): boolean {
    return this.#ledger.extend(scope, fence, termMs, now);
  }

  finish(scope: string, fence: number, finish: Finish, now: number): boolean {
    return this.#ledger.finish(scope, fence, finish, now);
  }

  forget(scope: string, fence: number): void {
    this.#ledger.forget(scope, fence);
  }

  lastUses(prefix: string): LastUse[] {
    return this.#ledger.lastUses(prefix);
  }
}
