import type { Random } from "./random.ts";

/** An answer before it travels. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

/** What a call to a vendor is about. */
export interface Call {
  writes: boolean;
  /** A list of orders or a feed: it has pages. */
  paged: boolean;
  /** A feed with a cursor of its own. */
  feed: boolean;
}

/** A call under way, as a fault sees it. */
export interface UnderWay {
  random: Random;
  now(): number;
  /** Has the vendor do it; the answer is what it would say. */
  work(): Promise<Answer>;
  wait(ms: number): Promise<void>;
  /** Has it done later, when nobody listens any more. */
  later(ms: number): void;
  /** Does something in the shop while its answer travels. */
  disturb(): void;
}

/** How an answer arrives: whole, or otherwise. */
export type Arrival =
  | { kind: "answer"; answer: Answer }
  | { kind: "refused" }
  | { kind: "silence" }
  | { kind: "broken"; answer: Answer; at: number }
  | { kind: "drip"; answer: Answer }
  | { kind: "flood"; answer: Answer; bytes: number };

export interface HttpFault {
  name: string;
  fits?: (call: Call) => boolean;
  play(call: UnderWay): Promise<Arrival>;
}

const bytesOf = (text: string) => new Uint8Array(new TextEncoder().encode(text));
const whole = (answer: Answer): Arrival => ({ kind: "answer", answer });
const say = (
  status: number,
  body: unknown,
  headers: Record<string, string> = { "content-type": "application/json" },
): Arrival =>
  whole({ status, headers, body: bytesOf(typeof body === "string" ? body : JSON.stringify(body)) });

const instead = (name: string, arrival: (call: UnderWay) => Arrival): HttpFault => ({
  name,
  play: async (call) => arrival(call),
});
const changed = (
  name: string,
  change: (answer: Answer, call: UnderWay) => Arrival,
  fits?: HttpFault["fits"],
): HttpFault => ({
  name,
  ...(fits ? { fits } : {}),
  play: async (call) => change(await call.work(), call),
});

const html = "<!doctype html><html><head><title>Just a moment</title></head><body>Hi</body></html>";
const page = { "content-type": "text/html; charset=utf-8" };

/** The JSON of an answer, changed in one place; unchanged when it is no JSON. */
function withJson(answer: Answer, change: (value: unknown) => unknown): Answer {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(answer.body));
    return { ...answer, body: bytesOf(JSON.stringify(change(value))) };
  } catch {
    return answer;
  }
}

/** Changes one field of one object somewhere in an answer. */
function drift(value: unknown, random: Random, change: "missing" | "renamed" | "null"): unknown {
  const places: Record<string, unknown>[] = [];
  const look = (one: unknown): void => {
    if (Array.isArray(one)) one.forEach(look);
    else if (typeof one === "object" && one !== null) {
      places.push(one as Record<string, unknown>);
      Object.values(one).forEach(look);
    }
  };
  look(value);
  const place = places.length === 0 ? null : random.pick(places);
  const names = place === null ? [] : Object.keys(place);
  if (place === null || names.length === 0) return value;
  const name = random.pick(names);
  if (change === "null") place[name] = null;
  else {
    if (change === "renamed") place[`${name}_v2`] = place[name];
    delete place[name];
  }
  return value;
}

const drifts = (["missing", "renamed", "null"] as const).map((change) =>
  changed(`schema drift: a field is ${change}`, (answer, { random }) =>
    whole(withJson(answer, (value) => drift(value, random, change))),
  ),
);

const statuses = [500, 501, 502, 503, 504].map((status) =>
  instead(`${status}`, () => say(status, status % 2 === 0 ? { message: "Not now" } : html)),
);

const ordersOrRows = (value: unknown, change: (rows: unknown[]) => unknown[]): unknown => {
  if (Array.isArray(value)) return change(value);
  const shipments = (value as { shipments?: unknown[] }).shipments;
  return shipments ? { ...(value as object), shipments: change(shipments) } : value;
};

