import { Hono } from "hono";
import { DrayError, drayErrors } from "../domain/errors.ts";
import type { ConnectionId, MerchantId } from "../domain/ids.ts";
import type { Deps } from "../sync/deps.ts";
import { receiveWebhook } from "../sync/receive-webhook.ts";

/** Vendors send whole orders; this is far above any of them that a warehouse could take. */
const BODY_LIMIT = 2_000_000;

/** `POST /webhooks/{merchant}/{connection}`: verified on the raw bytes, answered 2xx only once the hint is stored. */
export const webhooks = new Hono<{ Bindings: { deps: Deps; processId: string } }>();

webhooks.use(async (c, next) => {
  await next();
  c.header("X-Dray-Process-Id", c.env.processId);
});

webhooks.post("/webhooks/:merchant/:connection", async (c) => {
  const body = await readBody(c.req.raw);
  if (!body) throw new DrayError("too_large", `A webhook may have ${BODY_LIMIT} bytes`);
  const { merchant, connection } = c.req.param();
  const answer = await receiveWebhook(
    c.env.deps,
    merchant as MerchantId,
    connection as ConnectionId,
    c.req.raw.headers,
    body,
    (work) => c.executionCtx.waitUntil(work),
  );
  if (answer.kind === "rejected") throw new DrayError("unauthorized", answer.reason);
  return c.json({ ok: true });
});

webhooks.onError((error, c) => {
  const known = error instanceof DrayError ? error : null;
  if (!known) c.env.deps.log.error("webhook_failed", { error });
  const code = known?.code ?? "internal";
  // Anything but a 2xx makes the vendor call again, which is what a failure of ours needs.
  const message = known?.message ?? "Something went wrong on our side";
  c.status(known ? drayErrors[known.code] : 500);
  return c.json({ error: { code, message }, process_id: c.env.processId });
});

/** The raw bytes, or null when there are more than allowed; a body is never read past the limit. */
async function readBody(request: Request): Promise<Uint8Array<ArrayBuffer> | null> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_LIMIT) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (request.body)
    for await (const chunk of request.body) {
      size += chunk.byteLength;
      if (size > BODY_LIMIT) return null;
      chunks.push(chunk);
    }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
