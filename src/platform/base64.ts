/** Bytes as base64 with padding. */
export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** Bytes as base64url without padding. */
export const toBase64Url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** Bytes of a base64 or base64url text, padded or not; null when it is neither. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> | null => {
  const bare = text.replace(/={1,2}$/, "");
  if (!/^[A-Za-z0-9+/_-]*$/.test(bare) || bare.length % 4 === 1) return null;
  return new Uint8Array(Buffer.from(bare, "base64"));
};
