import { z } from "zod";
import { orderFiltersShape } from "../domain/filters.ts";
import { cartPolicyShape, wmsPolicyShape } from "../domain/policy.ts";

const policy = cartPolicyShape.shape;

/** A moment, as milliseconds. */
export const exactMoment = z.iso
  .datetime({ offset: true, error: "has to be a moment such as 2026-11-26T08:00:00Z" })
  .transform((text) => Date.parse(text));

/** What is written around a number: it ends up in references, file names and labels. */
const printable = (text: z.ZodString) =>
  text.regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, {
    error: "may hold printable characters only",
  });

/** A cart's settings as given over the API; nothing is filled in, what is left out stays. */
const cartSettings = {
  delivery: policy.delivery.unwrap(),
  order_statuses: policy.order_statuses,
  payment_statuses: policy.payment_statuses.unwrap(),
  fulfilment_statuses: policy.fulfilment_statuses.unwrap(),
  earliest_order_at: exactMoment.refine((at) => at >= 0, { error: "has to be 1970 or later" }),
  wms_id: policy.wms_id.unwrap(),
  reference_prefix: printable(policy.reference_prefix.unwrap()),
  reference_suffix: printable(policy.reference_suffix.unwrap()),
  wait_minutes: policy.wait_minutes.unwrap(),
  hold_unmapped: policy.hold_unmapped.unwrap(),
  cancel_in_cart: policy.cancel_in_cart.unwrap(),
  item_code_out: policy.item_code_out.unwrap(),
  item_code_in: policy.item_code_in.unwrap(),
  hold_unknown_codes: policy.hold_unknown_codes.unwrap(),
  post_shipments: policy.post_shipments.unwrap(),
  untracked_counts: policy.untracked_counts.unwrap(),
  mail_customer: policy.mail_customer.unwrap(),
};

export const cartSettingsShape = z.strictObject(cartSettings).partial();

/** The same for a connection of either side; the verb refuses what is the other side's. */
export const policyShape = z
  .strictObject({
    ...cartSettings,
    filters: orderFiltersShape,
    allow_test_orders: wmsPolicyShape.shape.allow_test_orders.unwrap(),
    load_products: wmsPolicyShape.shape.load_products.unwrap(),
  })
  .partial();

/** A moment, or a day of which the first or the last millisecond is meant (UTC). */
export const momentShape = (edge: "first" | "last") =>
  z.union(
    [
      exactMoment,
      z.iso
        .date()
        .transform((day) =>
          Date.parse(`${day}T${edge === "first" ? "00:00:00.000" : "23:59:59.999"}Z`),
        ),
    ],
    { error: "has to be a date such as 2026-11-26 or a moment such as 2026-11-26T08:00:00Z" },
  );

/** Refuses a span of time that ends before it begins. */
export const isSpan = ({
  from,
  to,
}: {
  from?: number | undefined;
  to?: number | undefined;
}): boolean => from === undefined || to === undefined || from <= to;

export const notASpan = { path: ["to"], error: "is before `from`" };
