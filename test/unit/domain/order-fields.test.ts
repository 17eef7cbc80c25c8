import { describe, expect, test } from "vitest";
import { orderShape } from "../../../src/domain/order.ts";
import { fieldsOf } from "../shape-fields.ts";

/** The trade's field on the left, ours on the right; `[]` is a line. Several that say one thing share a place. */
type Group = Record<string, string>;

const address = (theirs: string, ours: string): Group =>
  Object.fromEntries(
    Object.entries({
      company: "company",
      title: "title",
      first_name: "first_name",
      last_name: "last_name",
      address_1: "address_1",
      address_2: "address_2",
      address_3: "address_3",
      city: "city",
      state: "state",
      zip: "zip",
      country: "country",
      phone: "phone",
      e_mail: "email",
      address_type: "type",
    }).map(([field, own]) => [`${theirs}_${field}`, `${ours}.${own}`]),
  );

const same = (...fields: string[]): Group =>
  Object.fromEntries(fields.map((field) => [field, field]));

const lines = (...fields: string[]): Group =>
  Object.fromEntries(fields.map((field) => [`items[].${field}`, `lines[].${field}`]));

const groups: Record<string, Group> = {
  numbers: { cust_po_no: "number", po_number: "po_number" },
  "ship-to": { ...address("ship", "ship_to"), ship_is_billing: "ship_is_billing" },
  "bill-to": { ...address("cust", "bill_to"), customer_id: "customer_id" },
  shipping: {
    ...same("ship_code", "ship_code_description", "carrier", "ship_account_no"),
    ...same("ship_account_zip", "shipping_instructions", "special_services", "location"),
    weight: "weight_g",
  },
  dates: same("order_date", "requested_ship_date", "expected_delivery_date", "latest_ship_date"),
  money: {
    ...same("sub_total", "order_discount", "sales_tax", "shipping_handling", "grand_total"),
    balance: "balance",
    currency_code: "currency.code",
    tax_exempt_sw: "tax_exempt",
  },
  gift: same("gift_message", "gift_wrap"),
  marketing: same("promo_code", "order_source", "media_week"),
  "address and fraud": {
    cass_code_ship: "address_check.ship_code",
    cass_error_ship: "address_check.ship_error",
    cass_code_cust: "address_check.bill_code",
    cass_error_cust: "address_check.bill_error",
    "ncoa_*, of the ship-to": "address_check.ship_ncoa",
    "ncoa_*, of the bill-to": "address_check.bill_ncoa",
    fraud_score: "fraud_score",
    black_list: "black_listed",
  },
  free: { "custom_field_1 to _5": "custom_fields", extra_fields: "extra_fields" },
  lines: {
    ...lines("line_no", "description", "quantity", "price", "discount", "addl_discount"),
    ...lines("extended_amount", "tax", "shipping_surcharge", "lot_number", "extra_fields"),
    "items[].item": "lines[].sku",
    "items[].line_comment": "lines[].comment",
    "items[].line_item_id": "lines[].line_id",
  },
};

/** Said elsewhere, or not at all. */
const absent = {
  cust_ref: "the order's reference, a column of its own",
  "pay_type, credit_card_no, cvv, expiration_date, cc_last_four, token_sw, pre_auth_*, check_*":
    "payment data stays with the cart",
};

/** Ours, which the trade's order has not. */
const own = [
  "currency.exponent",
  "lines[].weight_g",
  "lines[].hs_code",
  "lines[].country_of_origin",
  "lines[].declared_value",
  "lines[].filtered",
  "lines[].digital",
  "lines[].left_out",
];

describe("the order carries every field group of the trade", () => {
  const fields = fieldsOf(orderShape);

  for (const [group, places] of Object.entries(groups))
    test(`${group}: each field has its place`, () => {
      for (const [field, place] of Object.entries(places)) expect(fields, field).toContain(place);
    });

  test("and nothing else but what is listed here", () => {
    const places = Object.values(groups).flatMap((group) => Object.values(group));
    expect(fields.toSorted()).toEqual([...places, ...own].toSorted());
  });

  test("payment data has none, and says why", () => {
    for (const [names, why] of Object.entries(absent)) {
      expect(why).not.toBe("");
      for (const name of names.split(", ")) expect(fields).not.toContain(name);
    }
    expect(fields.join(" ")).not.toMatch(/card|cvv|expiration|pay_|pre_auth/);
  });
});
