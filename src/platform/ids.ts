import { createHash } from "node:crypto";
import { toBase64Url } from "./base64.ts";
import type { Clock } from "./clock.ts";

/** Where new ids and secrets come from; handed in, so that a simulation can repeat itself. */
export interface Ids {
  /** `ord_` and 22 characters that sort by time. */
  next<P extends string>(prefix: P): `${P}_${string}`;
  /** `bytes` random bytes (32) as base64url. */
  secret(bytes?: number): string;
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Base32 after Crockford of the first `length` groups of five bits. */
const base32 = (bytes: Uint8Array, length: number): string => {
  let text = "";
  let bits = 0;
  let held = 0;
  for (let at = 0; text.length < length; at += 1) {
    held = (held << 8) | (bytes[at] ?? 0);
    bits += 8;
    while (bits >= 5 && text.length < length) {
      bits -= 5;
      text += alphabet[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return text;
};

const timeText = (now: number): string => {
  let text = "";
  for (let rest = now; text.length < 10; rest = Math.floor(rest / 32)) {
    text = `${alphabet[rest % 32]}${text}`;
  }
  return text;
};

const systemRandom = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes));

/** Ids of 10 characters time and 12 characters (60 bits) chance. */
export const systemIds = (
  clock: Pick<Clock, "now">,
  random: (bytes: number) => Uint8Array = systemRandom,
): Ids => ({
  next: (prefix) => `${prefix}_${timeText(clock.now())}${base32(random(8), 12)}`,
  secret: (bytes = 32) => toBase64Url(random(bytes)),
});

/** Where the ids of a moment begin: every id that was made before sorts before it. */
export const firstIdOf = <P extends string>(prefix: P, moment: number): `${P}_${string}` =>
  `${prefix}_${timeText(moment)}`;

/** The same id for the same parts, always: 100 bits of SHA-256 over the parts with their lengths. */
export const stableId = <P extends string>(prefix: P, ...parts: string[]): `${P}_${string}` => {
  let text = "";
  for (const part of parts) text += `${part.length}:${part}`;
  return `${prefix}_${base32(createHash("sha256").update(text).digest(), 20)}`;
};
