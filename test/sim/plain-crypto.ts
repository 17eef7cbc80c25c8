import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";
import type { Random } from "./random.ts";

interface Key {
  kind: string;
  bytes: Uint8Array;
}
type Algorithm = string | { name: string; iv?: Uint8Array; additionalData?: Uint8Array };

const TAG = 16;
const exact = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
const mac = (key: Key, data: Uint8Array) => createHmac("sha256", key.bytes).update(data).digest();

function gcm({ bytes }: Key, algorithm: Algorithm) {
  if (typeof algorithm === "string" || !algorithm.iv) throw new Error("AES-GCM needs an iv");
  return { key: bytes, iv: algorithm.iv, aad: algorithm.additionalData ?? new Uint8Array() };
}

/** What was decrypted before, by all that it depends on: the same few secrets are opened again and again. */
const opened = new Map<string, Uint8Array>();

/**
 * The part of WebCrypto that Dray uses, over node:crypto: the real one works in threads of its own and
 * answers in whatever order they finish, which no seed could repeat.
 */
const subtle = {
  importKey: async (_format: string, raw: Uint8Array, algorithm: Algorithm): Promise<Key> => {
    if (raw.byteLength === 0) throw new Error("Zero-length key is not supported");
    const kind = typeof algorithm === "string" ? algorithm : algorithm.name;
    return { kind, bytes: new Uint8Array(raw) };
  },
  sign: async (_algorithm: Algorithm, key: Key, data: Uint8Array) => exact(mac(key, data)),
  verify: async (_algorithm: Algorithm, key: Key, signature: Uint8Array, data: Uint8Array) =>
    Buffer.compare(mac(key, data), signature) === 0,
  digest: async (_algorithm: Algorithm, data: Uint8Array) =>
    exact(createHash("sha256").update(data).digest()),
  encrypt: async (algorithm: Algorithm, key: Key, data: Uint8Array) => {
    const { key: bytes, iv, aad } = gcm(key, algorithm);
    const cipher = createCipheriv("aes-256-gcm", bytes, iv).setAAD(aad);
    return exact(Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]));
  },
  decrypt: async (algorithm: Algorithm, key: Key, sealed: Uint8Array) => {
    const { key: bytes, iv, aad } = gcm(key, algorithm);
    const question = [bytes, iv, aad, sealed].map((part) => Buffer.from(part).toString("latin1"));
    const known = opened.get(question.join("\n"));
    if (known) return exact(known);
    const end = sealed.byteLength - TAG;
    if (end < 0) throw new Error("too short");
    const decipher = createDecipheriv("aes-256-gcm", bytes, iv)
      .setAAD(aad)
      .setAuthTag(sealed.subarray(end));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
    opened.set(question.join("\n"), plain);
    return exact(plain);
  },
};

/** Puts WebCrypto under the seed for this thread, and answers how to give it back. */
export function seedCrypto(random: Random): () => void {
  opened.clear();
  const real = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  const seeded = {
    subtle,
    getRandomValues: <T extends Uint8Array>(array: T): T => {
      array.set(random.bytes(array.byteLength));
      return array;
    },
  };
  Object.defineProperty(globalThis, "crypto", { configurable: true, value: seeded });
  return () => {
    if (real) Object.defineProperty(globalThis, "crypto", real);
  };
}
