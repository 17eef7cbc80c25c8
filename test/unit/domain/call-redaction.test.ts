import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redactExchange, type Exchange } from "../../../src/domain/call-redaction.ts";
import { callWith, wms, wmsOrder } from "../connectors/http-warehouse/wms.ts";
import { order } from "./samples.ts";

const exchange = (more: Partial<Exchange> = {}) =>
  redactExchange({
    url: "https://wms.example/orders",
    message: "wms.example said 422.",
    request: null,
    response: null,
    secrets: [],
    ...more,
  });

const response = (body: unknown): string =>
  exchange({ response: typeof body === "string" ? body : JSON.stringify(body) }).response ?? "";

/** What a customer is known by. */
const person = {
  first_name: "Zebulon",
  last_name: "Quaxworth",
  company: "Quaxworth & Sons",
  address_1: "77 Ferntickle Road",
  address_2: "Stairwell Grumio",
  city: "Pluckley",
  postcode: "TN27 0QS",
  email: "zeb.quaxworth@mailbox.example",
  phone: "+44 1233 840555",
};
const canaries = [
  ...Object.values(person),
  ..."Zebulon Quaxworth Ferntickle Grumio Pluckley TN27 mailbox 840555".split(" "),
];
const expectNone = (text: unknown) => {
  const all = JSON.stringify(text).toLowerCase();
  for (const canary of canaries) expect(all).not.toContain(canary.toLowerCase());
};

interface WooOrder {
  id: number;
  number: string;
  billing: Record<string, string>;
  shipping: Record<string, string>;
  line_items: { sku: string }[];
  [field: string]: unknown;
}

const fixture = readFileSync(
  join(import.meta.dirname, "../../fixtures/woocommerce/orders-list.response.json"),
  "utf8",
);
/** The recorded orders, bought by the customer above. */
const shopOrders = (JSON.parse(fixture) as WooOrder[]).map((one): WooOrder => ({
  ...one,
  billing: { ...one.billing, ...person },
  shipping: { ...one.shipping, ...person },
  customer_note: `Leave it with ${person.first_name}`,
  customer_ip_address: "203.0.113.77",
  customer_user_agent: "Zebulon's phone",
  payment_url: `https://shop.example/pay?key=${person.last_name}`,
  meta_data: [
    { id: 1, key: "_billing_wooccm11", value: person.phone },
    { id: 2, key: "_shipping_note", value: { text: person.address_1 } },
  ],
}));

describe("what becomes of a body", () => {
  test("nothing of the customers of a WooCommerce shop is left, and its numbers, states and codes are", () => {
    const kept = response(shopOrders.slice(0, 1));
    expectNone(kept);
    const [first] = shopOrders;
    const [redacted] = JSON.parse(kept) as WooOrder[];
    expect(redacted).toMatchObject({
      id: first?.id,
      number: first?.number,
      status: first?.["status"],
      total: first?.["total"],
      date_created_gmt: first?.["date_created_gmt"],
      billing: { first_name: "[removed]", country: "US" },
      line_items: [{ sku: first?.line_items[0]?.sku, quantity: 3 }],
    });
    expectNone(response(shopOrders));
  });

  test("nothing of the customer of an order is left of what http-warehouse is sent, nor of an answer that quotes it", async () => {
    const { postcode, ...rest } = person;
    const to = { ...rest, zip: postcode, country: "GB", state: "KEN" };
    const { call, sent } = callWith(() => ({ status: 201, body: { id: "W1" } }));
    const body = order({
      ship_to: to,
      bill_to: to,
      gift_message: `For ${person.first_name}`,
      shipping_instructions: `Ring at ${person.last_name}`,
      customer_id: person.email,
      custom_fields: [person.phone],
      extra_fields: { nickname: person.first_name },
    });
    await wms.orders
      .submit(call, { ...wmsOrder("1001"), order: body }, "ord_1.1")
      .catch(() => null);
    const request = String(sent[0]?.body);
    expect(request).toContain(person.last_name);
    const said = `Unknown street "FERNTICKLE road" of ${person.first_name} ${person.last_name}, ${person.postcode}`;
    const kept = exchange({
      url: `https://wms.example/orders/${encodeURIComponent(person.email)}?token=x`,
      message: `wms.example said 422: ${said}`,
      request,
      response: JSON.stringify({ error: { code: "address", message: said, sent: to } }),
    });
    expectNone(kept);
    expect(kept.url).toBe("https://wms.example/orders/[removed]");
    expect(kept.message).toContain("wms.example said 422: Unknown street");
    expect(JSON.parse(kept.response ?? "")).toMatchObject({ error: { code: "address" } });
    expect(kept.request).toContain('"sku":"MUG"');
    expect(kept.request).toContain('"country":"GB"');
  });

  test("XML is judged by its elements, and by the fields that they name", () => {
    const kept = response(
      `<?xml version="1.0"?><Order id="A-7"><ShipTo><Name>${person.first_name}</Name><Country>GB</Country></ShipTo>
       <field name="city">${person.city}</field><Street><![CDATA[${person.address_1}]]></Street>
       <Phone number="${person.phone}"/><Lines><Line><SKU>MUG-1</SKU><Quantity>2</Quantity></Line></Lines>
       <Error>No house ${person.address_1}</Error></Order>`,
    );
    expectNone(kept);
    for (const part of ['id="A-7"', "<SKU>MUG-1</SKU>", "<Quantity>2</Quantity>", "No house"])
      expect(kept).toContain(part);
  });

  test("a form is judged by its fields", () => {
    const body = new URLSearchParams({
      "billing[first_name]": person.first_name,
      email: person.email,
      order_id: "A-7",
    });
    const kept = exchange({ request: body.toString() }).request;
    expectNone(kept);
    expect(kept).toContain("order_id=A-7");
  });

  test("of a web page its title is left, of a long text its length", () => {
    const page = `<!doctype html><html><head><title>Just a moment...</title></head><body>${person.email}</body></html>`;
    expect(response(page)).toBe("[an HTML page: Just a moment...]");
    expect(response(`order,name\n1,${person.last_name}`)).toMatch(/^\[\d+ characters of text\]$/);
    expect(response(`call ${person.phone} or ${person.email}`)).toBe("call [phone] or [e-mail]");
    expect(response(`"${"x".repeat(300_000)}"`)).toBe("[300002 characters]");
    expect(
      response(
        JSON.stringify({
          message: ["x".repeat(290), "y".repeat(290)],
          errors: Array.from({ length: 9 }, () => "z".repeat(600)),
        }),
      ).length,
    ).toBeLessThanOrEqual(4_003);
  });

  test("secrets go wherever they are, whatever the field is called", () => {
    const secret = "s3cr3t/value+1";
    const kept = exchange({
      url: `https://wms.example/${encodeURIComponent(secret)}/orders?key=${secret}`,
      message: `refused ${secret}`,
      request: JSON.stringify({ id: secret, api_key: "another-one" }),
      response: JSON.stringify({ message: `wrong: ${secret}`, code: secret }),
      secrets: [secret],
    });
    const all = JSON.stringify(kept);
    expect(all).not.toContain(secret);
    expect(all).not.toContain(encodeURIComponent(secret));
    expect(all).not.toContain("another-one");
  });

  test("what is needed to see what went wrong stays", () => {
    const body = {
      code: "invalid_param",
      message: "Invalid parameter(s): line_items[0].quantity",
      data: { status: 400, retry: false, details: { quantity: "must be a number" } },
      cust_ref: "WOO-1001-2",
      shipped_at: "2026-11-21T10:00:00Z",
      lines: [{ line_id: "5", sku: "MUG-1", quantity: 2, price: 12.99 }],
    };
    expect(JSON.parse(response(body))).toEqual(body);
  });
});

