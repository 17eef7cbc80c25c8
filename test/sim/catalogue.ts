/**
 * Every fault there is, by the kind of call it fits, and every place in Dray that makes such calls.
 * The words of D1, of the objects and of the queues are Cloudflare's own.
 */
const d1Messages = [
  "Network connection lost.",
  "Internal error in D1 DB storage caused object to be reset.",
  "Internal error while starting up D1 DB storage caused object to be reset.",
  "D1 DB reset because its code was updated.",
  "Cannot resolve D1 DB due to transient issue on remote node.",
  "D1 DB storage operation exceeded timeout which caused object to be reset.",
  "D1 DB is overloaded. Requests queued for too long.",
  "D1 DB is overloaded. Too many requests queued.",
  "D1 DB exceeded its CPU time limit and was reset.",
  "D1 DB's isolate exceeded its memory limit and was reset.",
  "Can't read from request stream because client disconnected.",
] as const;

/** Where in a call something goes wrong. */
export type Moment = "before" | "after";

export interface Fault {
  name: string;
  moment: Moment;
  /** What the call throws; null: the caller is gone. */
  message: string | null;
}

const at = (moment: Moment, message: string | null, name = message ?? "crash"): Fault => ({
  name: `${name} (${moment})`,
  moment,
  message,
});

const crashes = [at("before", null), at("after", null)];

/** What somebody changes while a run is under way. */
export const midSync = (
  [
    "settings of the connector",
    "settings of the cart",
    "jobs",
    "delivery off",
    "paused",
    "filters",
    "mapping",
    "secrets",
  ] as const
).map((name) => ({ name, moment: "after" as const, message: "" }));

/** What a call to D1, an object or a queue may meet. */
export const faults = {
  "d1 read": [...d1Messages.map((message) => at("before", message)), at("before", null)],
  "d1 commit": [
    ...d1Messages.flatMap((message) => [at("before", message), at("after", message)]),
    ...crashes,
  ],
  object: [
    at("before", "Network connection lost.", "retryable"),
    at("after", "Network connection lost.", "retryable"),
    at("before", "Durable Object is overloaded. Too many requests queued.", "overloaded"),
    at("before", "Durable Object reset because its code was updated.", "deployed"),
    at("after", "Durable Object reset because its code was updated.", "deployed"),
    at("before", "", "evicted"),
    at("before", "", "storage lost"),
    ...crashes,
  ],
  "queue send": [
    at("before", "Queue send failed: Too Many Requests"),
    at("before", "Queue send failed: Storage Limit Exceeded"),
    at("after", "", "lost"),
    at("after", "", "twice"),
    at("after", "", "12 hours late"),
    ...crashes,
  ],
  "queue batch": ["out of order", "again after ack", "consumer paused"].map((name) => ({
    name,
    moment: "after" as const,
    message: "",
  })),
  // Nobody consumes it for longer than it keeps its messages.
  "dead-letter queue": [{ name: "forgets what it has", moment: "before", message: "" }],
  // What Cloudflare's E-mail Service answers.
  mail: [
    at("before", "E_RATE_LIMIT_EXCEEDED"),
    at("before", "E_DAILY_LIMIT_EXCEEDED"),
    at("before", "E_RECIPIENT_SUPPRESSED"),
    at("before", "E_DELIVERY_FAILED"),
    at("before", "E_INTERNAL_SERVER_ERROR"),
    ...crashes,
  ],
  cron: ["missed", "twice", "overlapping", "killed"].map((name) => ({
    name,
    moment: "before" as const,
    message: "",
  })),
  "settings mid-sync": midSync,
} satisfies Record<string, readonly Fault[]>;

/** What happens to Dray as a whole and to a shop, once in a while. */
export const operations = {
  Dray: [
    "deployed",
    "D1 down",
    "clock jumped",
    "seal keys rotated",
    "data keys wrapped by half",
    "old isolate beside new keys",
  ],
  people: ["file of orders", "many orders at once", "order that stands for a shop's"],
  shop: ["webhooks deleted", "webhooks paused", "credentials replaced", "summer time ends"],
} as const;

export type Port = keyof typeof faults | "http read" | "http write";
