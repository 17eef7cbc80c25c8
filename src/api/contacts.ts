import { Hono } from "hono";
import { z } from "zod";
import { frequencies, kindChoicesShape } from "../domain/contacts.ts";
import { addContact } from "../sync/add-contact.ts";
import { changeContact } from "../sync/change-contact.ts";
import { contactsOf } from "../sync/list-contacts.ts";
import { removeContact } from "../sync/remove-contact.ts";
import { sendTestMail } from "../sync/send-test-mail.ts";
import { actorOf, atLeast, authenticated, bodyOf, type ApiEnv } from "./context.ts";
import { mailOwnerOf } from "./mail-owner.ts";

const nameShape = z.string().trim().min(1).max(100).nullable();

const newShape = z.strictObject({
  email: z.email().max(254),
  name: nameShape.default(null),
  frequency: z.enum(frequencies).default("hourly"),
  kinds: kindChoicesShape.default({}),
});
const changeShape = z.strictObject({
  name: nameShape.optional(),
  frequency: z.enum(frequencies).optional(),
  kinds: kindChoicesShape.optional(),
  active: z.boolean().optional(),
});

export const contactRoutes = new Hono<ApiEnv>();

contactRoutes.use(authenticated, atLeast("merchant"));

/** Who is told of a merchant, or with `?account=true` of all merchants of the account. */
contactRoutes.get("/", async (c) => c.json(await contactsOf(c.env.deps, await mailOwnerOf(c))));

contactRoutes.post("/", async (c) => {
  const owner = await mailOwnerOf(c);
  const wanted = await bodyOf(c, newShape);
  return c.json({ contact: await addContact(c.env.deps, owner, wanted, actorOf(c)) }, 201);
});

contactRoutes.patch("/:id", async (c) => {
  const owner = await mailOwnerOf(c);
  const wanted = await bodyOf(c, changeShape);
  const contact = await changeContact(c.env.deps, owner, c.req.param("id"), wanted, actorOf(c));
  return c.json({ contact });
});

contactRoutes.delete("/:id", async (c) => {
  await removeContact(c.env.deps, await mailOwnerOf(c), c.req.param("id"), actorOf(c));
  return c.body(null, 204);
});

/** Sends a mail to try out whether mail arrives, and says what became of it. */
contactRoutes.post("/:id/test", async (c) => {
  const owner = await mailOwnerOf(c);
  return c.json({ mail: await sendTestMail(c.env.deps, owner, c.req.param("id")) });
});
