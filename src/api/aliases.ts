import { Hono } from "hono";
import { z } from "zod";
import { aliasNameShape, codeShape } from "../domain/product.ts";
import { decideDuplicate } from "../sync/decide-duplicate.ts";
import { giveAlias } from "../sync/give-alias.ts";
import { listAliases } from "../sync/list-aliases.ts";
import { listDuplicates } from "../sync/list-duplicates.ts";
import { removeAlias } from "../sync/remove-alias.ts";
import {
  actorOf,
  atLeast,
  authenticated,
  bodyOf,
  merchantOf,
  queryOf,
  type ApiEnv,
} from "./context.ts";

const page = {
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
};
const listShape = z.object({
  ...page,
  sku: codeShape.optional(),
  name: aliasNameShape.optional(),
  code: codeShape.optional(),
});
const aliasShape = z.strictObject({ code: codeShape, name: aliasNameShape, sku: codeShape });
const decisionShape = z.strictObject({ code: codeShape, sku: codeShape });

export const aliasRoutes = new Hono<ApiEnv>();
export const duplicateRoutes = new Hono<ApiEnv>();

aliasRoutes.use(authenticated, atLeast("merchant"));
duplicateRoutes.use(authenticated, atLeast("merchant"));

/** Aliases by code: all of them, those of a product or of a name, or the one with a code. */
aliasRoutes.get("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { after, ...query } = queryOf(c, listShape);
  return c.json(await listAliases(c.env.deps, merchantId, { ...query, after: after ?? null }));
});

/** Gives a product a further code. */
aliasRoutes.post("/", async (c) => {
  const merchantId = await merchantOf(c);
  const alias = await bodyOf(c, aliasShape);
  return c.json(await giveAlias(c.env.deps, merchantId, alias, actorOf(c)));
});

aliasRoutes.delete("/:code", async (c) => {
  await removeAlias(c.env.deps, await merchantOf(c), c.req.param("code"), actorOf(c));
  return c.body(null, 204);
});

/** Codes that several products claim. */
duplicateRoutes.get("/", async (c) => {
  const merchantId = await merchantOf(c);
  const { after, limit } = queryOf(c, z.object(page));
  return c.json(await listDuplicates(c.env.deps, merchantId, { after: after ?? null, limit }));
});

/** Decides whose such a code is. */
duplicateRoutes.post("/", async (c) => {
  const merchantId = await merchantOf(c);
  const decision = await bodyOf(c, decisionShape);
  return c.json(await decideDuplicate(c.env.deps, merchantId, decision, actorOf(c)));
});
