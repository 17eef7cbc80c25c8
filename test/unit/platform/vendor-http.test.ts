import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createVendorHttp, type VendorRequest } from "../../../src/connectors/vendor-http.ts";
import { ConnectorFailure } from "../../../src/domain/errors.ts";
import type { HttpOptions } from "../../../src/platform/http.ts";
import { fakeHttp, handDeadline, type SentCall } from "./fake-http.ts";

const url = "https://shop.example.com/orders";
const now = Date.UTC(2026, 10, 21, 12);

const vendor = (
  answer: (call: SentCall, index: number) => Response | Promise<Response>,
  options: Partial<HttpOptions> = {},
) => {
  const fake = fakeHttp(answer, options);
  const http = createVendorHttp(fake.http, {
    limits: { requests: 1_000, per_ms: 1_000, parallel: 10 },
    clock: { now: () => now, sleep: async () => undefined },
    timeoutMs: 5_000,
  });
  return { ...fake, send: (request: VendorRequest) => http.send(request) };
};

const failure = async (work: Promise<unknown> | (() => unknown)): Promise<ConnectorFailure> => {
  let thrown: unknown = null;
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConnectorFailure);
  return thrown as ConnectorFailure;
};

const failing = (status: number, body = "", headers: Record<string, string> = {}) =>
  failure(vendor(() => new Response(body, { status, headers })).send({ url }));

describe("what is sent", () => {
  test("an object goes out as JSON, a text as it is", async () => {
    const { send, calls } = vendor(() => new Response("{}"));
    await send({ url, method: "PUT", body: { sku: "A-1" } });
    await send({ url, method: "POST", body: "<x/>", headers: { "Content-Type": "text/xml" } });
    await send({ url });
    expect(calls[0]).toMatchObject({
      method: "PUT",
      body: '{"sku":"A-1"}',
      headers: { "content-type": "application/json", accept: "application/json" },
    });
    expect(calls[1]).toMatchObject({ body: "<x/>", headers: { "content-type": "text/xml" } });
    expect(calls[2]).toMatchObject({ method: "GET", body: undefined });
    expect(calls[2]?.headers).not.toHaveProperty("content-type");
  });
});

describe("statuses that all vendors mean alike", () => {
  test.each([
    [401, "unauthorized"],
    [403, "unauthorized"],
    [429, "throttled"],
    [408, "unavailable"],
    [500, "unavailable"],
    [502, "unavailable"],
    [503, "unavailable"],
    [504, "unavailable"],
    [599, "unavailable"],
    [302, "bad_response"],
  ])("%i is %s", async (status, kind) => {
    expect((await failing(status)).kind).toBe(kind);
  });

  test.each([200, 201, 400, 404, 405, 409, 410, 422])("%i is an answer", async (status) => {
    const { send } = vendor(() => new Response('{"code":"x"}', { status }));
    expect(await send({ url })).toMatchObject({ status, text: '{"code":"x"}' });
  });

  test("204 has no body, and still is an answer", async () => {
    const { send } = vendor(() => new Response(null, { status: 204 }));
    expect(await send({ url })).toMatchObject({ status: 204, text: "" });
  });
});

describe("Retry-After", () => {
  test.each([
    ["0", 0],
    ["7", 7_000],
    ["1.5", 1_500],
    ["Sat, 21 Nov 2026 12:02:00 GMT", 120_000],
    ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
    ["999999999", 86_400_000],
    ["soon", null],
    ["-5", null],
    ["2026-11-21", null],
  ])("%j is %j ms", async (text, ms) => {
    const headers = { "retry-after": text };
    expect((await failing(429, "", headers)).retry_after_ms).toBe(ms);
    expect((await failing(503, "", headers)).retry_after_ms).toBe(ms);
    expect((await failing(401, "", headers)).retry_after_ms).toBeNull();
  });

  test("that is missing is null", async () => {
    expect((await failing(429)).retry_after_ms).toBeNull();
  });
});

