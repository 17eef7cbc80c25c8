import type { Context, MiddlewareHandler } from "hono";
import type { z } from "zod";
import { authenticate, merchantFor, type Caller } from "../accounts/authenticate.ts";
import type { Actor } from "../domain/actor.ts";
import { DrayError } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { Deps } from "../sync/deps.ts";

/** What a request to the API comes with; `src/deps.ts` makes it, tests make their own. */
interface ApiBindings {
  deps: Deps;
  processId: string;
  /** Null: the set-up is closed. */
  setupToken: string | null;
}

export interface ApiEnv {
  Bindings: ApiBindings;
  Variables: {
    caller: Caller | undefined;
    merchantId: MerchantId | undefined;
  };
}

export type ApiContext = Context<ApiEnv>;

const isReading = (method: string): boolean => method === "GET" || method === "HEAD";

/**
 * Lets in who has a key that may do this: reading needs any, everything else one with write access.
 * Browsers send a remembered key along with other sites' requests, so those are refused.
 */
export const authenticated: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const caller = await authenticate(c.env.deps, c.req.header("authorization"));
  c.set("caller", caller);
  if (!isReading(c.req.method)) {
    if (caller.access === "read") throw new DrayError("forbidden", "This key may only read");
    if (fromAnotherSite(c)) {
      throw new DrayError("forbidden", "Another site's page may not change anything here");
    }
  }
  await next();
};

function fromAnotherSite(c: ApiContext): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const origin = c.req.header("origin");
  return origin !== undefined && origin !== new URL(c.req.url).origin;
}

/** Refuses a key below the given level. */
export const atLeast = (level: "merchant" | "warehouse"): MiddlewareHandler<ApiEnv> => {
  const allowed = level === "merchant" ? ["merchant", "warehouse"] : ["warehouse"];
  return async (c, next) => {
    if (!allowed.includes(callerOf(c).level)) {
      throw new DrayError("forbidden", `This takes a key of the level ${allowed.join(" or ")}`);
    }
    await next();
  };
};

export function callerOf(c: ApiContext): Caller {
  const caller = c.get("caller");
  if (!caller) throw new Error("a route without authentication asked for its caller");
  return caller;
}

/** Who calls, as timelines and the audit show it. */
export function actorOf(c: ApiContext): Actor {
  const { user, name } = callerOf(c);
  return { user, name };
}

/** The cart that a request means: a cart's key means its own. Throws `not_found` for another. */
export function cartOf<T extends string | undefined>(c: ApiContext, named: T): T | ConnectionId {
  const own = callerOf(c).connection_id;
  if (own !== null && named !== undefined && named !== own)
    throw new DrayError("not_found", "No such cart");
  return own ?? named;
}

/** The merchant that the request is about: its key's own, or the one named by `X-Dray-Merchant` or `?merchant=`. */
export async function merchantOf(c: ApiContext): Promise<MerchantId> {
  const named = c.req.header("x-dray-merchant") ?? c.req.query("merchant");
  const merchantId = await merchantFor(c.env.deps, callerOf(c), named);
  c.set("merchantId", merchantId);
  return merchantId;
}

/**
 * The JSON body in `shape`; no body at all is `whenEmpty`, if that is given. Throws `malformed` for what
 * is no JSON, `invalid` with each field.
 */
export async function bodyOf<T>(
  c: ApiContext,
  shape: z.ZodType<T>,
  whenEmpty?: unknown,
): Promise<T> {
  const text = await c.req.text();
  if (text === "" && whenEmpty !== undefined) return checked(shape, whenEmpty, "The body is empty");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new DrayError("malformed", "The body is not JSON");
  }
  return checked(shape, body, "The body does not fit");
}

/** The query in `shape`. Throws `invalid` with each field. */
export const queryOf = <T>(c: ApiContext, shape: z.ZodType<T>): T =>
  checked(shape, c.req.query(), "The query does not fit");

/** A value in `shape`. Throws `invalid` with each field. */
export function checked<T>(shape: z.ZodType<T>, value: unknown, message: string): T {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  throw new DrayError("invalid", message, invalidFields(read.error));
}

/** One entry per offending field of a zod failure; an unknown key is named itself. */
const invalidFields = (error: z.ZodError): { path: string; message: string }[] =>
  error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== "unrecognized_keys") {
      const said = issue.code === "invalid_key" ? issue.issues[0]?.message : undefined;
      return [{ path: path.join(".") || "body", message: said ?? issue.message }];
    }
    return issue.keys.map((key) => ({
      path: [...path, key.slice(0, 60)].join("."),
      message: "is not known here",
    }));
  });
