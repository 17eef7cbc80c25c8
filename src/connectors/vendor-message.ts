/** What a vendor says when something is wrong, made short and safe to show and to keep. */

const longest = 200;
/** What a hostile answer can make the patterns below look at. */
const mostRead = 20_000;

const asRecord = (value: unknown): Record<string, unknown> | null =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;

const messageKeys = ["message", "error_description", "error", "detail", "errors", "title"];

/** The first text under one of the usual names, at most a few levels down. */
const findMessage = (value: unknown, depth = 0): string | null => {
  if (typeof value === "string") return value.trim() || null;
  if (depth > 3) return null;
  if (Array.isArray(value)) return findMessage(value[0], depth + 1);
  const record = asRecord(value);
  if (!record) return null;
  for (const key of messageKeys) {
    const found = key in record ? findMessage(record[key], depth + 1) : null;
    if (found) return found;
  }
  return null;
};

const withoutTags = (text: string): string =>
  text
    .replace(/<(script|style|head)\b[\s\S]*?(<\/\1>|$)/gi, " ")
    .replace(/<!--[\s\S]*?(-->|$)/g, " ")
    .replace(/<[^>]*(>|$)/g, " ")
    .replace(/\s+/g, " ")
    .trim();

/** Whether a text is a web page, as firewalls and log-in forms answer. */
export const isHtml = (text: string): boolean =>
  /^\s*(<!doctype html|<html|<head|<body|<!--)/i.test(text.slice(0, 1_000));

/** The title of a web page, or null. */
export const titleOf = (html: string): string | null => {
  const title = /<title[^>]{0,200}>([\s\S]{0,500}?)<\/title>/i.exec(html.slice(0, mostRead))?.[1];
  return (title && withoutTags(title).slice(0, 80)) || null;
};

const withoutPersonalData = (text: string): string =>
  text
    .replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+\.[^\s<>"'(),;:]+/g, "[e-mail]")
    .replace(/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi, "$1");

/** The credentials of a request, as an answer could echo them. */
export const secretsIn = (headers: Readonly<Record<string, string>>, url: string): string[] => {
  const found: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (/^(accept|accept-language|content-type|user-agent)$/i.test(name)) continue;
    const words = value.split(/\s+/);
    found.push(value, ...words.slice(1));
    if (/^basic$/i.test(words[0] ?? "")) {
      const pair = Buffer.from(words[1] ?? "", "base64").toString("utf8");
      found.push(pair, ...pair.split(":"));
    }
  }
  const query = url.split("?", 2)[1] ?? "";
  found.push(...new URLSearchParams(query).values());
  return [...new Set(found)]
    .filter((secret) => secret.length >= 6)
    .toSorted((a, b) => b.length - a.length);
};

/**
 * A vendor's own words out of an answer's text: its JSON message, or the first 200 characters
 * without tags. E-mail addresses, URL queries and `secrets` are taken out. Empty when it said nothing.
 */
export const vendorMessage = (text: string, secrets: readonly string[] = []): string => {
  let said: string | null = null;
  try {
    const value: unknown = JSON.parse(text);
    said = findMessage(value) ?? "";
  } catch {
    said = isHtml(text) ? (titleOf(text) ?? text) : text;
  }
  let safe = withoutTags(said.slice(0, mostRead));
  for (const secret of secrets) safe = safe.replaceAll(secret, "[redacted]");
  safe = withoutPersonalData(safe.slice(0, 1_000));
  return safe.length > longest ? `${safe.slice(0, longest)}...` : safe;
};
