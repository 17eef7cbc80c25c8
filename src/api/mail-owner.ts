import { DrayError } from "../domain/errors.ts";
import type { OwnerRef } from "../sync/contact-owner.ts";
import { callerOf, merchantOf, type ApiContext } from "./context.ts";

/** Whose contacts and mails a request is about: a merchant's, or with `?account=true` the account's, for its own keys. */
export async function mailOwnerOf(c: ApiContext): Promise<OwnerRef> {
  if (c.req.query("account") !== "true") return { kind: "merchant", id: await merchantOf(c) };
  const { level, account_id } = callerOf(c);
  if (level === "warehouse") return { kind: "account", id: account_id };
  throw new DrayError("forbidden", "This takes a key of the level warehouse");
}
