import { createHash, timingSafeEqual } from "node:crypto";

type Bytes = Uint8Array<ArrayBuffer>;

const importKey = (key: string | Bytes, usage: "sign" | "verify"): Promise<CryptoKey> =>
  crypto.subtle.importKey(
    "raw",
    typeof key === "string" ? new TextEncoder().encode(key) : key,
    { name: "HMAC", hash: "SHA-256" },
    false,
    [usage],
  );

/** HMAC-SHA-256 of `data`; a text key is taken as UTF-8. Throws on an empty key. */
export const hmacSha256 = async (key: string | Bytes, data: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.sign("HMAC", await importKey(key, "sign"), data));

/** Whether `signature` is the HMAC-SHA-256 of `data`, in constant time. An empty key verifies nothing. */
export const verifyHmacSha256 = async (
  key: string | Bytes,
  data: Bytes,
  signature: Bytes,
): Promise<boolean> =>
  key.length > 0 &&
  (await crypto.subtle.verify("HMAC", await importKey(key, "verify"), signature, data));

/** Whether two texts are the same, in a time that tells nothing about where they differ. */
export const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