const personalName = fc.constantFrom(
  ..."firstName last_name Vorname ShipToCity recipient-name strasse PLZ e_mail phoneNumber mobile_no kundenname nickname x1 Feld7 value text attributes".split(
    " ",
  ),
);
const canary = fc
  .tuple(
    fc.constantFrom("Zebulon", "Quaxworth", "Ferntickle", "Pluckley"),
    fc.constantFrom("", " Road 7", ", Kent", "-Smith"),
  )
  .map((parts) => parts.join(""));
const harmless = fc.constantFrom("order", "items", "data", "meta", "payload", "status", "lines");

/** A payload of any vendor in which customers' data stands under names for it, or under no known name. */
const payload = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.dictionary(personalName, canary, { minKeys: 1, maxKeys: 4 }),
    fc.dictionary(harmless, tie("node"), { minKeys: 1, maxKeys: 3 }),
    fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
    fc.tuple(personalName, tie("node")).map(([name, inner]) => ({ [name]: inner, number: 7 })),
  ),
})).node;

test("no name, street or town of a request is left anywhere, however the answer quotes it", () => {
  fc.assert(
    fc.property(payload, fc.boolean(), (body, upper) => {
      const sent = JSON.stringify(body);
      const quoted = [...sent.matchAll(/"((?:Zeb|Quax|Fern|Pluck)[^"]*)"/g)].map(
        ([, text]) => text,
      );
      const said = `Wrong: ${quoted.join(" / ")}.`;
      const kept = exchange({
        request: sent,
        message: said,
        response: JSON.stringify({ errors: [{ message: upper ? said.toUpperCase() : said }] }),
      });
      const all = JSON.stringify(kept).toLowerCase();
      for (const word of ["zebulon", "quaxworth", "ferntickle", "pluckley"])
        expect(all).not.toContain(word);
    }),
  );
});

test("any text at all is taken without an error, and within bounds", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), (one, other) => {
      for (const body of [
        one,
        `<${one}>${other}`,
        `${one}=${other}`,
        JSON.stringify({ [one]: other }),
      ])
        expect((exchange({ request: body, message: other }).request ?? "").length).toBeLessThan(
          4_010,
        );
    }),
  );
});

test("a body that is made to take long takes no longer than another", () => {
  const hostile = [
    "<!--".repeat(60_000),
    "<![CDATA[".repeat(28_000),
    `<a ${"b=".repeat(120_000)}`,
    "a=".repeat(120_000),
    JSON.stringify({ message: "x ".repeat(120_000) }),
    JSON.stringify({
      names: Array.from({ length: 9_000 }, (_, n) => `name ${n}`),
      errors: Array.from({ length: 9_000 }, (_, n) => `No ${n}`),
    }),
  ];
  for (const body of hostile) expect(response(body).length).toBeLessThanOrEqual(4_003);
}, 5_000);
