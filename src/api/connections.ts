import { Hono } from "hono";
import { z } from "zod";
import { createKey } from "../accounts/keys.ts";
import type { ConnectionId } from "../domain/ids.ts";
import { changeConnection } from "../sync/change-connection.ts";
import { checkAndPush } from "../sync/check-and-push.ts";
import { createConnection } from "../sync/create-connection.ts";
import { listFailedCalls } from "../sync/list-failed-calls.ts";
import { showConnection, showConnections } from "../sync/describe-connection.ts";
import { pauseConnection } from "../sync/pause-connection.ts";
import { queueRun } from "../sync/queue-run.ts";
import { replaceSecrets } from "../sync/replace-secrets.ts";
import {
  actorOf,
  atLeast,
  authenticated,
  bodyOf,
  callerOf,
  merchantOf,
  queryOf,
  type ApiContext,
  type ApiEnv,
} from "./context.ts";
import { policyShape } from "./policy-shape.ts";
import { nameShape } from "./setup.ts";

const settingsShape = z.record(z.string(), z.json());
const secretsShape = z.record(z.string(), z.string().max(10_000).nullable());

const createShape = z.strictObject({
  connector: z.string(),
  name: nameShape.optional(),
  settings: settingsShape.default({}),
  secrets: secretsShape.default({}),
  policy: policyShape.optional(),
  key: z.boolean().default(false),
});

const changeShape = z.strictObject({
  name: nameShape.optional(),
  settings: settingsShape.optional(),
  policy: policyShape.optional(),
  delivery: z.boolean().optional(),
  jobs: z
    .record(
      z.string(),
      z.strictObject({ on: z.boolean().optional(), interval_minutes: z.int().optional() }),
    )
    .optional(),
});

const callsShape = z.object({
  before: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

const replaceShape = z.strictObject({ secrets: secretsShape });

export const connectionRoutes = new Hono<ApiEnv>();

connectionRoutes.use(authenticated, atLeast("merchant"));

/** The merchant and the connection that the path names. */
async function named(c: ApiContext) {
  const merchantId = await merchantOf(c);
  return [c.env.deps, merchantId, c.req.param("id") as ConnectionId] as const;
}

connectionRoutes.get("/", async (c) =>
  c.json({ items: await showConnections(c.env.deps, await merchantOf(c)) }),
);

connectionRoutes.get("/:id", async (c) => c.json(await showConnection(...(await named(c)))));

/** Calls that its vendor did not answer well, redacted, newest first. */
connectionRoutes.get("/:id/calls", async (c) =>
  c.json(await listFailedCalls(...(await named(c)), queryOf(c, callsShape))),
);

connectionRoutes.post("/", async (c) => {
  const { deps } = c.env;
  const merchantId = await merchantOf(c);
  const { key: wantsKey, ...wanted } = await bodyOf(c, createShape);
  const { connectionId, side, report, webhookSecret } = await createConnection(
    deps,
    merchantId,
    wanted,
  );
  const connection = await showConnection(deps, merchantId, connectionId);
  const key =
    wantsKey && side === "cart"
      ? await createKey(deps, callerOf(c), {
          name: `Key of ${connection.name}`.slice(0, 100),
          level: "cart",
          access: "write",
          merchant_id: merchantId,
          connection_id: connectionId,
        })
      : null;
  const { webhook } = connection;
  return c.json(
    {
      connection,
      report,
      webhook: webhook && (webhookSecret ? { ...webhook, secret: webhookSecret } : webhook),
      ...(key ? { key: { user: key.key.user, key: key.key.key } } : {}),
    },
    201,
  );
});

connectionRoutes.patch("/:id", async (c) => {
  const [deps, merchantId, id] = await named(c);
  const { delivery, ...change } = await bodyOf(c, changeShape);
  const policy = delivery === undefined ? change.policy : { ...change.policy, delivery };
  const { released, report, recheck } = await changeConnection(
    deps,
    merchantId,
    id,
    { ...change, policy },
    actorOf(c),
  );
  const connection = await showConnection(deps, merchantId, id);
  return c.json({
    connection,
    ...(released === null ? {} : { released }),
    ...(report === null ? {} : { report }),
    ...(recheck === null ? {} : { recheck }),
  });
});

connectionRoutes.post("/:id/check", async (c) => {
  const [deps, merchantId, id] = await named(c);
  return c.json({ report: await checkAndPush(deps, merchantId, id) });
});

connectionRoutes.post("/:id/secrets", async (c) => {
  const [deps, merchantId, id] = await named(c);
  const { secrets } = await bodyOf(c, replaceShape);
  const { report, webhookSecret } = await replaceSecrets(deps, merchantId, id, secrets);
  const connection = await showConnection(deps, merchantId, id);
  return c.json({
    connection,
    report,
    ...(webhookSecret === null
      ? {}
      : { webhook: { ...connection.webhook, secret: webhookSecret } }),
  });
});

connectionRoutes.post("/:id/pause", async (c) => {
  const [deps, merchantId, id] = await named(c);
  await pauseConnection(deps, merchantId, id, true);
  return c.json({ connection: await showConnection(deps, merchantId, id) });
});

connectionRoutes.post("/:id/resume", async (c) => {
  const [deps, merchantId, id] = await named(c);
  await pauseConnection(deps, merchantId, id, false);
  return c.json({ connection: await showConnection(deps, merchantId, id) });
});

connectionRoutes.post("/:id/jobs/:job/run", async (c) => {
  const [deps, merchantId, id] = await named(c);
  await queueRun(deps, merchantId, id, c.req.param("job"));
  return c.json({ queued: true }, 202);
});
