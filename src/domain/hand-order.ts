import { z } from "zod";
import type { IncomingOrder } from "./incoming.ts";
import { currencyOf } from "./money.ts";
import { addressShape, orderLineShape, orderShape, type Order } from "./order.ts";

/** Lines number themselves unless they are told their ids, by which shipments are matched. */
const lineShape = orderLineShape
  .omit({ filtered: true, digital: true, left_out: true, line_no: true })
  .extend({
    line_id: orderLineShape.shape.line_id.max(100).optional(),
    sku: z.string().trim().max(200),
  });

/**
 * An order that somebody gives us: as an order is read, but that much may be left out. Amounts are
 * integers of the currency's minor units: 4397 is 43.97 USD.
 */
export const handOrderShape = orderShape
  .omit({ currency: true, order_date: true, lines: true })
  .extend({
    number: orderShape.shape.number.max(100),
    /** ISO 4217; may be left out where no amount is given. */
    currency: z
      .string()
      .refine((code) => currencyOf(code) !== null, { error: "there is no such currency" })
      .optional(),
    /** Left out: now. */
    order_date: orderShape.shape.order_date.optional(),
    lines: z.array(lineShape).min(1).max(10_000),
    /** Lines that go elsewhere, by their ids; each address becomes an order of its own. */
    other_addresses: z
      .array(z.strictObject({ ship_to: addressShape, line_ids: z.array(z.string()).min(1) }))
      .max(1_000)
      .optional(),
    /** Lines that nobody ships, by their ids. */
    digital_lines: z.array(z.string()).optional(),
    tags: z.array(z.string().max(200)).max(250).optional(),
    customer_tags: z.array(z.string().max(200)).max(250).optional(),
    payment_status: z.string().max(60).optional(),
    fulfilment_status: z.string().max(60).optional(),
    /** A test: a WMS takes it only where its connection allows that. */
    test: z.boolean().default(false),
  })
  .strict()
  .superRefine(({ currency, lines, other_addresses = [], ...order }, issues) => {
    const amounts = [
      order.sub_total,
      order.order_discount,
      order.sales_tax,
      order.shipping_handling,
      order.grand_total,
      order.balance,
      ...lines.flatMap((line) => [line.price, line.extended_amount, line.tax]),
    ];
    if (currency === undefined && amounts.some((amount) => amount !== undefined))
      issues.addIssue({ code: "custom", path: ["currency"], message: "is missing" });
    const ids = idsOf(lines);
    if (new Set(ids).size < ids.length)
      issues.addIssue({ code: "custom", path: ["lines"], message: "two lines have one line_id" });
    const elsewhere = other_addresses.flatMap(({ line_ids }) => line_ids);
    for (const id of elsewhere)
      if (!ids.includes(id))
        issues.addIssue({
          code: "custom",
          path: ["other_addresses"],
          message: `there is no line ${id.slice(0, 60)}`,
        });
    if (new Set(elsewhere).size < elsewhere.length)
      issues.addIssue({
        code: "custom",
        path: ["other_addresses"],
        message: "a line goes to one address",
      });
  });
export type HandOrder = z.infer<typeof handOrderShape>;

const idsOf = (lines: readonly { line_id?: string | undefined }[]): string[] =>
  lines.map(({ line_id }, at) => line_id ?? String(at + 1));

/** What an order without an amount is counted in. */
const NO_CURRENCY = { code: "USD", exponent: 2 };

/** The order as a cart would show it; its number is what identifies it. */
export function fromHand(given: HandOrder, now: number): IncomingOrder & { is_test: boolean } {
  const {
    test,
    tags,
    customer_tags,
    payment_status,
    fulfilment_status,
    other_addresses,
    digital_lines,
    currency,
    lines,
    order_date = new Date(now).toISOString(),
    ...fields
  } = given;
  const ids = idsOf(lines);
  const order: Order = {
    ...fields,
    order_date,
    currency: currencyOf(currency ?? "") ?? NO_CURRENCY,
    lines: lines.map((line, at) => ({ ...line, line_id: ids[at] ?? "", line_no: at + 1 })),
  };
  return {
    source_id: given.number,
    source_status: "given",
    payment_status: payment_status ?? null,
    fulfilment_status: fulfilment_status ?? null,
    state: "open",
    placed_at: Date.parse(order_date),
    modified_at: now,
    ...(tags ? { tags } : {}),
    ...(customer_tags ? { customer_tags } : {}),
    ...(other_addresses ? { other_addresses } : {}),
    ...(digital_lines ? { digital_lines } : {}),
    order,
    is_test: test,
  };
}
