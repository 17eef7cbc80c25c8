import type { Actor } from "../domain/actor.ts";
import type { MerchantId } from "../domain/ids.ts";
import { listAudit } from "../store/audit.ts";
import type { Deps } from "./deps.ts";
import { iso } from "./list-orders.ts";

/** One change that a person or an API key made. */
export interface ShownChange {
  id: string;
  at: string;
  by: Actor;
  act: string;
  /** The id of what was changed. */
  subject: string;
  /** What differs, and nothing else. */
  before: unknown;
  after: unknown;
}

/** Who changed what, newest first; `next` is the `before` of the following page. */
export async function listChanges(
  deps: Deps,
  merchantId: MerchantId,
  page: { subject?: string | undefined; before?: string | undefined; limit: number },
): Promise<{ items: ShownChange[]; next: string | null }> {
  const { subject = null, before = null, limit } = page;
  const db = await deps.databases.of(merchantId);
  const entries = await listAudit(db, merchantId, { subject, before, limit });
  const items = entries.map(({ id, at, by, act, subject: of, before: was, after }) => ({
    id,
    at: iso(at),
    by,
    act,
    subject: of,
    before: was,
    after,
  }));
  return { items, next: items.length === limit ? (items.at(-1)?.id ?? null) : null };
}
