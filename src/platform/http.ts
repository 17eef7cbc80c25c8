import type { Clock } from "./clock.ts";
import type { Resolve } from "./dns.ts";
import type { Log } from "./log.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The only use of the global fetch. */
export const systemFetch: Fetch = (url, init) => fetch(url, init);

export interface HttpRequest {
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** For the whole call: every hop, headers and body. 30 seconds unless told. */
  timeoutMs?: number;
  /** 10 MB unless told. */
  maxBytes?: number;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  body: string;
  /** Where the answer came from after redirects. */
  url: string;
}

/** The way out. Throws HttpError and nothing else; any status is an answer. */
export interface Http {
  fetch(url: string, request?: HttpRequest): Promise<HttpAnswer>;
}

/** `message` names host and rule, never a query, a header or a body. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly kind: "timed_out" | "unreachable" | "blocked" | "too_large";

  constructor(kind: HttpError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** When a call has to be over; tests hand in their own. */
export interface Deadline {
  signal: AbortSignal;
  clear(): void;
}

export interface HttpOptions {
  fetch: Fetch;
  clock: Pick<Clock, "now">;
  log: Log;
  resolve: Resolve;
  /** Local runs only: http and https to this machine's loopback as well. */
  allowPrivateHosts?: boolean;
  deadline?: (ms: number) => Deadline;
}

export const createHttp = (_options: HttpOptions): Http => ({
  fetch: async () => {
    throw new HttpError("unreachable", "not there yet");
  },
});
