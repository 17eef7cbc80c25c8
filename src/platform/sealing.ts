/** One key of the secret `SEAL_KEYS`. */
export interface SealKey {
  id: string;
  bytes: Uint8Array<ArrayBuffer>;
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

/** Reads `SEAL_KEYS`: `id:base64(32 bytes)`, comma separated, the first one is current. */
export const parseSealKeys = (_text: string | undefined): readonly SealKey[] => {
  throw new SealError("bad_keys", "not there yet");
};

export const createSealer = (_keys: readonly SealKey[]): Sealer => {
  throw new SealError("bad_keys", "not there yet");
};
