import { describe, expect, test } from "vitest";
import { woocommerce } from "../../../../src/connectors/carts/woocommerce/index.ts";
import { isUnreadable, readOrder } from "../../../../src/connectors/carts/woocommerce/map.ts";
import type { IncomingOrder, UnreadableOrder } from "../../../../src/domain/incoming.ts";
import { orderShape } from "../../../../src/domain/order.ts";
import { capturedOrders, richOrder } from "./shop.ts";

const read = (change: Record<string, unknown> = {}): IncomingOrder => {
  const order = readOrder({ ...richOrder(), ...change });
  if (isUnreadable(order)) throw new Error(order.message);
  return order;
};
const fail = (change: unknown): UnreadableOrder => {
  const order = readOrder(change);
  if (!isUnreadable(order)) throw new Error("was read");
  return order;
};
const line = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...(richOrder()["line_items"] as Record<string, unknown>[])[0],
  ...change,
});

describe("a captured order", () => {
  test("fits the domain's shape as it is", () => {
    for (const row of [...capturedOrders(), richOrder()]) {
      const { order } = readOrder(row) as IncomingOrder;
      expect(orderShape.parse(order)).toEqual(order);
    }
  });

  test("comes out as a whole", () => {
    expect(readOrder(capturedOrders()[0])).toEqual({
      source_id: "11",
      source_status: "cancelled",
      payment_status: "paid",
      fulfilment_status: "unfulfilled",
      state: "cancelled",
      placed_at: Date.parse("2026-11-21T21:00:19Z"),
      modified_at: Date.parse("2026-11-21T21:00:48Z"),
      order: {
        number: "11",
        ship_to: {
          first_name: "Ada",
          last_name: "Buyer",
          address_1: "1 Main",
          city: "Austin",
          state: "TX",
          zip: "78701",
          country: "US",
          phone: "512",
          email: "ada@example.com",
        },
        ship_is_billing: true,
        ship_code: "flat_rate",
        ship_code_description: "Ground",
        order_date: "2026-11-21T21:00:19Z",
        currency: { code: "USD", exponent: 2 },
        sub_total: 3897,
        sales_tax: 0,
        shipping_handling: 500,
        grand_total: 4397,
        order_source: "rest-api",
        extra_fields: { date_paid: "2026-11-21T21:00:19Z", needs_processing: true },
        lines: [
          {
            line_id: "1",
            line_no: 1,
            sku: "WIDGET-1",
            description: "Widget",
            quantity: 3,
            price: 1299,
            extended_amount: 3897,
            tax: 0,
            extra_fields: { product_id: "10" },
          },
        ],
      },
    });
  });
});

describe("states", () => {
  test.each([
    ["processing", "open"],
    ["failed", "open"],
    ["checkout-draft", "open"],
    ["auto-draft", "open"],
    ["cancelled", "cancelled"],
    ["refunded", "cancelled"],
    ["trash", "trashed"],
  ])("%s is %s and stays readable as the shop's status", (status, state) => {
    expect(read({ status })).toMatchObject({ source_status: status, state });
  });
});

describe("payment and fulfilment", () => {
  test("an order is paid once the shop says when", () => {
    expect(read().payment_status).toBe("paid");
    for (const date_paid_gmt of [null, "", undefined]) {
      expect(read({ date_paid_gmt }).payment_status).toBe("unpaid");
    }
  });

  test.each([
    ["unfulfilled", "unfulfilled"],
    ["partially_fulfilled", "partially_fulfilled"],
    ["fulfilled", "fulfilled"],
    ["no_fulfillments", "unfulfilled"],
    ["", "unfulfilled"],
    [null, "unfulfilled"],
  ])("the shop's %j is %s, and a shop without Fulfillments has fulfilled nothing", (value, is) => {
    const meta = { id: 1, key: "_fulfillment_status", value };
    expect(read({ meta_data: [meta] }).fulfilment_status).toBe(is);
    expect(read({ meta_data: [] }).fulfilment_status).toBe("unfulfilled");
  });

  test("every word it uses is one that people can choose", () => {
    const { payment, fulfilment } = woocommerce.filterValues;
    const words = (choices: readonly { value: string }[]) => choices.map(({ value }) => value);
    expect(words(payment).toSorted()).toEqual(["paid", "unpaid"]);
    expect(words(fulfilment)).toContain(read({ meta_data: [] }).fulfilment_status);
  });
});