describe("a vendor's own words", () => {
  test.each([
    [
      '{"code":"rest_forbidden","message":"Sorry, you cannot list resources."}',
      "Sorry, you cannot list resources.",
    ],
    ['{"error":"invalid_client"}', "invalid_client"],
    ['{"error":{"code":3,"message":"Key expired"}}', "Key expired"],
    ['{"errors":[{"message":"Access denied"}]}', "Access denied"],
    ['{"error":"invalid_grant","error_description":"The grant ended."}', "The grant ended."],
    ['{"message":"<b>No</b> access"}', "No access"],
    [
      "<html><head><title>403 Forbidden</title><script>x()</script></head><body>y</body></html>",
      "403 Forbidden",
    ],
    ["<p>Try <i>again</i>\n later</p>", "Try again later"],
  ])("are taken out of %s", async (body, said) => {
    expect((await failing(403, body)).message).toBe(
      `shop.example.com refused the credentials (403): ${said}`,
    );
  });

  test.each([
    "",
    "[]",
    "{}",
    "null",
    "17",
    '{"message":""}',
    '{"message":{"a":{"b":{"c":{"d":"x"}}}}}',
  ])("are not made up for %j", async (body) => {
    expect((await failing(503, body)).message).toBe("shop.example.com is not available (503).");
  });

  test("are cut after 200 characters", async () => {
    const { message } = await failing(503, "x".repeat(100_000));
    expect(message).toBe(`shop.example.com is not available (503): ${"x".repeat(200)}...`);
  });

  test("never hand on what the request carried, nor an e-mail address", async () => {
    const pair = "ck_canary1:cs_canary2";
    const request: VendorRequest = {
      url: `${url}?consumer_secret=cs_canary3`,
      headers: {
        Authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
        "X-Api-Key": "canary4",
        Cookie: "session=canary5",
      },
    };
    const { send } = vendor(
      (call) =>
        new Response(
          `${JSON.stringify(call.headers)} ck_canary1 cs_canary2 ${call.url} a.b@canary6.com`,
          {
            status: 403,
          },
        ),
    );
    const { message } = await failure(send(request));
    expect(message).toContain("[redacted]");
    expect(message).not.toMatch(/canary|Y2tfY2Fu/);
  });
});

describe("no answer", () => {
  test("a connection that fails is unavailable", async () => {
    const { send } = vendor(() => Promise.reject(new TypeError("cs_canary")));
    const error = await failure(send({ url }));
    expect(error.kind).toBe("unavailable");
    expect(error.message).toBe("shop.example.com could not be reached.");
  });

  test("no answer in time is timed_out", async () => {
    const { deadline, expire, state } = handDeadline();
    const { send } = vendor(
      () => {
        expire();
        return new Promise(() => undefined);
      },
      { deadline },
    );
    expect((await failure(send({ url }))).kind).toBe("timed_out");
    expect(state.asked).toBe(5_000);
  });

  test("a forbidden address is bad_request with the rule in words", async () => {
    const { send, calls } = vendor(() => new Response());
    const error = await failure(send({ url: "https://10.0.0.1/" }));
    expect(error.kind).toBe("bad_request");
    expect(error.message).toContain("a host name is needed, not an IP address");
    expect(calls).toHaveLength(0);
  });

  test("too much of an answer is bad_response", async () => {
    const { send } = vendor(() => new Response(new Uint8Array(10_000_001)));
    expect((await failure(send({ url }))).kind).toBe("bad_response");
  });

  test("a refusal after a redirect says why", async () => {
    const { send } = vendor((call) =>
      call.url === url
        ? new Response(null, {
            status: 301,
            headers: { location: "https://www.shop.example.com/orders" },
          })
        : new Response("", { status: 401 }),
    );
    const error = await failure(send({ url, headers: { Authorization: "Basic abc" } }));
    expect(error.kind).toBe("unauthorized");
    expect(error.message).toContain("www.shop.example.com refused us; we were redirected there");
  });

  test("a write that is redirected says where to", async () => {
    const { send, calls } = vendor(
      () =>
        new Response(null, {
          status: 301,
          headers: { location: "https://www.example.com/x?y=canary" },
        }),
    );
    const error = await failure(send({ url, method: "POST", body: {} }));
    expect(error.kind).toBe("bad_response");
    expect(error.message).toContain("redirects to www.example.com");
    expect(error.message).not.toContain("canary");
    expect(calls).toHaveLength(1);
  });
});

