import type { Call, Connector } from "../../../src/connectors/contract.ts";
import { createVendorHttp } from "../../../src/connectors/vendor-http.ts";
import { ConnectorFailure } from "../../../src/domain/errors.ts";
import type { Clock } from "../../../src/platform/clock.ts";
import { createHttp } from "../../../src/platform/http.ts";
import { createLog } from "../../../src/platform/log.ts";

/** What a vendor can be told to do wrong, for every request until it is healed. */
export type Trouble = "unauthorized" | "throttled" | "unavailable" | "timed_out" | "page" | "junk";

/** What a fake vendor offers to every law. */
export interface Vendor {
  fetch: (request: Request) => Promise<Response>;
  settings: object;
  /** As a person enters them. None of these values may ever be seen again. */
  secrets: Record<string, string>;
  /** Does the next write, then breaks the connection before the answer is whole. */
  loseNextAnswer(): void;
  /** A message that the vendor itself signed with `secret` and that carries news. */
  signedMessage(secret: string): Promise<{ headers: Headers; body: string }>;
  /** A webhook secret in the form that this vendor uses; a new one each time. */
  newWebhookSecret(): string;
}

export interface TestClock extends Clock {
  pass(ms: number): void;
}

export function testClock(): TestClock {
  let now = Date.parse("2026-11-21T12:00:00.250Z");
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    pass: (ms) => {
      now += ms;
    },
  };
}

export type Tamper = (payload: unknown, request: Request) => unknown;

/** A vendor behind the real outbound HTTP, with a hand on the wire between them. */
export function connect(connector: Connector, vendor: Vendor, clock: TestClock) {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line), clock);
  let trouble: Trouble | null = null;
  let tamper: Tamper | null = null;
  let abort = () => {};

  async function answer(request: Request): Promise<Response> {
    switch (trouble) {
      case null:
        break;
      case "timed_out":
        abort();
        return new Promise(() => {});
      case "page":
        return new Response("<!doctype html><title>Welcome</title><h1>It works</h1>", {
          status: request.url.includes("missing") ? 404 : 200,
          headers: { "content-type": "text/html" },
        });
      case "junk":
        return Response.json({ hello: ["world", null, 7] });
      default: {
        const status = { unauthorized: 401, throttled: 429, unavailable: 503 }[trouble];
        // The worst vendor there is: it answers with all that it was sent.
        const echo = [...request.headers.values(), await request.text()].join(" ");
        return Response.json(
          { code: "echo", message: echo },
          { status, headers: { "retry-after": "7" } },
        );
      }
    }
    const response = await vendor.fetch(request);
    if (tamper === null || !response.ok) return response;
    const payload = tamper(await response.json(), request);
    return Response.json(payload, { status: response.status, headers: response.headers });
  }

  const http = createHttp({
    clock,
    log,
    resolve: async () => ["93.184.216.34"],
    deadline: () => {
      const controller = new AbortController();
      abort = () => controller.abort();
      return { signal: controller.signal, clear: () => {} };
    },
    fetch: (url, init) => {
      const { signal, ...rest } = init;
      const aborted = new Promise<never>((_, reject) => {
        signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      });
      return Promise.race([answer(new Request(url, rest)), aborted]);
    },
  });
  const call: Call = {
    connection_id: "con_conformance",
    settings: connector.settings.parse(vendor.settings),
    secrets: connector.secrets.parse(vendor.secrets),
    http: createVendorHttp(http, { limits: connector.limits, clock }),
    clock,
  };
  return {
    call,
    lines,
    suffer: (next: Trouble | null) => {
      trouble = next;
    },
    tamper: (next: Tamper | null) => {
      tamper = next;
    },
  };
}

/** What a connector threw, or null. Anything but a ConnectorFailure fails the test. */
export async function failureOf(work: () => Promise<unknown>): Promise<ConnectorFailure | null> {
  try {
    await work();
    return null;
  } catch (failure) {
    if (failure instanceof ConnectorFailure) return failure;
    throw failure;
  }
}

interface AnyPage {
  items: readonly unknown[];
  next: string;
  drained: boolean;
}

const MOST_PAGES = 300;

/** Pulls until the vendor has no more; `between` runs after each page. */
export async function drain<P extends AnyPage>(
  pull: (cursor: string | null) => Promise<P>,
  from: string | null = null,
  between: (page: number) => void = () => {},
): Promise<{ pages: P[]; cursors: (string | null)[] }> {
  const pages: P[] = [];
  const cursors: (string | null)[] = [from];
  for (;;) {
    const page = await pull(cursors.at(-1) ?? null);
    pages.push(page);
    cursors.push(page.next);
    if (page.drained) return { pages, cursors };
    if (pages.length > MOST_PAGES) throw new Error("the feed never ends");
    between(pages.length);
  }
}

export const missing = <T>(all: readonly T[], seen: readonly T[]): T[] => {
  const had = new Set(seen);
  return all.filter((one) => !had.has(one));
};

/** Sets, or with undefined removes, what is at `path` in a JSON value. */
export function put(target: unknown, path: readonly (string | number)[], value: unknown): void {
  const [step, ...rest] = path;
  if (step === undefined || typeof target !== "object" || target === null) return;
  if (rest.length > 0) return put(Reflect.get(target, step), rest, value);
  if (value === undefined) Reflect.deleteProperty(target, step);
  else Reflect.set(target, step, value);
}

export const at = (target: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined,
    target,
  );
