import type { z } from "zod";
import { ConnectorFailure } from "../domain/errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { Http } from "../platform/http.ts";
import type { RateLimit } from "./contract.ts";

/**
 * The only way a connector talks to its vendor. Answers that every vendor means alike are turned
 * into failures here: 401 and 403 `unauthorized`, 429 `throttled` (with Retry-After), 408 and 5xx
 * `unavailable`, no answer in time `timed_out`, an answer that is not what was asked for
 * `bad_response`. Any other status is an answer, and the connector says what it means.
 */
export interface VendorHttp {
  send(request: VendorRequest): Promise<VendorAnswer>;
}

export interface VendorRequest {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** Sent as it is when a text (set its content type), as JSON otherwise. */
  body?: unknown;
}

export interface VendorAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The body in `shape`. What does not fit is a `bad_response` that names the place. */
  json<T>(shape: z.ZodType<T>): T;
}

export interface VendorHttpOptions {
  limits: RateLimit;
  clock: Clock;
  timeoutMs?: number;
}

/** One per connection and unit of work: calls wait for each other, which requests must not. */
export const createVendorHttp = (_http: Http, _options: VendorHttpOptions): VendorHttp => ({
  send: async () => {
    throw new ConnectorFailure("unavailable", "not there yet");
  },
});
