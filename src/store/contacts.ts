import { sql, type SQL } from "drizzle-orm";
import { z } from "zod";
import type { Contact, ContactOwner, Frequency, KindChoices } from "../domain/contacts.ts";
import type { ContactId, MerchantId } from "../domain/ids.ts";
import { flag, id, json } from "./shapes.ts";
import { jsonRows, read, readOne } from "./statement.ts";

/** Per merchant, and per account. */
export const MOST_CONTACTS = 50;

const shape = z.object({
  owner_id: id<ContactOwner>(),
  id: id<ContactId>(),
  email: z.string(),
  name: z.string().nullable(),
  frequency: id<Frequency>(),
  kinds: json<KindChoices>(),
  active: flag,
  off_reason: z.string().nullable(),
  off_key: z.string(),
  created_at: z.int(),
});

const columns = sql`c.owner_id AS owner_id, c.id AS id, c.email AS email, c.name AS name, c.frequency AS frequency,
  c.kinds AS kinds, c.active AS active, c.off_reason AS off_reason, c.off_key AS off_key, c.created_at AS created_at`;

/** Whether a contact, `c`, is told anything. */
export const isTold = sql`c.active = 1 AND c.frequency <> 'off'`;

/** A merchant's or an account's contacts. */
export const listContacts = (db: D1Database, ownerId: ContactOwner): Promise<Contact[]> =>
  read(
    db,
    shape,
    sql`SELECT ${columns} FROM contacts c WHERE c.owner_id = ${ownerId} ORDER BY c.id LIMIT ${MOST_CONTACTS}`,
  );

export const readContact = (
  db: D1Database,
  ownerId: ContactOwner,
  contactId: string,
): Promise<Contact | null> =>
  readOne(
    db,
    shape,
    sql`SELECT ${columns} FROM contacts c WHERE c.owner_id = ${ownerId} AND c.id = ${contactId}`,
  );

const told = shape.extend({ merchant_id: id<MerchantId>() });
/** A contact that is told of a merchant. */
export type ToldContact = z.infer<typeof told>;

/** Who is told of each of these merchants, of its own contacts. */
export const contactsOfMerchants = (
  db: D1Database,
  merchantIds: readonly string[],
): Promise<ToldContact[]> =>
  read(
    db,
    told,
    sql`SELECT ${columns}, c.owner_id AS merchant_id FROM ${jsonRows(merchantIds)} j CROSS JOIN contacts c
        WHERE c.owner_id = j.value AND ${isTold}`,
  );

/** Who is told of each of these merchants, of its account's contacts. */
export const accountContactsOf = (
  directory: D1Database,
  merchantIds: readonly string[],
): Promise<ToldContact[]> =>
  read(
    directory,
    told,
    sql`SELECT ${columns}, m.id AS merchant_id
        FROM ${jsonRows(merchantIds)} j CROSS JOIN merchants m CROSS JOIN contacts c
        WHERE m.id = j.value AND c.owner_id = m.account_id AND ${isTold}`,
  );

/** Those of these merchants of whom a contact of their account is told. */
export const toldByAccount = async (
  directory: D1Database,
  merchantIds: readonly string[],
): Promise<MerchantId[]> => {
  const rows = await read(
    directory,
    z.object({ id: id<MerchantId>() }),
    sql`SELECT m.id AS id FROM ${jsonRows(merchantIds)} j CROSS JOIN merchants m
        WHERE m.id = j.value
          AND EXISTS (SELECT 1 FROM contacts c WHERE c.owner_id = m.account_id AND ${isTold})`,
  );
  return rows.map((row) => row.id);
};

/** Who is told of what is wrong with this Dray itself: the contacts of accounts. */
export const contactsOfAccounts = (directory: D1Database): Promise<Contact[]> =>
  read(
    directory,
    shape,
    sql`SELECT ${columns} FROM accounts a CROSS JOIN contacts c WHERE c.owner_id = a.id AND ${isTold}`,
  );

/** Changes nothing where the owner has this address already, or as many contacts as it may have. */
export const insertContact = (contact: Contact): SQL =>
  sql`INSERT INTO contacts (owner_id, id, email, name, frequency, kinds, active, off_reason, off_key, created_at)
      SELECT ${contact.owner_id}, ${contact.id}, ${contact.email}, ${contact.name}, ${contact.frequency},
        ${JSON.stringify(contact.kinds)}, ${contact.active ? 1 : 0}, ${contact.off_reason}, ${contact.off_key},
        ${contact.created_at}
      WHERE (SELECT count(*) FROM contacts c WHERE c.owner_id = ${contact.owner_id}) < ${MOST_CONTACTS}
      ON CONFLICT (owner_id, id) DO NOTHING`;

/** What a person may change of a contact. */
export type ContactChange = Pick<Contact, "name" | "frequency" | "kinds" | "active" | "off_reason">;

/** A condition that a contact is as it was read, for what is written together with a change of it. */
export const contactIsAs = (contact: Contact): SQL =>
  sql`EXISTS (SELECT 1 FROM contacts c WHERE c.owner_id = ${contact.owner_id} AND c.id = ${contact.id}
      AND c.off_key = ${contact.off_key} AND c.frequency = ${contact.frequency} AND c.name IS ${contact.name}
      AND c.kinds = ${JSON.stringify(contact.kinds)} AND c.active = ${contact.active ? 1 : 0})`;

/** Puts new settings in place of those that the change was decided on; of those that came too late nothing. */
export const updateContact = (before: Contact, to: ContactChange): SQL =>
  sql`UPDATE contacts SET name = ${to.name}, frequency = ${to.frequency}, kinds = ${JSON.stringify(to.kinds)},
        active = ${to.active ? 1 : 0}, off_reason = ${to.off_reason}
      WHERE owner_id = ${before.owner_id} AND id = ${before.id} AND ${contactIsAs(before)}`;

/** Switches a contact off that is on. */
export const switchContactOff = (
  { owner_id, id: contactId }: Pick<Contact, "owner_id" | "id">,
  reason: string,
): SQL =>
  sql`UPDATE contacts SET active = 0, off_reason = ${reason}
      WHERE owner_id = ${owner_id} AND id = ${contactId} AND active = 1`;

export const deleteContact = ({ owner_id, id: contactId }: Pick<Contact, "owner_id" | "id">): SQL =>
  sql`DELETE FROM contacts WHERE owner_id = ${owner_id} AND id = ${contactId}`;
