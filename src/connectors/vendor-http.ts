import type { z } from "zod";
import { redactExchange } from "../domain/call-redaction.ts";
import { ConnectorFailure, type FailureKind } from "../domain/errors.ts";
import type { FailedCall } from "../domain/failed-call.ts";
import type { Clock } from "../platform/clock.ts";
import { type Http, type HttpAnswer, HttpError, type HttpRequest } from "../platform/http.ts";
import type { LogFields } from "../platform/log.ts";
import { createPace, type RateLimit } from "../platform/pace.ts";
import { shapeMiss } from "./shape-miss.ts";
import { isHtml, secretsIn, titleOf, vendorMessage } from "./vendor-message.ts";

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
  /** For one call, answer included. 30 seconds unless told. */
  timeoutMs?: number;
  /** On the log line of each call. */
  labels?: LogFields;
  /**
   * Told of each call that failed: no answer, a failure, an answer that cannot be read, or a 4xx that the
   * connector makes something of. What it is given makes the call, redacted; it costs time.
   */
  onFailed?: (call: () => FailedCall) => void;
}

const longestWaitMs = 24 * 60 * 60 * 1_000;

/** Retry-After in seconds or as an HTTP date, as milliseconds from now, a day at the most. */
const retryAfter = (headers: Headers, now: number): number | null => {
  const text = headers.get("retry-after")?.trim() ?? "";
  const ms = /^\d+(\.\d+)?$/.test(text)
    ? Math.ceil(Number(text) * 1_000)
    : text.endsWith(" GMT")
      ? Date.parse(text) - now
      : Number.NaN;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), longestWaitMs);
};

const kindsOfHttpError = {
  timed_out: "timed_out",
  unreachable: "unavailable",
  blocked: "bad_request",
  too_large: "bad_response",
} as const;

const outgoing = (request: VendorRequest): HttpRequest & { headers: Record<string, string> } => {
  const { body, method = body === undefined ? "GET" : "POST" } = request;
  const given = new Set(Object.keys(request.headers ?? {}).map((name) => name.toLowerCase()));
  const headers = { ...request.headers };
  if (!given.has("accept")) headers["accept"] = "application/json";
  if (body === undefined) return { method, headers };
  if (typeof body === "string") return { method, headers, body };
  if (!given.has("content-type")) headers["content-type"] = "application/json";
  return { method, headers, body: JSON.stringify(body) };
};

const readJson = <T>(answer: HttpAnswer, shape: z.ZodType<T>): T => {
  const { body, status } = answer;
  const host = new URL(answer.url).host;
  let payload: unknown;
  try {
    payload = JSON.parse(body);
  } catch {
    const title = isHtml(body) ? titleOf(body) : null;
    const what =
      body.trim() === ""
        ? "an empty answer"
        : isHtml(body)
          ? `an HTML page${title ? ` ("${title}")` : ""}`
          : `${body.length} characters that are not JSON`;
    throw new ConnectorFailure(
      "bad_response",
      `${host} sent ${what} where JSON was due (${status}).`,
    );
  }
  const result = shape.safeParse(payload);
  if (result.success) return result.data;
  const { place, message } = shapeMiss(result.error.issues, payload);
  const where = place === "" ? "the answer" : place;
  throw new ConnectorFailure("bad_response", `${host}: ${where}: ${message}.`, { place });
};

/** Statuses that mean the same at every vendor; null for an answer that the connector has to read. */
const failureOf = (
  answer: HttpAnswer,
  asked: string,
  secrets: readonly string[],
  now: number,
): ConnectorFailure | null => {
  const { status, headers } = answer;
  const host = new URL(answer.url).host;
  const fail = (kind: FailureKind, what: string) => {
    const said = vendorMessage(answer.body, secrets);
    const waits = kind === "throttled" || kind === "unavailable";
    return new ConnectorFailure(kind, `${host} ${what} (${status})${said ? `: ${said}` : "."}`, {
      retry_after_ms: waits ? retryAfter(headers, now) : null,
    });
  };
  if (status === 401 || status === 403) {
    const moved = new URL(asked).host !== host;
    return fail(
      "unauthorized",
      moved
        ? "refused us; we were redirected there, and credentials are sent to the address in the settings only"
        : "refused the credentials",
    );
  }
  if (status === 429) return fail("throttled", "asks us to slow down");
  if (status === 408 || status >= 500) return fail("unavailable", "is not available");
  if ([301, 302, 303, 307, 308].includes(status)) {
    const target = headers.get("location") ?? "";
    const to = URL.canParse(target, answer.url) ? ` to ${new URL(target, answer.url).host}` : "";
    return new ConnectorFailure(
      "bad_response",
      `${host} redirects${to}, which is not followed for this call (${status}). Put the final address into the settings.`,
    );
  }
  return null;
};

const refusalOf = (answer: HttpAnswer, secrets: readonly string[]): string => {
  const said = vendorMessage(answer.body, secrets);
  return `${new URL(answer.url).host} said ${answer.status}${said ? `: ${said}` : "."}`;
};

/**
 * The vendor HTTP of one connection, paced by `limits`. Make one per request or job, not one per
 * Worker: calls wait for each other. Redirects that would repeat a write elsewhere are `bad_response`.
 */
export const createVendorHttp = (http: Http, options: VendorHttpOptions): VendorHttp => {
  const { limits, clock, timeoutMs, labels, onFailed = () => {} } = options;
  const paced = createPace(limits, clock);
  return {
    send: async (request) => {
      const sent = {
        ...outgoing(request),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(labels === undefined ? {} : { labels }),
      };
      const secrets = secretsIn(sent.headers, request.url);
      let began = 0;
      let took = 0;
      const tell = (message: string, answer: HttpAnswer | null) =>
        onFailed(() => {
          const { method = "GET", body } = sent;
          return {
            at: began,
            method,
            status: answer?.status ?? null,
            duration_ms: took,
            ...redactExchange({
              url: request.url,
              message,
              request: typeof body === "string" ? body : null,
              response: answer?.body ?? null,
              secrets,
            }),
          };
        });
      const answer = await paced(async () => {
        began = clock.now();
        try {
          return await http.fetch(request.url, sent);
        } finally {
          took = clock.now() - began;
        }
      }).catch((error: unknown) => {
        if (!(error instanceof HttpError)) throw error;
        tell(error.message, null);
        throw new ConnectorFailure(kindsOfHttpError[error.kind], error.message, { cause: error });
      });
      const failure = failureOf(answer, request.url, secrets, clock.now());
      if (failure) {
        tell(failure.message, answer);
        throw failure;
      }
      const { status, headers, body } = answer;
      if (status >= 400) tell(refusalOf(answer, secrets), answer);
      return {
        status,
        headers,
        text: body,
        json: (shape) => {
          try {
            return readJson(answer, shape);
          } catch (error) {
            if (status < 400 && error instanceof ConnectorFailure) tell(error.message, answer);
            throw error;
          }
        },
      };
    },
  };
};