describe("an answer as JSON", () => {
  const shape = z.array(
    z.object({
      id: z.number(),
      status: z.enum(["open", "closed"]),
      line_items: z.array(z.object({ quantity: z.number().int().min(1), sku: z.string().min(1) })),
      note: z.union([z.string(), z.object({ text: z.string() })]).optional(),
      "odd key": z.iso.date().optional(),
    }),
  );
  const order = {
    id: 1,
    status: "open",
    line_items: [{ quantity: 1, sku: "A" }],
  };
  const reading = async (payload: unknown) => {
    const body = typeof payload === "string" ? payload : JSON.stringify(payload);
    const answer = await vendor(() => new Response(body)).send({ url });
    return failure(() => answer.json(shape));
  };

  test("comes back in its shape, unknown fields left out", async () => {
    const answer = await vendor(() => Response.json([{ ...order, extra: 1 }])).send({ url });
    expect(answer.json(shape)).toEqual([order]);
  });

  test("may begin with a byte order mark", async () => {
    const answer = await vendor(() => new Response("\ufeff[]")).send({ url });
    expect(answer.json(shape)).toEqual([]);
  });

  const line = (change: object) => [
    order,
    { ...order, line_items: [{ quantity: 1, sku: "A", ...change }] },
  ];

  test.each<[string, unknown, string]>([
    ["[1].line_items[0].quantity", line({ quantity: "canary" }), "expected number, got string"],
    ["[1].line_items[0].quantity", line({ quantity: null }), "expected number, got null"],
    ["[1].line_items[0].quantity", line({ quantity: undefined }), "expected number, got nothing"],
    [
      "[1].line_items[0].quantity",
      line({ quantity: -1 }),
      "expected number of at least 1, got number",
    ],
    ["[1].line_items[0].quantity", line({ quantity: 1.5 }), "expected int, got number"],
    ["[1].line_items[0].sku", line({ sku: "" }), "expected string of at least 1, got empty string"],
    ["[0].line_items", [{ ...order, line_items: {} }], "expected array, got object"],
    ["[0].status", [{ ...order, status: "canary" }], 'expected "open" or "closed", got string'],
    ["[0].note", [{ ...order, note: 424_242 }], "expected string or object, got number"],
    ["[0].note.text", [{ ...order, note: { text: 424_242 } }], "expected string, got number"],
    [
      '[0]["odd key"]',
      [{ ...order, "odd key": "canary" }],
      "expected string in the format date, got string",
    ],
    ["", { message: "canary" }, "expected array, got object"],
  ])(
    "that does not fit names the place %j and the types, not the value",
    async (place, payload, what) => {
      const error = await reading(payload);
      expect(error).toMatchObject({ kind: "bad_response", place });
      expect(error.message).toBe(`shop.example.com: ${place || "the answer"}: ${what}.`);
      expect(error.message).not.toMatch(/canary|424242/);
    },
  );

  test.each([
    ["", "sent an empty answer where JSON was due (200)"],
    ["  \n", "sent an empty answer"],
    [
      "<!DOCTYPE html><html><title>Just a moment...</title></html>",
      'sent an HTML page ("Just a moment...")',
    ],
    ["\n<html><body>canary</body></html>", "sent an HTML page where JSON was due"],
    ['[{"id":1,"name":"canary"', "sent 24 characters that are not JSON"],
    ["canary", "sent 6 characters that are not JSON"],
  ])("that is %j says so and shows nothing of it", async (body, what) => {
    const error = await reading(body);
    expect(error).toMatchObject({ kind: "bad_response", place: null });
    expect(error.message).toContain(what);
    expect(error.message).not.toContain("canary");
  });
});

test("calls are paced by the vendor's limits", async () => {
  const slept: number[] = [];
  const fake = fakeHttp(() => new Response("{}"));
  const vendorHttp = createVendorHttp(fake.http, {
    limits: { requests: 2, per_ms: 1_000, parallel: 1 },
    clock: {
      now: () => now,
      sleep: async (ms) => {
        slept.push(ms);
      },
    },
  });
  await Promise.all([1, 2, 3, 4, 5].map(() => vendorHttp.send({ url })));
  expect(slept).toEqual([1_000, 1_000, 2_000]);
});
