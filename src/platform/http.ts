import { type AddressRule, checkUrl, explainRule, isGlobalAddress } from "./addresses.ts";
import type { Clock } from "./clock.ts";
import type { Resolve } from "./dns.ts";
import type { Fetch } from "./fetch.ts";
import type { Log, LogFields } from "./log.ts";

export interface HttpRequest {
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** For the whole call: look-up, every hop, headers and body. 30 seconds unless told. */
  timeoutMs?: number;
  /** Of the body, decompressed. 10 MB unless told. */
  maxBytes?: number;
  /** On the call's log line: who calls, for whom. */
  labels?: LogFields;
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

/**
 * `timed_out`: no complete answer came; the request may have been carried out. `unreachable`: no
 * connection, or lost before an answer began. `blocked`: refused by `rule` before anything was sent
 * there. `too_large`: the answer is longer than allowed. `message` names host and rule, never a
 * query, a header or a body.
 */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly kind: "timed_out" | "unreachable" | "blocked" | "too_large";
  readonly rule: AddressRule | null;

  constructor(kind: HttpError["kind"], message: string, rule: AddressRule | null = null) {
    super(message);
    this.kind = kind;
    this.rule = rule;
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
  /** One line "vendor_call" per call. */
  log: Log;
  resolve: Resolve;
  /** Local runs only: http and https to this machine's loopback as well. */
  allowPrivateHosts?: boolean;
  deadline?: (ms: number) => Deadline;
}

const maxRedirects = 3;

const systemDeadline = (ms: number): Deadline => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
};

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
/** All that a host which did not ask for them may see: none of these can carry a credential. */
const harmlessHeaders = new Set(["accept", "accept-language", "user-agent"]);

interface Hop {
  url: string;
  loopback: boolean;
  headers: Record<string, string>;
}

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const isReading = (method: string): boolean => method === "GET" || method === "HEAD";

/** Where an answer sends us, or null when it is to be taken as it is. */
const nextHop = (response: Response, hop: Hop, method: string): Hop | null => {
  const location = response.headers.get("location")?.trim();
  if (!redirectStatuses.has(response.status) || location === undefined) return null;
  const target = URL.canParse(location, hop.url) ? new URL(location, hop.url) : null;
  const elsewhere = target?.origin !== new URL(hop.url).origin;
  const repeats = response.status === 307 || response.status === 308;
  if (!isReading(method) && (elsewhere || !repeats)) return null;
  const kept = Object.entries(hop.headers).filter(
    ([name]) => !elsewhere || harmlessHeaders.has(name),
  );
  // An absolute Location is judged as it was written, before the URL parser tidies it up.
  const relative = target && !/^[a-z][a-z0-9+.-]*:/i.test(location);
  const written = relative ? target.href : location;
  return { url: written, loopback: hop.loopback, headers: Object.fromEntries(kept) };
};

const decoderFor = (headers: Headers): TextDecoder => {
  const charset = /charset="?([^\s;"]+)/i.exec(headers.get("content-type") ?? "")?.[1];
  try {
    return new TextDecoder(charset ?? "utf-8");
  } catch {
    return new TextDecoder();
  }
};

