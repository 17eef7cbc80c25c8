/**
 * Three families, never mixed: an outcome is a value (the vendor said no), a ConnectorFailure is
 * transport (no usable answer came), a DrayError is our own "no" and maps to HTTP once, in `api/`.
 */

/** Why a vendor gave no usable answer. */
export type FailureKind =
  | "unauthorized"
  | "throttled"
  | "unavailable"
  | "timed_out"
  | "bad_response"
  | "bad_request";

/** Thrown by connectors and the vendor HTTP client only. `message` never holds a secret. */
export class ConnectorFailure extends Error {
  override readonly name = "ConnectorFailure";
  readonly kind: FailureKind;
  /** How long the vendor asks us to wait; only with `throttled` and `unavailable`. */
  readonly retry_after_ms: number | null;
  /** Where in the payload it stopped making sense, such as `[3].line_items[0].quantity`. */
  readonly place: string | null;

  constructor(
    kind: FailureKind,
    message: string,
    more: { retry_after_ms?: number | null; place?: string | null; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.kind = kind;
    this.retry_after_ms = more.retry_after_ms ?? null;
    this.place = more.place ?? null;
  }
}

/** Closed list of what Dray itself refuses, each with its HTTP status. */
export const drayErrors = {
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  invalid: 422,
  malformed: 400,
  conflict: 409,
  too_large: 413,
  busy: 409,
  already_set_up: 409,
  unavailable: 503,
} as const;

export type DrayErrorCode = keyof typeof drayErrors;

/** Our own "no". The message is shown to the caller: it names the fix and carries no secret. */
export class DrayError extends Error {
  override readonly name = "DrayError";
  readonly code: DrayErrorCode;
  /** One entry per offending field: `{ path: "settings.store_url", message }`. */
  readonly fields: readonly { path: string; message: string }[];

  constructor(
    code: DrayErrorCode,
    message: string,
    fields: readonly { path: string; message: string }[] = [],
  ) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}
