import { z } from "zod";
import { connectors } from "./connectors/registry.ts";
import { coordinators } from "./coordinator/client.ts";
import { DrayError } from "./domain/errors.ts";
import { systemClock } from "./platform/clock.ts";
import { writeLine } from "./platform/console.ts";
import { createResolver } from "./platform/dns.ts";
import { systemFetch } from "./platform/fetch.ts";
import { createHttp } from "./platform/http.ts";
import { systemIds } from "./platform/ids.ts";
import { createLog } from "./platform/log.ts";
import { sendThrough } from "./platform/mailer.ts";
import { createSealer, parseSealKeys, SealError, type Sealer } from "./platform/sealing.ts";
import { createDatabases, type Databases } from "./store/databases.ts";
import type { Deps, Mailing } from "./sync/deps.ts";

/** `Dray <alerts@example.com>`, or the address alone. */
const senderShape = z.string().transform((text, context) => {
  const parts = /^(?:([^<>"\p{Cc}]{1,100}?)\s*<([^<>\s]+)>|([^<>\s]+))$/u.exec(text.trim());
  const address = z.email().safeParse(parts?.[2] ?? parts?.[3]);
  if (address.success) return { name: parts?.[1] ?? null, address: address.data };
  context.addIssue({ code: "custom", message: "is an address, such as Dray <alerts@example.com>" });
  return z.NEVER;
});

const varsShape = z.object({
  SEAL_KEYS: z.string({ error: "is not set" }),
  PUBLIC_URL: z
    .url({
      protocol: /^https?$/,
      error: "must be set to where vendors reach this Dray, such as https://dray.example.com",
    })
    .transform((url) => url.replace(/\/+$/, "")),
  SETUP_TOKEN: z.string().min(8, { error: "needs 8 characters or more" }).optional(),
  ALLOW_PRIVATE_HOSTS: z.enum(["true", "false"], { error: 'is "true" or "false"' }).optional(),
  MAIL_FROM: senderShape.optional(),
  DISPATCH_SIZE: z.coerce
    .number({ error: "is a whole number from 1 to 100" })
    .int()
    .min(1)
    .max(100)
    .default(100),
});

/** What one request, batch or cron run works with. */
export interface Invocation {
  deps: Deps;
  /** On every log line and on the answer. */
  processId: string;
  setupToken: string | null;
}

/** What does not change between invocations, kept per isolate so that keys and look-ups stay warm. */
interface Standing {
  vars: z.infer<typeof varsShape>;
  sealer: Sealer;
  databases: Databases;
}

const standing = new WeakMap<D1Database, Standing & { source: string }>();
const ids = systemIds(systemClock);
const resolve = createResolver(systemFetch, systemClock);

/**
 * Reads vars and bindings; `context` keeps the invocation going for what is done beside its work. Throws
 * `unavailable`, naming the variable that is missing or wrong.
 */
export function begin(
  env: Cloudflare.Env,
  context: Pick<ExecutionContext, "waitUntil">,
): Invocation {
  const { vars, sealer, databases } = stand(env);
  const processId = ids.next("prc");
  const log = createLog(writeLine, systemClock, { process_id: processId });
  const allowPrivateHosts = vars.ALLOW_PRIVATE_HOSTS === "true";
  return {
    processId,
    setupToken: vars.SETUP_TOKEN ?? null,
    deps: {
      clock: systemClock,
      ids,
      log,
      http: createHttp({ fetch: systemFetch, clock: systemClock, log, resolve, allowPrivateHosts }),
      databases,
      coordinator: coordinators(env.MERCHANT_SYNC),
      sealer,
      addressValidator: null,
      connectors,
      queues: { jobs: env.JOBS, deliveries: env.DELIVERIES, notices: env.NOTICES },
      mail: mailingOf(env.EMAIL, vars.MAIL_FROM),
      later: (work) => context.waitUntil(work()),
      publicUrl: vars.PUBLIC_URL,
      dispatchSize: vars.DISPATCH_SIZE,
    },
  };
}

/** Only the Deps, for work that nobody waits for an answer to. */
export const makeDeps = (env: Cloudflare.Env, context: Pick<ExecutionContext, "waitUntil">): Deps =>
  begin(env, context).deps;

function stand(env: Cloudflare.Env): Standing {
  const given = Object.fromEntries(
    Object.keys(varsShape.shape).map((name) => [
      name,
      env[name as keyof typeof varsShape.shape] || undefined,
    ]),
  );
  const source = JSON.stringify(given);
  const known = standing.get(env.DB);
  if (known?.source === source) return known;
  const vars = readVars(given);
  const made = {
    source,
    vars,
    sealer: sealerOf(vars.SEAL_KEYS),
    databases: createDatabases([env.DB]),
  };
  standing.set(env.DB, made);
  return made;
}

function mailingOf(
  binding: SendEmail | undefined,
  from: z.infer<typeof senderShape> | undefined,
): Mailing {
  if (!binding) return { missing: "wrangler.toml has no [[send_email]] with the name EMAIL" };
  if (!from) return { missing: "The variable MAIL_FROM does not say who sends" };
  return { from, send: sendThrough(binding) };
}

function readVars(given: Record<string, unknown>): z.infer<typeof varsShape> {
  const read = varsShape.safeParse(given);
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`);
  throw new DrayError("unavailable", `This Dray is not configured: ${problems.join("; ")}`);
}

function sealerOf(text: string): Sealer {
  try {
    return createSealer(parseSealKeys(text));
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new DrayError("unavailable", `This Dray is not configured: ${error.message}`);
  }
}
