const bytesOf = (text: string) => Uint8Array.from(new TextEncoder().encode(text));

async function hmac(key: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<string> {
  const imported = await crypto.subtle.importKey(
    "raw",
    key,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const mac = await crypto.subtle.sign("HMAC", imported, data);
  return btoa(String.fromCharCode(...new Uint8Array(mac)));
}

/** Base64 HMAC-SHA256 of the body, as WooCommerce signs. */
export const wooSignature = (secret: string, body: string): Promise<string> =>
  hmac(bytesOf(secret), bytesOf(body));

/** The Standard Webhooks signature of `id.seconds.body`. */
export function standardSignature(
  secret: string,
  id: string,
  seconds: number,
  body: string,
): Promise<string> {
  const key = Uint8Array.from(atob(secret.replace(/^whsec_/, "")), (char) => char.charCodeAt(0));
  return hmac(key, bytesOf(`${id}.${seconds}.${body}`)).then((mac) => `v1,${mac}`);
}

/** Whether a request that carries `headers` and `body` was signed with `secret` within 300 s of `now`. */
export async function isSigned(
  secret: string,
  headers: Headers,
  body: string,
  now: number,
): Promise<boolean> {
  const seconds = Number(headers.get("webhook-timestamp") ?? Number.NaN);
  const id = headers.get("webhook-id");
  if (!id || !(Math.abs(now / 1000 - seconds) <= 300)) return false;
  const expected = await standardSignature(secret, id, seconds, body);
  return (headers.get("webhook-signature") ?? "").split(" ").includes(expected);
}
