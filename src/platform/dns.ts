import type { Clock } from "./clock.ts";
import type { Fetch } from "./fetch.ts";

/** Every A and AAAA address of a host name; empty when there is none. Throws when nobody can say. */
export type Resolve = (host: string) => Promise<readonly string[]>;

interface Answer {
  addresses: string[];
  ttl: number;
}

const recordTypes = { A: 1, AAAA: 28 } as const;
const shortest = 30;
const longest = 300;
const cachedHosts = 1_000;
const nameDoesNotExist = 3;

const ttlOf = (record: Record<string, unknown>): number => Number(record["TTL"]) || 0;

/** The JSON of DNS over HTTPS: `{ Status, Answer: [{ type, TTL, data }] }`. */
const readAnswer = (text: string, wanted: number): Answer => {
  const answer = JSON.parse(text) as { Status?: unknown; Answer?: unknown };
  if (answer.Status === nameDoesNotExist) return { addresses: [], ttl: shortest };
  if (answer.Status !== 0) throw new Error(`the DNS answered status ${Number(answer.Status)}`);
  const records = Array.isArray(answer.Answer) ? (answer.Answer as Record<string, unknown>[]) : [];
  const found = records.filter((record) => record["type"] === wanted);
  return {
    addresses: found.map((record) => String(record["data"])),
    ttl: found.length === 0 ? shortest : Math.min(longest, ...records.map(ttlOf)),
  };
};

/**
 * Asks Cloudflare's DNS over HTTPS for A and AAAA records. Answers are kept for their TTL, but no
 * shorter than 30 seconds and no longer than 5 minutes; a failure is not kept.
 */
export const createResolver = (fetch: Fetch, clock: Pick<Clock, "now">): Resolve => {
  const kept = new Map<string, { addresses: readonly string[]; until: number }>();

  const ask = async (host: string, type: keyof typeof recordTypes): Promise<Answer> => {
    const url = `https://cloudflare-dns.com/dns-query?name=${encodeURIComponent(host)}&type=${type}`;
    const response = await fetch(url, {
      headers: { accept: "application/dns-json" },
      redirect: "manual",
      signal: AbortSignal.timeout(5_000),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`the DNS answered HTTP ${response.status}`);
    return readAnswer(text, recordTypes[type]);
  };

  return async (host) => {
    const known = kept.get(host);
    if (known && known.until > clock.now()) return known.addresses;
    const answers = await Promise.all([ask(host, "A"), ask(host, "AAAA")]);
    const addresses = answers.flatMap((answer) => answer.addresses);
    const ttl = Math.max(shortest, Math.min(...answers.map((answer) => answer.ttl)));
    kept.delete(host);
    const oldest = kept.size >= cachedHosts ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    kept.set(host, { addresses, until: clock.now() + ttl * 1_000 });
    return addresses;
  };
};
