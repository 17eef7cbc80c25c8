import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemFetch } from "../../../src/platform/fetch.ts";
import { createHttp, HttpError } from "../../../src/platform/http.ts";
import { createLog } from "../../../src/platform/log.ts";
import { fakeHttp, handDeadline } from "./fake-http.ts";
import { privateAddresses } from "./address-vectors.ts";
import { refusedUrls } from "./ssrf-vectors.ts";

const start = "https://shop.example.com/wp-json/orders?consumer_secret=cs_canary";
const headers = {
  Authorization: "Basic Y2FuYXJ5",
  "X-Api-Key": "key_canary",
  Accept: "text/plain",
};
const ok = () => new Response("fine", { status: 200 });
const redirect = (location: string, status = 302) =>
  new Response(null, { status, headers: { location } });

const failure = async (work: Promise<unknown>): Promise<HttpError> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(HttpError);
  return error as HttpError;
};

describe("a canary on this machine's loopback", () => {
  let hits = 0;
  const server = createServer((request, response) => {
    if (request.url === "/away") {
      response.writeHead(302, { location: `http://127.1:${port}/` }).end();
      return;
    }
    hits += 1;
    response.end("canary");
  });
  let port = 0;
  let urls: string[] = [];

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
    urls = Object.values(refusedUrls)
      .flat()
      .map((url) => url.replace("PORT", String(port)));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const canaryHttp = (allowPrivateHosts: boolean, resolve = async () => ["127.0.0.1"]) => {
    const clock = { now: () => 0 };
    const log = createLog(() => undefined, clock);
    return createHttp({ fetch: systemFetch, clock, log, resolve, allowPrivateHosts });
  };

  test("is reached by none of the refused addresses, through the real fetch", async () => {
    const http = canaryHttp(false, async () => ["93.184.215.14"]);
    for (const url of urls) expect((await failure(http.fetch(url))).kind).toBe("blocked");
    expect(urls.length).toBeGreaterThanOrEqual(200);
    expect(hits).toBe(0);
  });

  test("is not reached by a public name that resolves to it", async () => {
    const error = await failure(canaryHttp(false).fetch("https://127.0.0.1.rebind.example.com/"));
    expect(error).toMatchObject({ kind: "blocked", rule: "private_address" });
    expect(hits).toBe(0);
  });

  test("is not reached by a redirect from a public host, not even in a local run", async () => {
    let calls = 0;
    const clock = { now: () => 0 };
    const http = createHttp({
      fetch: async (url, init) => {
        calls += 1;
        return url.startsWith("https://shop.example.com/")
          ? redirect(`http://127.0.0.1:${port}/`)
          : systemFetch(url, init);
      },
      clock,
      log: createLog(() => undefined, clock),
      resolve: async () => ["93.184.215.14"],
      allowPrivateHosts: true,
    });
    expect((await failure(http.fetch("https://shop.example.com/"))).rule).toBe("https_only");
    expect(calls).toBe(1);
    expect(hits).toBe(0);
  });

  test("is not reached by a redirect that the real fetch would follow by itself", async () => {
    const before = hits;
    const error = await failure(canaryHttp(true).fetch(`http://127.0.0.1:${port}/away`));
    expect(error.rule).toBe("https_only");
    expect(hits).toBe(before);
  });

  test("is reached in a local run by its own address", async () => {
    const before = hits;
    const answer = await canaryHttp(true).fetch(`http://127.0.0.1:${port}/orders`);
    expect(answer).toMatchObject({ status: 200, body: "canary" });
    expect(hits).toBe(before + 1);
  });
});

