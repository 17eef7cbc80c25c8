import { z } from "zod";
import type { IncomingOrder } from "./incoming.ts";
import {
  fieldOf,
  filterFields,
  isAmount,
  isFilterField,
  isNumeric,
  matchesText,
  matchKinds,
  valueProblem,
} from "./filter-fields.ts";
import { decimalString } from "./money.ts";
import type { Order, OrderLine } from "./order.ts";
import { codeKey } from "./product.ts";

/** One reason why an order was not taken: what was looked at, what was wanted, what was there. */
export interface FailedCheck {
  field: string;
  expected: string;
  actual: string;
}

const filter = z.strictObject({
  field: z.string().refine(isFilterField, {
    error: `is not a field of an order; there are ${filterFields.join(", ")} and extra.<name>`,
  }),
  mode: z.enum(["required", "restricted"]),
  match: z.enum(matchKinds).default("whole"),
  /** Any of them is enough. Upper and lower case are the same. */
  values: z.array(z.string().trim().min(1).max(200)).min(1).max(1_000),
});
export type OrderFilter = z.infer<typeof filter>;

/** Keeps orders whose field matches (`required`), or those whose field does not (`restricted`). Refuses what can match none. */
export const orderFilterShape = filter.superRefine(({ field, match, values }, issues) => {
  if ((match === "at_least" || match === "at_most") && !isNumeric(field)) {
    issues.addIssue({
      code: "custom",
      path: ["match"],
      message: `compares numbers only: ${filterFields.filter(isNumeric).join(", ")}`,
    });
    return;
  }
  values.forEach((value, at) => {
    const message = valueProblem(field, match, value);
    if (message !== null) issues.addIssue({ code: "custom", path: ["values", at], message });
  });
});

/** All filters of a cart, as they are stored. They are read with the cart at each download, so there is a limit to them. */
export const storedFiltersShape = z.array(filter).max(100);

/** The same as given. */
export const orderFiltersShape = z
  .array(orderFilterShape)
  .max(100)
  .refine((filters) => JSON.stringify(filters).length <= 300_000, {
    error: "are more than 300,000 characters in all",
  });

/** What a field of an order says: nothing, one value or, for tags, several. */
function valuesOf(incoming: IncomingOrder, field: string): readonly string[] {
  const { order } = incoming;
  if (field === "tag") return incoming.tags ?? [];
  if (field === "customer_tag") return incoming.customer_tags ?? [];
  if (field === "weight") return asTexts(weightOf(order));
  if (field === "currency") return [order.currency.code];
  const path = fieldOf(field);
  if (isAmount(path)) return amountOf(order, order[path as "grand_total"]);
  if (path.startsWith("extra.")) return asTexts(order.extra_fields?.[path.slice(6)]);
  const [group, name] = path.split(".");
  const from: unknown = name === undefined ? order : addressOf(order, group);
  return asTexts((from as Record<string, unknown> | undefined)?.[name ?? path]);
}

const amountOf = ({ currency }: Order, amount: number | undefined): readonly string[] =>
  amount === undefined ? [] : [decimalString(amount, currency.exponent)];

const addressOf = (order: Order, group: string | undefined): Order["bill_to"] =>
  group === "ship_to"
    ? order.ship_to
    : (order.bill_to ?? (order.ship_is_billing ? order.ship_to : undefined));

const weightOf = ({ weight_g, lines }: Order): number | undefined =>
  weight_g ??
  (lines.some((line) => line.weight_g !== undefined)
    ? lines.reduce((sum, line) => sum + (line.weight_g ?? 0) * line.quantity, 0)
    : undefined);

function asTexts(value: unknown): readonly string[] {
  if (value === undefined || value === null || value === "") return [];
  if (Array.isArray(value)) return value.flatMap(asTexts);
  return [typeof value === "object" ? JSON.stringify(value) : String(value)];
}

const normal = (text: string): string => text.trim().toLowerCase();

/** Says of a value whether it is one that the filter looks for, whatever the filter's mode. */
export function matcherOf({ field, match, values }: OrderFilter): (actual: string) => boolean {
  const wanted = values.map(normal);
  return (actual) => {
    const have = normal(actual);
    return wanted.some((want) => matchesText(field, match, have, want));
  };
}

const matchWords: Readonly<Record<OrderFilter["match"], string>> = {
  whole: "",
  starts: "starting with ",
  ends: "ending with ",
  contains: "containing ",
  at_least: "at least ",
  at_most: "at most ",
};