/** Everything that the network and a vendor may do to one call. */
const httpFaults: readonly HttpFault[] = [
  { name: "refused", play: async () => ({ kind: "refused" }) },
  { name: "connect timeout", play: async () => ({ kind: "silence" }) },
  {
    name: "read timeout after acceptance",
    play: async (call) => {
      await call.work();
      return { kind: "silence" };
    },
  },
  {
    name: "accepted after the timeout",
    fits: (call) => call.writes,
    play: async (call) => {
      call.later(call.random.between(31_000, 120_000));
      return { kind: "silence" };
    },
  },
  changed("reset mid-body", (answer, { random }) => ({
    kind: "broken",
    answer,
    at: random.below(Math.max(1, answer.body.byteLength)),
  })),
  instead("429 with seconds", ({ random }) =>
    say(429, "Too Many Requests", { "retry-after": String(random.between(1, 300)) }),
  ),
  instead("429 with an HTTP date", ({ now, random }) =>
    say(429, "Too Many Requests", {
      "retry-after": new Date(now() + random.between(1, 300) * 1_000).toUTCString(),
    }),
  ),
  ...statuses,
  changed("500 after acceptance", () => say(500, { message: "Internal error" })),
  instead("401", () => say(401, { code: "unauthorized", message: "Token expired" })),
  instead("redirect to a private address", ({ random }) =>
    say(random.pick([301, 302, 307, 308]), "", {
      location: random.pick(["http://10.0.0.7/admin", "http://169.254.169.254/", "https://[::1]/"]),
    }),
  ),
  changed("200 with HTML", () => say(200, html, page)),
  instead("200 with an error", () => say(200, { error: "database is gone" })),
  changed("truncated JSON", (answer, { random }) =>
    whole({ ...answer, body: answer.body.slice(0, random.below(answer.body.byteLength || 1)) }),
  ),
  changed("wrong charset", (answer, { random }) => {
    const charset = random.pick(["iso-8859-1", "utf-16", "klingon"]);
    const headers = { ...answer.headers, "content-type": `application/json; charset=${charset}` };
    return whole({ ...answer, headers });
  }),
  changed("50 MB", (answer) => ({ kind: "flood", answer, bytes: 50_000_000 })),
  changed("slow drip", (answer) => ({ kind: "drip", answer })),
  ...drifts,
  {
    name: "page shift",
    fits: (call) => call.paged,
    play: async (call) => {
      const answer = await call.work();
      call.disturb();
      return whole(answer);
    },
  },
  changed(
    "duplicate page",
    (answer) =>
      whole(withJson(answer, (value) => ordersOrRows(value, (rows) => [...rows, ...rows]))),
    (call) => call.paged,
  ),
  changed(
    "cursor loop",
    (answer) => {
      const loop = (value: unknown) =>
        typeof value === "object" && value !== null && "next_cursor" in value
          ? { ...value, has_more: true, next_cursor: "n0" }
          : value;
      const headers = { ...answer.headers, "x-wp-totalpages": "9" };
      return whole(withJson({ ...answer, headers }, loop));
    },
    (call) => call.paged,
  ),
];

/** The faults that a call may meet. */
export const fitting = (call: Call): readonly HttpFault[] =>
  httpFaults.filter(({ fits }) => !fits || fits(call));

/** An answer as `fetch` gives it, as far as Dray's HTTP reads it. */
export function asResponse(arrival: Arrival, wait: (ms: number) => Promise<void>): Response {
  if (arrival.kind === "refused" || arrival.kind === "silence")
    throw new TypeError("network connection lost");
  const { answer } = arrival;
  return {
    status: answer.status,
    headers: new Headers(answer.headers),
    body: { getReader: () => reader(arrival, wait), cancel: async () => {} },
  } as unknown as Response;
}

const CHUNK = 1_000_000;

function reader(
  arrival: Exclude<Arrival, { kind: "refused" | "silence" }>,
  wait: (ms: number) => Promise<void>,
) {
  const { body } = arrival.answer;
  let at = 0;
  const give = (bytes: Uint8Array) => ({ done: false, value: bytes });
  const over = { done: true, value: undefined };
  const read = async () => {
    switch (arrival.kind) {
      case "answer":
        at += 1;
        return at > 1 || body.byteLength === 0 ? over : give(body);
      case "broken":
        at += 1;
        if (at > 1) throw new TypeError("network connection lost");
        return give(body.slice(0, arrival.at));
      case "drip":
        await wait(2_500);
        at += 1;
        return at > body.byteLength ? over : give(body.slice(at - 1, at));
      case "flood":
        at += CHUNK;
        return at > arrival.bytes ? over : give(new Uint8Array(CHUNK).fill(32));
    }
  };
  return { read, cancel: async () => {} };
}
