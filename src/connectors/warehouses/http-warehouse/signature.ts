import { Webhook } from "standardwebhooks";
import { fromBase64 } from "../../../platform/base64.ts";
import { verifyHmacSha256 } from "../../../platform/hmac.ts";

/** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, the key being what follows `whsec_`. */

const TOLERANCE_MS = 300_000;
/** A sender that rotates its key sends two signatures; more than a handful is somebody trying. */
const MOST_SIGNATURES = 8;

/** The three headers that sign `body` under the message id `id` at `now` (ms). */
export function signedHeaders(
  secret: string,
  id: string,
  now: number,
  body: string,
): Record<string, string> {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, new Date(now), body),
  };
}

/**
 * Null when one of `keys` signed these very bytes within 300 s of `now`, otherwise why not.
 *
 * The library's `verify` reads the system clock and takes text, so the check is made here: the time
 * comes from the caller's clock and the bytes are judged as they came.
 */
export async function whyUnverified(
  headers: Headers,
  body: Uint8Array<ArrayBuffer>,
  keys: readonly string[],
  now: number,
): Promise<string | null> {
  const id = headers.get("webhook-id");
  const timestamp = headers.get("webhook-timestamp");
  const signatures = headers.get("webhook-signature");
  if (!id || !timestamp || !signatures) return "a signature header is missing";
  if (!/^\d{1,12}$/.test(timestamp)) return "the timestamp is not a number of seconds";
  if (Math.abs(now - Number(timestamp) * 1000) > TOLERANCE_MS) {
    return "the timestamp is more than 300 s away";
  }
  const candidates = signatures
    .split(" ")
    .slice(0, MOST_SIGNATURES)
    .flatMap((one) => (one.startsWith("v1,") ? [fromBase64(one.slice(3))] : []))
    .filter((one) => one !== null);
  const prefix = new TextEncoder().encode(`${id}.${timestamp}.`);
  const signed = new Uint8Array(prefix.length + body.length);
  signed.set(prefix);
  signed.set(body, prefix.length);
  for (const key of keys) {
    const bytes = keyOf(key);
    if (bytes === null) continue;
    for (const candidate of candidates) {
      if (await verifyHmacSha256(bytes, signed, candidate)) return null;
    }
  }
  return "no signature matches";
}

/** What follows `whsec_` is base64; a key without it is its own text. Null verifies nothing. */
const keyOf = (secret: string): string | Uint8Array<ArrayBuffer> | null =>
  secret.startsWith("whsec_") ? fromBase64(secret.slice("whsec_".length)) : secret;
