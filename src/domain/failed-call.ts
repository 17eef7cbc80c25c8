/** A call that a vendor did not answer well, redacted; see `docs/keeping.md`. */
export interface FailedCall {
  /** When it began, milliseconds, UTC. */
  at: number;
  method: string;
  /** Without its query. */
  url: string;
  /** Null: no answer came. */
  status: number | null;
  duration_ms: number;
  /** What was wrong. */
  message: string;
  /** Null: there was no body. */
  request: string | null;
  response: string | null;
}

/** How long failed calls are kept. */
export const KEEP_CALLS_MS = 30 * 24 * 60 * 60_000;
