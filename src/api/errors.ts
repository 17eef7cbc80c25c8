import type { Context } from "hono";
import { DrayError, drayErrors } from "../domain/errors.ts";
import type { ApiEnv } from "./context.ts";

/**
 * The one place where errors become answers. A DrayError keeps its status and words; of anything
 * else the caller learns only the process id, by which the log line is found.
 */
export function answerError(error: Error, c: Context<ApiEnv>): Response {
  const process_id = c.env.processId;
  if (error instanceof DrayError) {
    const { code, message, fields } = error;
    if (code === "unauthorized")
      c.header("WWW-Authenticate", 'Basic realm="Dray", charset="UTF-8"');
    return c.json(
      { error: { code, message, ...(fields.length > 0 ? { fields } : {}) }, process_id },
      drayErrors[code],
    );
  }
  c.env.deps.log.error("request_failed", {
    error_name: error.name,
    // V8 quotes the text it could not read.
    reason: error instanceof SyntaxError ? null : error.message.slice(0, 300),
    where: frameOf(error),
  });
  const failure = { code: "internal", message: "Something went wrong on our side" };
  return c.json({ error: failure, process_id }, 500);
}

/** Where it was thrown; the message, which may hold anything, stays out. */
const frameOf = (error: Error): string | null =>
  /^\s+at (.+)$/m.exec(error.stack ?? "")?.[1]?.slice(0, 200) ?? null;
