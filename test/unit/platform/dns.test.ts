import { expect, test } from "vitest";
import { createResolver } from "../../../src/platform/dns.ts";

type Table = Record<string, { Status?: number; Answer?: unknown; http?: number }>;

/** A DNS over HTTPS server with a table of `{host}/{type}`. */
const dns = (table: Table) => {
  const asked: string[] = [];
  const state = { now: 1_000_000 };
  const resolve = createResolver(
    async (address, init) => {
      const url = new URL(address);
      expect(url.origin + url.pathname).toBe("https://cloudflare-dns.com/dns-query");
      expect(init).toMatchObject({
        headers: { accept: "application/dns-json" },
        redirect: "manual",
      });
      const name = `${url.searchParams.get("name")}/${url.searchParams.get("type")}`;
      asked.push(name);
      const { http = 200, ...answer } = table[name] ?? { Status: 0 };
      return Response.json({ Status: 0, ...answer }, { status: http });
    },
    { now: () => state.now },
  );
  return { resolve, asked, state };
};

const a = (data: string, TTL = 60) => ({ name: "x", type: 1, TTL, data });
const aaaa = (data: string, TTL = 60) => ({ name: "x", type: 28, TTL, data });
const cname = (data: string, TTL = 60) => ({ name: "x", type: 5, TTL, data });

test("both kinds of addresses are answered, aliases are not", async () => {
  const { resolve, asked } = dns({
    "shop.example.com/A": { Answer: [cname("edge.example.net."), a("1.1.1.1"), a("10.0.0.1")] },
    "shop.example.com/AAAA": { Answer: [cname("edge.example.net."), aaaa("2606:4700::1")] },
  });
  expect(await resolve("shop.example.com")).toEqual(["1.1.1.1", "10.0.0.1", "2606:4700::1"]);
  expect(asked.toSorted()).toEqual(["shop.example.com/A", "shop.example.com/AAAA"]);
});

test("a name that does not exist, or has no addresses, has none", async () => {
  const { resolve } = dns({
    "gone.example.com/A": { Status: 3 },
    "gone.example.com/AAAA": { Status: 3 },
  });
  expect(await resolve("gone.example.com")).toEqual([]);
  expect(await resolve("bare.example.com")).toEqual([]);
});

test.each<[string, Table[string]]>([
  ["SERVFAIL", { Status: 2 }],
  ["REFUSED", { Status: 5 }],
  ["HTTP 500", { http: 500 }],
  ["a redirect", { http: 302 }],
])("%s to one of the two questions is no answer, and is not kept", async (_, answer) => {
  const table: Table = {
    "s.example.com/A": { Answer: [a("1.1.1.1")] },
    "s.example.com/AAAA": answer,
  };
  const { resolve } = dns(table);
  await expect(resolve("s.example.com")).rejects.toThrow("the DNS answered");
  table["s.example.com/AAAA"] = { Status: 0 };
  expect(await resolve("s.example.com")).toEqual(["1.1.1.1"]);
});

test.each([
  [60, 60],
  [0, 30],
  [86_400, 300],
])("an answer with a TTL of %i s is kept for %i s", async (ttl, kept) => {
  const { resolve, asked, state } = dns({
    "s.example.com/A": { Answer: [a("1.1.1.1", ttl)] },
    "s.example.com/AAAA": { Answer: [aaaa("2606:4700::1", 86_400)] },
  });
  await resolve("s.example.com");
  state.now += kept * 1_000 - 1;
  await resolve("s.example.com");
  expect(asked).toHaveLength(2);
  state.now += 1;
  await resolve("s.example.com");
  expect(asked).toHaveLength(4);
});

test("an alias that lives shorter than its address decides how long the answer is kept", async () => {
  const { resolve, asked, state } = dns({
    "s.example.com/A": { Answer: [cname("edge.example.net.", 40), a("1.1.1.1", 300)] },
    "s.example.com/AAAA": { Answer: [aaaa("2606:4700::1", 300)] },
  });
  await resolve("s.example.com");
  state.now += 40_000;
  await resolve("s.example.com");
  expect(asked).toHaveLength(4);
});

test("no more than a thousand names are kept", async () => {
  const { resolve, asked } = dns({});
  for (let index = 0; index <= 1_000; index += 1) await resolve(`s${index}.example.com`);
  asked.length = 0;
  await resolve("s1000.example.com");
  expect(asked).toHaveLength(0);
  await resolve("s0.example.com");
  expect(asked).toHaveLength(2);
});
