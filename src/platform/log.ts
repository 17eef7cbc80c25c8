import type { Clock } from "./clock.ts";

export type LogFields = Readonly<Record<string, unknown>>;

/** One JSON line per call: `at`, `level`, `event`, then the fields, redacted by the shape of their keys. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same log, with these fields on every line. */
  with(fields: LogFields): Log;
}

/** As many ids as one line names. */
export const someOf = <T>(ids: Iterable<T>): T[] => [...ids].slice(0, 20);

const redacted = "[redacted]";
const secretWords = new Set(
  (
    "password passwd passphrase secret secrets key keys apikey token tokens authorization auth " +
    "bearer cookie cookies signature credential credentials consumer otp pin"
  ).split(" "),
);
const personalWords = new Set(
  "email emails phone address address1 address2 customer recipient".split(" "),
);
/** Where errors and requests carry what nobody vetted: SQL parameters, bodies, causes. */
const droppedKeys = new Set(["cause", "params", "parameters", "stack", "body", "payload"]);

const wordsOf = (key: string): string[] =>
  key
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);

const looksPrivate = (key: string): boolean =>
  wordsOf(key).some((word) => secretWords.has(word) || personalWords.has(word));

const withoutQueries = (text: string): string =>
  text
    .slice(0, 4_000)
    .replace(/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@"'<>]*@/gi, "$1")
    .replace(/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi, "$1");

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length)}...` : text;

const isUrlKey = (key: string): boolean =>
  wordsOf(key).some((word) => word === "url" || word === "urls");

const safeText = (key: string, text: string): string => {
  const bare = isUrlKey(key) ? (text.split(/[?#]/, 1)[0] ?? "") : text;
  return cut(withoutQueries(bare), 2_000);
};

const safeError = (error: Error): { name: string; message?: string } =>
  // A SyntaxError quotes what it could not read.
  error instanceof SyntaxError
    ? { name: error.name }
    : { name: error.name, message: cut(withoutQueries(error.message), 500) };

const safeValue = (key: string, value: unknown, depth: number): unknown => {
  if (value === null || value === undefined || typeof value === "boolean") return value;
  if (looksPrivate(key)) return redacted;
  if (typeof value === "string") return safeText(key, value);
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object") return undefined;
  if (value instanceof Error) return safeError(value);
  if (value instanceof URL) return safeText("url", value.href);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= 5) return "[deeper]";
  if (Array.isArray(value)) {
    return value.slice(0, 100).map((item) => safeValue(key, item, depth + 1) ?? null);
  }
  return safeFields(value as LogFields, depth + 1);
};

const safeFields = (fields: LogFields, depth: number): Record<string, unknown> => {
  const safe: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (droppedKeys.has(key)) continue;
    safe[key] = safeValue(key, value, depth);
  }
  return safe;
};

/** What was thrown, as a line of text that may be kept: name and message as the log would show them. */
export const errorText = (error: unknown): string => {
  if (!(error instanceof Error)) return "Something that is no error was thrown";
  const { name, message } = safeError(error);
  return message === undefined
    ? name
    : `${name}: ${message.replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, "[e-mail]")}`;
};

/**
 * A log that writes one JSON line per call, with `at` as ISO time. Fields named like a secret or
 * like personal data become "[redacted]"; bodies, causes, parameters and stacks are left out; an
 * error is its name and the first 500 characters of its message; URLs lose query and user.
 */
export const createLog = (
  write: (line: string) => void,
  clock: Pick<Clock, "now">,
  base: LogFields = {},
): Log => {
  const line = (level: string, event: string, fields: LogFields = {}) => {
    const head = { at: new Date(clock.now()).toISOString(), level, event };
    write(JSON.stringify({ ...head, ...safeFields({ ...base, ...fields }, 0), ...head }));
  };
  return {
    info: (event, fields) => line("info", event, fields),
    warn: (event, fields) => line("warn", event, fields),
    error: (event, fields) => line("error", event, fields),
    with: (fields) => createLog(write, clock, { ...base, ...fields }),
  };
};