describe("redirects", () => {
  const locations = Object.values(refusedUrls)
    .flat()
    .map((url) => url.replace("PORT", "49152"))
    .filter((url) => /^(https?:|\w+:|\/\/)/.test(url) && /^[\x21-\x7e]+$/.test(url));
  const badSchemes = ["//127.0.0.1/", "/\\127.0.0.1/", "\\\\localhost\\", "https:\\\\[::1]/"];

  test.each([...locations, ...badSchemes])("to %j are not followed", async (location) => {
    const { http, calls } = fakeHttp(() => redirect(location));
    expect((await failure(http.fetch(start))).kind).toBe("blocked");
    expect(calls).toHaveLength(1);
  });

  test("are tried with more than 150 forbidden places", () => {
    expect(locations.length).toBeGreaterThan(150);
  });

  test("to a name that resolves to a private address are not followed", async () => {
    const { http, calls } = fakeHttp(() => redirect("https://inside.example.com/"), {
      resolve: async (host) => (host === "inside.example.com" ? ["10.0.0.7"] : ["1.1.1.1"]),
    });
    expect((await failure(http.fetch(start))).rule).toBe("private_address");
    expect(calls).toHaveLength(1);
  });

  test("within one host keep the credentials", async () => {
    const { http, calls } = fakeHttp((_, index) => (index === 0 ? redirect("/v2/orders") : ok()));
    const answer = await http.fetch(start, { headers });
    expect(answer.url).toBe("https://shop.example.com/v2/orders");
    expect(calls[1]?.headers).toMatchObject({ authorization: "Basic Y2FuYXJ5" });
  });

  test.each([
    "https://www.shop.example.com/",
    "https://shop.example.com:8443/",
    "https://thief.example.com/",
  ])("to the other origin %s leave every credential behind", async (location) => {
    const { http, calls } = fakeHttp((_, index) => (index === 0 ? redirect(location) : ok()));
    await http.fetch(start, { headers });
    expect(calls[1]).toMatchObject({
      url: location,
      headers: { accept: "text/plain", "user-agent": "Dray" },
    });
    expect(Object.keys(calls[1]?.headers ?? {}).toSorted()).toEqual(["accept", "user-agent"]);
  });

  test("away and back again do not bring the credentials back", async () => {
    const stops = ["https://thief.example.com/", "https://shop.example.com/again"];
    const { http, calls } = fakeHttp((_, index) => {
      const stop = stops[index];
      return stop ? redirect(stop) : ok();
    });
    await http.fetch(start, { headers });
    expect(calls[2]?.headers).not.toHaveProperty("authorization");
  });

  test.each([301, 302, 303])("of a POST by %i are not followed", async (status) => {
    const { http, calls } = fakeHttp(() => redirect("/elsewhere", status));
    const answer = await http.fetch(start, { method: "POST", body: "{}" });
    expect(answer.status).toBe(status);
    expect(calls).toHaveLength(1);
  });

  test.each([307, 308])("of a POST by %i are followed on the same host only", async (status) => {
    const same = fakeHttp((_, index) => (index === 0 ? redirect("/elsewhere", status) : ok()));
    await same.http.fetch(start, { method: "POST", body: "order" });
    expect(same.calls[1]).toMatchObject({ method: "POST", body: "order" });

    const other = fakeHttp(() => redirect("https://other.example.com/", status));
    const answer = await other.http.fetch(start, { method: "POST", body: "order" });
    expect(answer.status).toBe(status);
    expect(other.calls).toHaveLength(1);
  });

  test("in a circle end after three", async () => {
    const { http, calls } = fakeHttp(() => redirect("/again"));
    expect((await failure(http.fetch(start))).rule).toBe("too_many_redirects");
    expect(calls).toHaveLength(4);
  });
});

describe("the DNS", () => {
  test.each(privateAddresses)("answer %j is refused, even among public ones", async (address) => {
    const { http, calls } = fakeHttp(ok, { resolve: async () => ["1.1.1.1", address] });
    expect(await failure(http.fetch(start))).toMatchObject({
      kind: "blocked",
      rule: "private_address",
    });
    expect(calls).toHaveLength(0);
  });

  test("saying nothing, or failing, stops the call", async () => {
    const none = fakeHttp(ok, { resolve: async () => [] });
    expect((await failure(none.http.fetch(start))).kind).toBe("unreachable");
    const broken = fakeHttp(ok, { resolve: () => Promise.reject(new Error("SERVFAIL")) });
    expect((await failure(broken.http.fetch(start))).kind).toBe("unreachable");
    expect(none.calls.length + broken.calls.length).toBe(0);
  });
});

