import { fromBase64, toBase64Url } from "./base64.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** One key of the secret `SEAL_KEYS`. */
export interface SealKey {
  id: string;
  bytes: Bytes;
}

/** Seals secrets under a data key per merchant, which is itself wrapped by the first of `SEAL_KEYS`. */
export interface Sealer {
  /** A new data key for a merchant, wrapped: what is stored beside the merchant. */
  newDataKey(merchantId: string): Promise<string>;
  /** The same data key wrapped by the current key; null when it already is. */
  rewrap(merchantId: string, wrapped: string): Promise<string | null>;
  /** `place` says where the value lives, such as `con_x/secrets`; it opens nowhere else. */
  seal(wrapped: string, merchantId: string, place: string, plaintext: string): Promise<string>;
  /** Throws a SealError when anything does not match. */
  open(wrapped: string, merchantId: string, place: string, sealed: string): Promise<string>;
}

/** `message` never holds a key or a plaintext. */
export class SealError extends Error {
  override readonly name = "SealError";
  readonly kind: "bad_keys" | "unknown_key" | "does_not_open";

  constructor(kind: SealError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

const shape = "SEAL_KEYS is a list of id:base64 of 32 random bytes, separated by commas";

/** Reads `SEAL_KEYS`: `id:base64(32 bytes)`, comma separated, the first one is current. */
export const parseSealKeys = (text: string | undefined): readonly SealKey[] => {
  if (!text?.trim()) throw new SealError("bad_keys", `SEAL_KEYS is not set; ${shape}.`);
  const keys = text.split(",").map((entry, index): SealKey => {
    const [, id, base64] = /^([a-z0-9_-]{1,32}):(.+)$/.exec(entry.trim()) ?? [];
    const which = `entry ${index + 1} of SEAL_KEYS`;
    if (!id || !base64) {
      throw new SealError(
        "bad_keys",
        `The id of ${which} is missing or not a-z, 0-9, _ and -; ${shape}.`,
      );
    }
    const bytes = fromBase64(base64);
    if (!bytes)
      throw new SealError("bad_keys", `The key of ${which} (${id}) is not base64; ${shape}.`);
    if (bytes.length !== 32) {
      throw new SealError(
        "bad_keys",
        `The key of ${which} (${id}) has ${bytes.length} bytes; ${shape}.`,
      );
    }
    return { id, bytes };
  });
  const ids = keys.map((key) => key.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) throw new SealError("bad_keys", `SEAL_KEYS has the id ${twice} twice.`);
  return keys;
};

const cachedDataKeys = 500;

const importAes = (bytes: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);

const utf8 = (text: string): Bytes => new Uint8Array(new TextEncoder().encode(text));

/** What a ciphertext is bound to. Lengths make "a" + "bc" and "ab" + "c" two different things. */
const bound = (...parts: string[]): Bytes =>
  utf8(parts.map((part) => `${part.length}:${part}`).join(""));

const encrypt = async (key: CryptoKey, aad: Bytes, bytes: Bytes): Promise<string> => {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const algorithm = { name: "AES-GCM", iv, additionalData: aad };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, bytes));
  return `${toBase64Url(iv)}.${toBase64Url(sealed)}`;
};

const decrypt = async (key: CryptoKey, aad: Bytes, text: string, what: string): Promise<Bytes> => {
  const [iv, sealed, ...more] = text.split(".").map(fromBase64);
  if (iv?.length === 12 && sealed && more.length === 0) {
    const algorithm = { name: "AES-GCM", iv, additionalData: aad };
    const opened = await crypto.subtle.decrypt(algorithm, key, sealed).catch(() => null);
    if (opened) return new Uint8Array(opened);
  }
  throw new SealError("does_not_open", `${what} does not open: changed, moved or of another key.`);
};

/**
 * Envelopes in AES-256-GCM with a random 96-bit IV. A wrapped data key is `w1.{key id}.{iv}.{bytes}`,
 * bound to merchant and key id; a sealed value is `v1.{iv}.{bytes}`, bound to merchant, place and
 * version. Rotation wraps data keys anew and leaves sealed values as they are.
 */
export const createSealer = (keys: readonly SealKey[]): Sealer => {
  const current = keys[0];
  if (!current) throw new SealError("bad_keys", `SEAL_KEYS is empty; ${shape}.`);
  // Holds keys, never promises: a promise of one request must not be awaited by another.
  const opened = new Map<string, CryptoKey>();

  const wrap = async (merchantId: string, dataKey: Bytes): Promise<string> => {
    const aad = bound("w1", current.id, merchantId);
    return `w1.${current.id}.${await encrypt(await importAes(current.bytes), aad, dataKey)}`;
  };

  const unwrap = async (merchantId: string, wrapped: string): Promise<Bytes> => {
    const [, id, rest] = /^w1\.([^.]+)\.(.+)$/s.exec(wrapped) ?? [];
    if (!id || !rest) throw new SealError("does_not_open", "The data key is not one of ours.");
    const key = keys.find((one) => one.id === id);
    if (!key) throw new SealError("unknown_key", "The data key needs a key that SEAL_KEYS lacks.");
    const aad = bound("w1", id, merchantId);
    return decrypt(await importAes(key.bytes), aad, rest, "The data key");
  };

  const dataKeyOf = async (merchantId: string, wrapped: string): Promise<CryptoKey> => {
    const name = `${merchantId} ${wrapped}`;
    const known = opened.get(name);
    if (known) return known;
    const key = await importAes(await unwrap(merchantId, wrapped));
    const oldest = opened.size >= cachedDataKeys ? opened.keys().next().value : undefined;
    if (oldest !== undefined) opened.delete(oldest);
    opened.set(name, key);
    return key;
  };

  return {
    newDataKey: (merchantId) => wrap(merchantId, crypto.getRandomValues(new Uint8Array(32))),
    rewrap: async (merchantId, wrapped) =>
      wrapped.startsWith(`w1.${current.id}.`)
        ? null
        : wrap(merchantId, await unwrap(merchantId, wrapped)),
    seal: async (wrapped, merchantId, place, plaintext) => {
      const key = await dataKeyOf(merchantId, wrapped);
      const aad = bound("v1", merchantId, place);
      return `v1.${await encrypt(key, aad, utf8(plaintext))}`;
    },
    open: async (wrapped, merchantId, place, sealed) => {
      const key = await dataKeyOf(merchantId, wrapped);
      if (!sealed.startsWith("v1.")) {
        throw new SealError("does_not_open", "The sealed value is not one of ours.");
      }
      const aad = bound("v1", merchantId, place);
      const bytes = await decrypt(key, aad, sealed.slice(3), "The sealed value");
      return new TextDecoder().decode(bytes);
    },
  };
};
