import type { Actor } from "../domain/actor.ts";
import type { Contact } from "../domain/contacts.ts";
import { insertAudit } from "../store/audit.ts";
import type { Statement } from "../store/statement.ts";
import type { OwnerRef } from "./contact-owner.ts";
import type { Deps } from "./deps.ts";

interface Done {
  act: "contact_added" | "contact_changed" | "contact_removed";
  before?: unknown;
  after?: unknown;
}

/** The audit entry of what was done to a merchant's contact, under the condition of the change. An account has no audit. */
export const contactEntry = (
  deps: Pick<Deps, "ids" | "clock">,
  owner: OwnerRef,
  { id }: Pick<Contact, "id">,
  by: Actor,
  { act, before = null, after = null }: Done,
  when: Parameters<typeof insertAudit>[2],
): Statement =>
  owner.kind === "account"
    ? null
    : insertAudit(
        owner.id,
        { id: deps.ids.next("aud"), at: deps.clock.now(), by, act, subject: id, before, after },
        when,
      );
