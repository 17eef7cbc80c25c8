import type { Contact } from "../domain/contacts.ts";
import type { Deps } from "./deps.ts";

/** The page that switches a contact off, for whoever has its link. */
export const offUrl = (
  { publicUrl }: Pick<Deps, "publicUrl">,
  { owner_id, id, off_key }: Pick<Contact, "owner_id" | "id" | "off_key">,
): string => `${publicUrl}/unsubscribe/${owner_id}/${id}/${off_key}`;
