import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withEdits, type Edits } from "../../../src/domain/edits.ts";
import { addressShape, orderLineShape, orderShape, type Order } from "../../../src/domain/order.ts";
import {
  redactAttempts,
  redactChecks,
  redactDetails,
  redactEdits,
  redactOrder,
  redactRefusal,
  redactShipment,
  redactTimeline,
} from "../../../src/domain/redaction.ts";
import type { ShipmentBody } from "../../../src/domain/shipping.ts";
import type { TimelineEntry } from "../../../src/domain/timeline.ts";
import { NOW, order } from "./samples.ts";

const CANARY = "CANARY";
const text = fc.string({ maxLength: 8 }).map((rest) => `${CANARY}${rest}`);
const texts = (names: readonly string[]) =>
  fc.record(Object.fromEntries(names.map((name) => [name, text])), { requiredKeys: [] });

/** What an order may say of its customer, each with the canary in it. */
const addressNames = Object.keys(addressShape.shape).filter(
  (name) => !["country", "state", "type"].includes(name),
);
const address = texts(addressNames).map((one) => ({ ...one, country: "US", state: "TX" }));
const extras = fc.dictionary(fc.string({ maxLength: 5 }), text, { maxKeys: 3 });
const personal = fc.record(
  {
    customer_id: text,
    po_number: text,
    gift_message: text,
    shipping_instructions: text,
    special_services: text,
    ship_account_no: text,
    ship_account_zip: text,
    address_check: fc.record({ ship_error: text, bill_code: text }),
    custom_fields: fc.array(text, { maxLength: 5 }),
    extra_fields: extras,
    bill_to: address,
  },
  { requiredKeys: [] },
);
const anyOrder = fc
  .record({ personal, ship_to: address, comment: text, extra_fields: extras })
  .map(({ personal: more, ship_to, ...ofLine }): Order => {
    const { lines, ...rest } = order();
    return {
      ...rest,
      ...more,
      ship_to,
      lines: lines.map((line) => ({ ...line, ...ofLine })),
    };
  });

describe("an order", () => {
  test("keeps nothing of its customer, and what was sold, to the last field of its lines", () => {
    fc.assert(
      fc.property(anyOrder, (one) => {
        const redacted = redactOrder(one);
        expect(JSON.stringify(redacted)).not.toContain(CANARY);
        expect(orderShape.parse(redacted)).toEqual(redacted);
        expect(redactOrder(redacted)).toEqual(redacted);
        expect(redacted.number).toBe(one.number);
        expect(redacted.ship_to).toEqual({ country: "US", state: "TX" });
        const sold = ({ lines }: Order) =>
          lines.map(({ comment: _, extra_fields: __, ...line }) => line);
        expect(redacted.lines).toEqual(sold(one));
      }),
    );
  });

  test("has no field about which nobody decided", () => {
    const gone =
      "po_number customer_id ship_account_no ship_account_zip shipping_instructions special_services gift_message address_check fraud_score black_listed custom_fields extra_fields";
    const kept =
      "number ship_to bill_to ship_is_billing ship_code ship_code_description carrier weight_g location order_date requested_ship_date expected_delivery_date latest_ship_date currency sub_total order_discount sales_tax shipping_handling grand_total balance tax_exempt gift_wrap promo_code order_source media_week lines cart_lines";
    expect(Object.keys(orderShape.shape).toSorted()).toEqual(
      `${gone} ${kept}`.split(" ").toSorted(),
    );
    const whole = Object.fromEntries(Object.keys(orderShape.shape).map((name) => [name, {}]));
    const line = Object.fromEntries(Object.keys(orderLineShape.shape).map((name) => [name, 1]));
    const redacted = redactOrder({ ...whole, lines: [line] } as unknown as Order);
    expect(Object.keys(redacted).toSorted()).toEqual(kept.split(" ").toSorted());
    expect(
      Object.keys(line).filter((name) => !Object.hasOwn(redacted.lines[0] ?? {}, name)),
    ).toEqual(["comment", "extra_fields"]);
  });

  test("still knows what was edited, and not to what, where that is the customer's", () => {
    const edits: Edits = {
      "ship_to.city": { value: CANARY, cart: CANARY },
      gift_message: { value: CANARY, cart: null },
      "ship_to.country": { value: "US", cart: "CA" },
      ship_code: { value: "UPS", cart: "DHL" },
      "lines.1.quantity": { value: 3, cart: 2 },
    };
    const redacted = redactEdits(edits);
    expect(JSON.stringify(redacted)).not.toContain(CANARY);
    expect(Object.keys(redacted ?? {})).toEqual(Object.keys(edits));
    expect(redacted?.["lines.1.quantity"]).toEqual({ value: 3, cart: 2 });
    expect(redactEdits(redacted ?? {})).toEqual(redacted);
    const body = redactOrder(withEdits(order(), edits));
    expect(JSON.stringify(withEdits(body, redacted ?? {}))).not.toContain(CANARY);
    expect(redactEdits({})).toBeNull();
  });
});

