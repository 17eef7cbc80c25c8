import { Hono } from "hono";
import { z } from "zod";
import { setUp } from "../accounts/set-up.ts";
import { DrayError } from "../domain/errors.ts";
import { sameText } from "../platform/hmac.ts";
import { bodyOf, type ApiEnv } from "./context.ts";

export const nameShape = z.string().trim().min(1).max(100);

const setUpShape = z.strictObject({ account: z.strictObject({ name: nameShape }) });

export const setUpRoutes = new Hono<ApiEnv>();

/** Makes the account and its first key, once, for who knows SETUP_TOKEN. */
setUpRoutes.post("/", async (c) => {
  const { deps, setupToken } = c.env;
  if (setupToken === null) throw new DrayError("not_found", "There is nothing here");
  const token = /^bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  if (!sameText(token.trim(), setupToken)) {
    throw new DrayError("unauthorized", "Send the SETUP_TOKEN as Authorization: Bearer");
  }
  const { account } = await bodyOf(c, setUpShape);
  const made = await setUp(deps, account.name);
  return c.json({ account: { id: made.account.id, name: made.account.name }, key: made.key }, 201);
});