/** Calls vendors under the address rules, within time and size, and logs each call without its secrets. */
export const createHttp = (options: HttpOptions): Http => {
  const { clock, log, resolve, allowPrivateHosts = false } = options;
  const startDeadline = options.deadline ?? systemDeadline;

  /** Refuses what must not be called; only a loopback address may redirect to loopback. */
  const admit = async (hop: Hop, first: boolean): Promise<URL> => {
    const verdict = checkUrl(hop.url, {
      allowPrivateHosts: allowPrivateHosts && (first || hop.loopback),
    });
    if (!verdict.ok) {
      const what = first ? "The address is not called" : "A redirect is not followed";
      throw new HttpError("blocked", `${what}: ${explainRule(verdict.rule)}.`, verdict.rule);
    }
    hop.loopback = verdict.loopback;
    if (verdict.loopback) return verdict.url;
    const host = verdict.url.hostname;
    const addresses = await resolve(host).catch(() => {
      throw new HttpError("unreachable", `${host} could not be looked up in the DNS.`);
    });
    if (addresses.length === 0) {
      throw new HttpError("unreachable", `${host} is not known to the DNS.`);
    }
    if (!addresses.every(isGlobalAddress)) {
      const rule = "private_address";
      throw new HttpError("blocked", `${host} is not called: ${explainRule(rule)}.`, rule);
    }
    return verdict.url;
  };

  const call = async (
    start: string,
    request: HttpRequest,
    seen: { url: URL | null; status: number | null; bytes: number; redirects: number },
    inTime: <T>(work: Promise<T>) => Promise<T>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> => {
    const { method = "GET", body, maxBytes = 10_000_000 } = request;
    const headers = { "user-agent": "Dray", ...lowerCased(request.headers ?? {}) };
    let hop: Hop = { url: start, loopback: false, headers };
    for (;;) {
      const url = await inTime(admit(hop, seen.redirects === 0));
      seen.url = url;
      const sent = options.fetch(url.href, {
        method,
        headers: hop.headers,
        redirect: "manual",
        signal,
        ...(body === undefined ? {} : { body }),
      });
      const response = await inTime(
        sent.catch(() => {
          throw new HttpError("unreachable", `${url.host} could not be reached.`);
        }),
      );
      seen.status = response.status;
      const next = nextHop(response, { ...hop, url: url.href }, method);
      if (!next) {
        const text = await readBody(response, url, maxBytes, seen, inTime);
        return { status: response.status, headers: response.headers, body: text, url: url.href };
      }
      await response.body?.cancel().catch(() => undefined);
      seen.redirects += 1;
      if (seen.redirects > maxRedirects) {
        const rule = "too_many_redirects";
        throw new HttpError("blocked", `${url.host} is not called: ${explainRule(rule)}.`, rule);
      }
      hop = next;
    }
  };

  return {
    fetch: async (start, request = {}) => {
      const began = clock.now();
      const timeoutMs = request.timeoutMs ?? 30_000;
      const deadline = startDeadline(timeoutMs);
      const seen = {
        url: null as URL | null,
        status: null as number | null,
        bytes: 0,
        redirects: 0,
      };
      const late = new Promise<never>((_, reject) => {
        const give = () => {
          const host = seen.url?.host ?? "The host";
          reject(new HttpError("timed_out", `${host} did not answer within ${timeoutMs} ms.`));
        };
        if (deadline.signal.aborted) give();
        else deadline.signal.addEventListener("abort", give, { once: true });
      });
      late.catch(() => undefined);
      const inTime = <T>(work: Promise<T>): Promise<T> => Promise.race([late, work]);
      const report = (outcome: string) => {
        const parsed = checkUrl(start, { allowPrivateHosts });
        const where = seen.url ?? (parsed.ok ? parsed.url : null);
        log[outcome === "answered" ? "info" : "warn"]("vendor_call", {
          ...request.labels,
          method: request.method ?? "GET",
          host: where?.host ?? null,
          path: where?.pathname ?? null,
          status: seen.status,
          outcome,
          redirects: seen.redirects,
          duration_ms: clock.now() - began,
          bytes: seen.bytes,
        });
      };
      try {
        const answer = await call(start, request, seen, inTime, deadline.signal);
        report("answered");
        return answer;
      } catch (error) {
        const known =
          error instanceof HttpError
            ? error
            : new HttpError("unreachable", `${seen.url?.host ?? "The host"} could not be called.`);
        report(known.rule ? `blocked: ${known.rule}` : known.kind);
        throw known;
      } finally {
        deadline.clear();
      }
    },
  };
};

const readBody = async (
  response: Response,
  url: URL,
  maxBytes: number,
  seen: { bytes: number },
  inTime: <T>(work: Promise<T>) => Promise<T>,
): Promise<string> => {
  if (!response.body) return "";
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const decoder = decoderFor(response.headers);
  let text = "";
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read());
      if (done) return text + decoder.decode();
      seen.bytes += value.byteLength;
      if (seen.bytes > maxBytes) {
        throw new HttpError("too_large", `${url.host} answered more than ${maxBytes} bytes.`);
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    reader.cancel().catch(() => undefined);
    if (error instanceof HttpError) throw error;
    throw new HttpError("timed_out", `The connection to ${url.host} broke within the answer.`);
  }
};