describe("digital orders", () => {
  const digital = { needs_processing: false, shipping_lines: [] };

  test("one that needs no processing and no way to ship has digital lines only", () => {
    const lines = [line({ id: 5 }), line({ id: 6 })];
    expect(read({ ...digital, line_items: lines }).digital_lines).toEqual(["5", "6"]);
  });

  test.each([
    ["its product was deleted, but it has a way to ship", { needs_processing: false }],
    ["no way to ship was chosen", { shipping_lines: [] }],
    ["the shop does not say whether there is a way to ship", { ...digital, shipping_lines: null }],
  ])("it is not digital when %s", (_, change) => {
    expect(read(change)).not.toHaveProperty("digital_lines");
  });
});

describe("addresses", () => {
  const blank = { first_name: "", last_name: " ", address_1: "", city: "", postcode: "" };

  test("a blank shipping address means the billing address, phone and mail included", () => {
    const { order } = read({ shipping: { ...blank, country: "US", state: "TX", phone: "" } });
    expect(order).not.toHaveProperty("bill_to");
    expect(order.ship_is_billing).toBe(true);
    expect(order.ship_to.city).toBe("Austin");
    expect(order.ship_to.phone).toBe("512");
  });

  test("without any address none is made up", () => {
    const { order } = read({ shipping: null, billing: blank });
    expect(order.ship_to).toEqual({});
    expect(order).not.toHaveProperty("bill_to");
  });

  test("two places are told apart", () => {
    expect(read().order.ship_is_billing).toBe(false);
  });

  test("a country that is no code is kept beside the address, as the shop wrote it", () => {
    const { order } = read({ shipping: { address_1: "1 Main", country: "Utopia" } });
    expect(order.ship_to).not.toHaveProperty("country");
    expect(order.extra_fields).toMatchObject({ ship_country: "Utopia" });
  });

  test("emoji and scripts come through unharmed", () => {
    const { order } = read({
      shipping: { first_name: "Анна 🦊", last_name: "王", address_1: "1" },
    });
    expect(order.ship_to).toMatchObject({ first_name: "Анна 🦊", last_name: "王" });
  });
});

describe("money", () => {
  const total = (order: IncomingOrder["order"]): number =>
    (order.sub_total ?? 0) +
    (order.sales_tax ?? 0) +
    (order.shipping_handling ?? 0) -
    (order.order_discount ?? 0);

  test("the header adds up to the shop's total: coupon, surcharge, allowance and taxes together", () => {
    const { order } = read({
      line_items: [line({ quantity: 3, subtotal: "38.97", total: "30.00", total_tax: "2.40" })],
      discount_total: "8.97",
      shipping_total: "5.00",
      shipping_tax: "0.40",
      total_tax: "2.80",
      fee_lines: [
        { name: "Handling", total: "1.50", total_tax: "0.00" },
        { name: "Loyalty", total: "-4.00", total_tax: "0.00" },
      ],
      total: "35.30",
    });
    expect(order).toMatchObject({
      sub_total: 3000,
      sales_tax: 280,
      shipping_handling: 650,
      order_discount: 400,
      grand_total: 3530,
    });
    expect(total(order)).toBe(order.grand_total);
    expect(order.lines[0]).toMatchObject({ price: 1299, discount: 299, extended_amount: 3000 });
  });

  test("a price that does not divide is rounded, and the line amount stays exact", () => {
    const { order } = read({ line_items: [line({ quantity: 3, subtotal: "10", total: "10" })] });
    expect(order.lines[0]).toMatchObject({ price: 333, extended_amount: 1000 });
    expect(order.lines[0]).not.toHaveProperty("discount");
  });

  test("amounts follow the currency's own decimals", () => {
    const yen = read({ currency: "JPY", total: "1200", line_items: [line({ total: "1200" })] });
    expect(yen.order).toMatchObject({ currency: { code: "JPY", exponent: 0 }, grand_total: 1200 });
    expect(read({ currency: "KWD", total: "1.2345" }).order.grand_total).toBe(1235);
  });

  test("an amount that is missing is absent, never zero", () => {
    const bare = line();
    for (const key of ["subtotal", "total", "total_tax", "price"]) delete bare[key];
    const { order } = read({
      line_items: [bare],
      total: null,
      total_tax: "",
      shipping_total: undefined,
      fee_lines: [],
    });
    for (const key of ["sub_total", "sales_tax", "shipping_handling", "grand_total"]) {
      expect(order).not.toHaveProperty(key);
    }
    for (const key of ["price", "discount", "extended_amount", "tax"]) {
      expect(order.lines[0]).not.toHaveProperty(key);
    }
  });

  test("a refund leaves quantities as they were and is kept beside them", () => {
    const refunds = [{ id: 9, reason: "", total: "-12.99" }];
    const { order } = read({ refunds });
    expect(order.lines[0]?.quantity).toBe(3);
    expect(order.extra_fields).toMatchObject({ refunds });
  });
});

