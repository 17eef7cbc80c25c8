import type { FailedCheck, SkipReason } from "./intake.ts";

const sentences: Readonly<Record<SkipReason, string>> = {
  order_status: "Its status is not among those that this cart takes.",
  payment_status: "Its payment status is not among those that this cart takes.",
  fulfilment_status: "Its fulfilment status is not among those that this cart takes.",
  order_filter: "It does not pass the cart's order filters.",
  item_filter: "It has a SKU for which the cart's item filter leaves out the whole order.",
  all_items_filtered: "The cart's item filter takes none of its SKUs.",
  canceled: "The shop called it off.",
  trashed: "The shop threw it away.",
  subscription_parent: "It is a subscription's contract; its renewals are orders of their own.",
  nothing_to_ship: "Nothing in it is shipped.",
  no_lines: "It has no lines.",
  invalid: "Something in it is not valid.",
  bad_response: "The cart's answer could not be read.",
  too_large: "It is larger than 1 MB.",
  gone: "The cart has it no more.",
};

/** Why an order was skipped, as a sentence. */
export const skipSentence = (reason: SkipReason): string => sentences[reason];

/** The kind of change that would make an order pass a check, where carts differ in noticing it. */
const changeOf = ({ field }: FailedCheck): "fulfilment" | "meta" | null => {
  if (field === "fulfilment_status") return "fulfilment";
  if (field.startsWith("extra.")) return "meta";
  return null;
};

/** The checks of a skip that only a re-check sees pass, because the cart's pull does not notice such a change. */
export const unseenChecks = (checks: readonly FailedCheck[], sees: readonly string[]): string[] =>
  checks
    .filter((check) => {
      const change = changeOf(check);
      return change !== null && !sees.includes(change);
    })
    .map(({ field }) => field);
