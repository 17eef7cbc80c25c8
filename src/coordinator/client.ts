import type { MerchantId } from "../domain/ids.ts";
import type { Busy, Finish, Floor, Grant, LastUse } from "./ledger.ts";
import type { MerchantSync } from "./object.ts";

export type { LastUse };

/** A merchant's coordinator, as the verbs see it. `now` comes from the caller's clock. */
export interface Coordinator {
  grant(scope: string, floor: Floor, termMs: number, now: number): Promise<Grant | Busy>;
  extend(scope: string, fence: number, termMs: number, now: number): Promise<boolean>;
  finish(scope: string, fence: number, finish: Finish, now: number): Promise<boolean>;
  forget(scope: string, fence: number): Promise<void>;
  lastUses(prefix: string): Promise<LastUse[]>;
}

/**
 * The coordinator of each merchant. A stub that threw may be broken for good, so each call takes a
 * new one; nothing is tried again here, because the sweep does that.
 */
export function coordinators(
  namespace: DurableObjectNamespace<MerchantSync>,
): (merchantId: MerchantId) => Coordinator {
  return (merchantId) => {
    const stub = () => namespace.get(namespace.idFromName(merchantId));
    return {
      grant: async (...args) => stub().grant(...args),
      extend: async (...args) => stub().extend(...args),
      finish: async (...args) => stub().finish(...args),
      forget: async (...args) => stub().forget(...args),
      lastUses: async (...args) => stub().lastUses(...args),
    };
  };
}