describe("time and size", () => {
  const bytes = (count: number) => new Uint8Array(count).fill(97);

  test("headers that never come are timed_out", async () => {
    const { deadline, expire, state } = handDeadline();
    const { http } = fakeHttp(
      () => {
        expire();
        return new Promise(() => undefined);
      },
      { deadline },
    );
    const error = await failure(http.fetch(start, { timeoutMs: 1_234 }));
    expect(error).toMatchObject({ kind: "timed_out" });
    expect(state).toEqual({ asked: 1_234, cleared: 1 });
  });

  test("a body that drips for ever is timed_out, and the stream is given up", async () => {
    const { deadline, expire } = handDeadline();
    let drops = 0;
    let cancelled = false;
    const body = new ReadableStream({
      pull: (stream) => {
        drops += 1;
        if (drops === 50) expire();
        stream.enqueue(bytes(1));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    const { http } = fakeHttp(() => new Response(body), { deadline });
    expect((await failure(http.fetch(start))).kind).toBe("timed_out");
    expect(cancelled).toBe(true);
  });

  test("a look-up that never ends is timed_out", async () => {
    const { deadline, expire } = handDeadline();
    const { http } = fakeHttp(ok, {
      deadline,
      resolve: () => {
        expire();
        return new Promise(() => undefined);
      },
    });
    expect((await failure(http.fetch(start))).kind).toBe("timed_out");
  });

  test("a connection that breaks within the answer counts as no complete answer", async () => {
    const body = new ReadableStream({
      pull: (stream) => stream.error(new Error("reset, cs_canary")),
    });
    const { http } = fakeHttp(() => new Response(body));
    const error = await failure(http.fetch(start));
    expect(error.kind).toBe("timed_out");
    expect(error.message).not.toContain("canary");
  });

  test("an endless body is cut off once it is too large", async () => {
    let sent = 0;
    const body = new ReadableStream({
      pull: (stream) => {
        sent += 100_000;
        stream.enqueue(bytes(100_000));
      },
    });
    const { http } = fakeHttp(() => new Response(body));
    expect((await failure(http.fetch(start))).kind).toBe("too_large");
    expect(sent).toBeLessThan(10_500_000);
  });

  test("a body of exactly the limit is read, one byte more is not", async () => {
    const { http } = fakeHttp(() => new Response(bytes(1_000)));
    expect((await http.fetch(start, { maxBytes: 1_000 })).body).toHaveLength(1_000);
    expect((await failure(http.fetch(start, { maxBytes: 999 }))).kind).toBe("too_large");
  });

  test("a character cut by the network is put together again", async () => {
    const emoji = new TextEncoder().encode("🚚");
    const body = new ReadableStream({
      start: (stream) => {
        stream.enqueue(emoji.slice(0, 2));
        stream.enqueue(emoji.slice(2));
        stream.close();
      },
    });
    const { http } = fakeHttp(() => new Response(body));
    expect((await http.fetch(start)).body).toBe("🚚");
  });

  test("an answer says its charset, and a made-up charset is read as UTF-8", async () => {
    const answer = (charset: string, body: Uint8Array<ArrayBuffer>) =>
      fakeHttp(
        () => new Response(body, { headers: { "content-type": `text/plain; charset=${charset}` } }),
      ).http.fetch(start);
    expect((await answer("iso-8859-1", new Uint8Array([0xfc]))).body).toBe("ü");
    expect((await answer("klingon", new Uint8Array([0xc3, 0xbc]))).body).toBe("ü");
  });
});

describe("what is kept of a call", () => {
  test("a log line without query, headers or body", async () => {
    const { http, lines } = fakeHttp(() => new Response("body_canary", { status: 404 }));
    await http.fetch(start, { method: "POST", headers, body: "order_canary" });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      at: "2027-01-15T08:00:00.000Z",
      level: "info",
      event: "vendor_call",
      method: "POST",
      host: "shop.example.com",
      path: "/wp-json/orders",
      status: 404,
      outcome: "answered",
      redirects: 0,
      duration_ms: 0,
      bytes: 11,
    });
    expect(lines[0]).not.toMatch(/canary|Y2FuYXJ5/);
  });

  test("the caller's labels on its line, which go nowhere else and cover up nothing", async () => {
    const { http, lines, calls } = fakeHttp(() => new Response(""));
    const labels = { connection_id: "con_1", merchant_id: "mer_1", status: 999 };
    await http.fetch(start, { labels });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      connection_id: "con_1",
      merchant_id: "mer_1",
      status: 200,
    });
    expect(JSON.stringify(calls)).not.toContain("con_1");
  });

  test("one line also when it fails, and nothing of what the runtime said", async () => {
    const { http, lines } = fakeHttp(() => {
      throw new TypeError("Invalid header value: key_canary");
    });
    const error = await failure(http.fetch(start, { headers }));
    expect(error).toMatchObject({ kind: "unreachable" });
    expect(error.cause).toBeUndefined();
    expect(`${error.message}${lines.join("")}`).not.toContain("canary");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", outcome: "unreachable" });
  });

  test("a blocked address with a secret in it is not repeated", async () => {
    const { http, lines } = fakeHttp(ok);
    const error = await failure(http.fetch("https://ck:cs_canary@shop.example.com/?k=cs_canary"));
    expect(`${error.message}${lines.join("")}`).not.toContain("canary");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ outcome: "blocked: no_credentials" });
  });
});