const events =
  "loaded changed_in_cart changed_after_sending canceled_in_cart reopened_in_cart released send_failed sent refused check_failed noted resent given_up shipped shipment_corrected shipment_voided closed_short confirmed confirm_failed withdrawn no_longer_passes passes_again noted_in_cart linked held edited sending_canceled cancel_asked canceled canceled_at_wms canceled_by_wms cancel_failed too_late_to_cancel cleared restored".split(
    " ",
  ) as TimelineEntry["event"][];
/** Their texts are of Dray's own words, statuses, references, SKUs and tracking numbers. */
const plain = new Set(
  "loaded changed_in_cart canceled_in_cart reopened_in_cart released sent resent shipped shipment_corrected shipment_voided closed_short confirmed passes_again linked held sending_canceled cancel_asked canceled canceled_at_wms cleared restored".split(
    " ",
  ),
);

describe("a timeline", () => {
  test("keeps when what happened and who did it, and no address, setting's value or other system's words", () => {
    for (const event of [...events, "unheard_of" as TimelineEntry["event"]]) {
      const entry = { at: NOW, event, text: `It said: "${CANARY}"`, by: "Jo (key)" };
      const [redacted] = redactTimeline([entry]);
      expect(redacted).toMatchObject({ at: NOW, event, by: "Jo (key)" });
      expect(redacted?.text.includes(CANARY), event).toBe(plain.has(event));
      expect(redactTimeline(redacted ? [redacted] : [])).toEqual([redacted]);
    }
  });
});

test("attempts keep what came of them, without words", () => {
  const attempt = { n: 1, at: NOW, duration_ms: 5, outcome: "refused" as const, message: CANARY };
  expect(redactAttempts([attempt])).toEqual([
    { n: 1, at: NOW, duration_ms: 5, outcome: "refused" },
  ]);
});

test("a shipment keeps its tracking number, and of its address what says nothing of the customer", () => {
  const body = (url: string | null): ShipmentBody => ({
    wms_shipment_id: "S1",
    tracking_number: "1Z1",
    tracking_url: url,
    carrier: "UPS",
    service: null,
    shipped_at: NOW,
    lines: [],
    surplus: [],
    closes_order: false,
  });
  const urlOf = (url: string | null) => redactShipment(body(url)).tracking_url;
  expect(urlOf("https://t.example/?n=1Z1&zip=78701&Postcode=78701")).toBe(
    "https://t.example/?n=1Z1",
  );
  expect(urlOf("https://t.example/1Z1?zip=78701")).toBe("https://t.example/1Z1");
  expect(urlOf("https://t.example/1Z1")).toBe("https://t.example/1Z1");
  expect(redactShipment(body(null))).toEqual(body(null));
});

test("a skipped order keeps which settings it missed, and its values only where they are nobody's", () => {
  const check = (field: string) => ({ field, expected: "a setting", actual: CANARY });
  for (const field of [
    "ship_to.zip",
    "ship_to.city",
    "bill_to.email",
    "zip",
    "customer_tag",
    "tag",
    "extra.note",
    "customer_id",
  ])
    expect(JSON.stringify(redactChecks([check(field)]))).not.toContain(CANARY);
  for (const field of ["payment_status", "order_status", "sku", "grand_total", "ship_to.country"])
    expect(redactChecks([check(field)])).toEqual([check(field)]);
});

test("a refused row keeps its number and why, without its cells", () => {
  expect(redactRefusal([2, "no SKU", CANARY])).toEqual([2, "no SKU"]);
  const told = redactRefusal([
    3,
    `column "zip, code": "${CANARY}" is no whole number; "${CANARY}" too`,
  ]);
  expect(told).toEqual([3, 'column "zip, code": [removed]']);
  expect(redactRefusal(told)).toEqual(told);
  expect(JSON.stringify(redactRefusal([4, `sku: "${CANARY}" is too long`]))).not.toContain(CANARY);
});

test("an alert keeps which order and connection it is about", () => {
  expect(redactDetails({ order_number: "1001", cart: "Shop", said: CANARY, line: 2 })).toEqual({
    order_number: "1001",
    cart: "Shop",
    line: 2,
  });
});