describe("lines and meta", () => {
  test("a deleted product leaves a line with a blank code", () => {
    expect(read({ line_items: [line({ sku: null })] }).order.lines[0]?.sku).toBe("");
  });

  test("a line of zero pieces ships nothing and is remembered", () => {
    const { order } = read({ line_items: [line({ id: 8, quantity: 0 }), line()] });
    expect(order.lines.map(({ line_id, line_no }) => [line_id, line_no])).toEqual([["5", 1]]);
    expect(order.extra_fields).toMatchObject({ lines_of_none: ["8"] });
  });

  test("private meta stays in the shop, checkout fields of blocks come along", () => {
    const { order } = read({
      meta_data: [
        { id: 1, key: "_huge_plugin_cache", value: "x" },
        { id: 2, key: "_wc_other/shop/gate", value: "7" },
        { id: 3, key: "engraving", value: "A" },
        { id: 4, key: "engraving", value: "B" },
        { id: 5, key: "parent_id", value: "mine" },
        { id: 6, key: "is_vat_exempt", value: "yes" },
      ],
    });
    expect(order.extra_fields).toMatchObject({
      "_wc_other/shop/gate": "7",
      engraving: ["A", "B"],
      "meta:parent_id": "mine",
    });
    expect(order.extra_fields).not.toHaveProperty("_huge_plugin_cache");
    expect(order.tax_exempt).toBe(true);
  });

  test("meta that PHP sent as an object is read like a list", () => {
    const { order } = read({ meta_data: { "1": { id: 1, key: "gate", value: "7" } } });
    expect(order.extra_fields).toMatchObject({ gate: "7" });
  });

  test("what nothing rests on may be missing altogether", () => {
    const row: Record<string, unknown> = { ...richOrder(), meta_data: [{ key: "gate" }] };
    const bare = line();
    for (const key of ["parent_id", "customer_id", "needs_processing", "refunds"]) delete row[key];
    for (const key of ["product_id", "variation_id", "name", "meta_data"]) delete bare[key];
    expect(isUnreadable(readOrder({ ...row, line_items: [bare] }))).toBe(false);
  });

  test("10,000 lines are 10,000 lines", () => {
    const line_items = Array.from({ length: 10_000 }, (_, id) => line({ id }));
    expect(read({ line_items }).order.lines).toHaveLength(10_000);
  });
});

describe("a bad row", () => {
  test.each([
    ["negative", -1, "line_items[1].quantity: is negative."],
    ["missing", undefined, "line_items[1].quantity: is missing."],
    ["null", null, "line_items[1].quantity: is missing."],
    ["fractional", 1.5, "line_items[1].quantity: is no whole number."],
    ["worded", "lots", "line_items[1].quantity: is no number."],
  ])("with a %s quantity is invalid and says where", (_, quantity, message) => {
    const row = { ...richOrder(), line_items: [line(), line({ quantity })] };
    expect(fail(row)).toEqual({ source_id: "13", number: "13", reason: "invalid", message });
  });

  test("with a currency that does not exist is invalid", () => {
    expect(fail({ ...richOrder(), currency: "ZZZ" })).toMatchObject({
      reason: "invalid",
      message: "currency: there is no such currency.",
    });
  });

  test("whose line does not mention a quantity is invalid and says where", () => {
    const bare = line();
    delete bare["quantity"];
    expect(fail({ ...richOrder(), line_items: [bare] }).message).toBe(
      "line_items[0].quantity: is missing.",
    );
  });

  test("without lines says so", () => {
    expect(fail({ ...richOrder(), line_items: [] }).reason).toBe("no_lines");
  });

  test.each([
    ["line_items", { line_items: "none" }, "line_items"],
    ["a line's id", { line_items: [line({ id: null })] }, "line_items[0].id"],
    ["status", { status: null }, "status"],
    ["date", { date_created_gmt: null }, "date_created_gmt"],
  ])("with an unreadable %s is a bad response and says where", (_, change, place) => {
    const { reason, message } = fail({ ...richOrder(), ...change });
    expect(reason).toBe("bad_response");
    expect(message.startsWith(`${place}: `)).toBe(true);
  });

  test("says nothing about the customer", () => {
    const billing = { first_name: { secret: "Ada" }, email: "ada@example.com" };
    expect(fail({ ...richOrder(), billing }).message).not.toMatch(/ada/i);
  });

  test("without an id has a name of its own that stays the same", () => {
    const one = fail({ junk: 1 });
    expect(one.source_id).toMatch(/^row-/);
    expect(fail({ junk: 1 }).source_id).toBe(one.source_id);
    expect(fail({ junk: 2 }).source_id).not.toBe(one.source_id);
    expect(fail(null).reason).toBe("bad_response");
  });
});