const MOST_SHOWN = 10;

/** A list for people: the first ten, and how many more. */
const listed = (values: readonly string[]): string =>
  values.length <= MOST_SHOWN
    ? values.join(", ")
    : `${values.slice(0, MOST_SHOWN).join(", ")} and ${values.length - MOST_SHOWN} more`;

/** Why an order does not pass a filter, or null. No value fails what is required and passes what is restricted. */
function failedFilter(incoming: IncomingOrder, one: OrderFilter): FailedCheck | null {
  const { field, mode, match, values } = one;
  const actual = valuesOf(incoming, field);
  if (actual.some(matcherOf(one)) === (mode === "required")) return null;
  const what = `${matchWords[match]}${listed(values)}`;
  return {
    field,
    expected: mode === "required" ? what : `not ${what}`,
    actual: actual.length === 0 ? "nothing" : listed(actual),
  };
}

/** What a cart takes, by the cart's own words for each status; an empty list takes all. */
export interface StatusRules {
  order_statuses: readonly string[];
  payment_statuses: readonly string[];
  fulfilment_statuses: readonly string[];
}

const failedStatus = (
  field: string,
  wanted: readonly string[],
  actual: string | null,
): FailedCheck | null =>
  wanted.length === 0 || (actual !== null && wanted.includes(actual))
    ? null
    : { field, expected: listed(wanted), actual: actual ?? "nothing" };

/** Every check of a cart's settings and filters that an order fails; none: it passes. Pure. */
export function failedChecks(
  incoming: IncomingOrder,
  rules: StatusRules & { filters: readonly OrderFilter[] },
): FailedCheck[] {
  return [
    failedStatus("order_status", rules.order_statuses, incoming.source_status),
    failedStatus("payment_status", rules.payment_statuses, incoming.payment_status),
    failedStatus("fulfilment_status", rules.fulfilment_statuses, incoming.fulfilment_status),
    ...rules.filters.map((one) => failedFilter(incoming, one)),
  ].filter((check) => check !== null);
}

/** Which SKUs of a cart are taken: only those listed (`allow`) or all others (`deny`). The blank text is the blank SKU. */
export const itemFilterShape = z.strictObject({
  mode: z.enum(["off", "allow", "deny"]),
  /** What a SKU that is not taken costs: its line, or the whole order. */
  level: z.enum(["line", "order"]),
  skus: z.array(z.string().max(200)).max(50_000),
});
export type ItemFilter = z.infer<typeof itemFilterShape>;

export const NO_ITEM_FILTER: ItemFilter = { mode: "off", level: "line", skus: [] };

/** An item filter made ready for many orders. */
export interface ItemRules {
  mode: ItemFilter["mode"];
  level: ItemFilter["level"];
  skus: ReadonlySet<string>;
  /** A code's SKU in the merchant's products, where it is another one. */
  skuOf: (code: string) => string | undefined;
}

export const itemRules = (
  { mode, level, skus }: ItemFilter,
  skuOf: ItemRules["skuOf"] = () => undefined,
): ItemRules => ({ mode, level, skus: new Set(skus.map(codeKey)), skuOf });

/** Whether an item is taken, by the code that the cart has for it or by its product's SKU. */
export function takesItem({ mode, skus, skuOf }: ItemRules, code: string): boolean {
  if (mode === "off") return true;
  const codes = [code, skuOf(code)].filter((one) => one !== undefined);
  return codes.some((one) => skus.has(codeKey(one))) === (mode === "allow");
}

/** An order's lines with those marked that the filter does not take, and a failed check for each of them. Pure. */
export function filterLines(
  lines: readonly OrderLine[],
  rules: ItemRules,
): { lines: readonly OrderLine[]; failed: FailedCheck[] } {
  if (rules.mode === "off") return { lines, failed: [] };
  const failed: FailedCheck[] = [];
  const marked = lines.map((line): OrderLine => {
    if (line.digital || takesItem(rules, line.sku)) return line;
    failed.push({
      field: "sku",
      expected: rules.mode === "allow" ? "a SKU on the allow list" : "no SKU on the deny list",
      actual: line.sku === "" ? "blank" : line.sku,
    });
    return { ...line, filtered: true };
  });
  return { lines: failed.length === 0 ? lines : marked, failed };
}
