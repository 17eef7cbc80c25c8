import type { ContactOwner } from "../domain/contacts.ts";
import type { AccountId, MerchantId } from "../domain/ids.ts";
import type { Deps } from "./deps.ts";

/** Whose contacts and mails somebody deals with. */
export type OwnerRef = { kind: "merchant"; id: MerchantId } | { kind: "account"; id: AccountId };

/** What kind of owner an id is of. */
export const ownerRef = (id: ContactOwner): OwnerRef =>
  id.startsWith("mer_")
    ? { kind: "merchant", id: id as MerchantId }
    : { kind: "account", id: id as AccountId };

/** The D1 with an owner's contacts. Throws `not_found` for a merchant that does not exist. */
export const ownerDatabase = async (deps: Deps, { kind, id }: OwnerRef): Promise<D1Database> =>
  kind === "merchant" ? deps.databases.of(id) : deps.databases.directory;

/** The D1s with an owner's mails: they are where the alerts are that they tell. */
export const mailDatabases = async (deps: Deps, owner: OwnerRef): Promise<readonly D1Database[]> =>
  owner.kind === "merchant" ? [await deps.databases.of(owner.id)] : deps.databases.shards;
