import { z } from "zod";
import { countryCodes } from "./countries.ts";
import { currencyCodes } from "./money.ts";
import { addressShape, orderShape } from "./order.ts";

export const matchKinds = ["whole", "starts", "ends", "contains", "at_least", "at_most"] as const;
export type MatchKind = (typeof matchKinds)[number];

/** Short names for what is filtered by most. */
const short: Readonly<Record<string, string>> = {
  country: "ship_to.country",
  state: "ship_to.state",
  zip: "ship_to.zip",
  ship_method: "ship_code",
  source_channel: "order_source",
  total: "grand_total",
};
/** Several values at once: required means one matches, restricted that none may. */
const lists = ["tag", "customer_tag"] as const;
/** Amounts of the order's currency, such as 49.90. */
const amounts = new Set([
  "sub_total",
  "order_discount",
  "sales_tax",
  "shipping_handling",
  "grand_total",
  "balance",
]);
/** `weight` in grams: the order's, or else that of its lines. */
const numbers = new Set([...amounts, "weight", "weight_g", "fraud_score"]);
const neverNegative = new Set(["sub_total", "grand_total", "weight", "weight_g"]);
const dates = new Set(["requested_ship_date", "expected_delivery_date", "latest_ship_date"]);
const booleans = new Set(["ship_is_billing", "tax_exempt", "gift_wrap", "black_listed"]);
const computed = new Set(["lines", "extra_fields", "custom_fields", "currency"]);
const addressFields = Object.keys(addressShape.shape);
const headerFields = [
  ...Object.keys(orderShape.shape).flatMap((name) =>
    name === "ship_to" || name === "bill_to"
      ? addressFields.map((field) => `${name}.${field}`)
      : computed.has(name)
        ? []
        : [name],
  ),
  "currency",
];

/** Every field that a filter may look at, but for `extra.<name>`, which any order may have. */
export const filterFields: readonly string[] = [
  ...Object.keys(short),
  ...lists,
  "weight",
  ...headerFields,
];

export const isFilterField = (field: string): boolean =>
  filterFields.includes(field) || /^extra\..{1,100}$/.test(field);

/** The one name of a field that has two. */
export const fieldOf = (field: string): string =>
  Object.hasOwn(short, field) ? (short[field] ?? field) : field;

/** An order may have several values of it. */
export const isList = (field: string): boolean =>
  lists.some((name) => name === field) || field.startsWith("extra.");

export const isAmount = (field: string): boolean => amounts.has(fieldOf(field));
export const isNumeric = (field: string): boolean => numbers.has(fieldOf(field));
export const isNeverNegative = (field: string): boolean => neverNegative.has(fieldOf(field));

const trueOrFalse = ["true", "false"];
const places = ["residential", "commercial"];

/** Every value that an order can have there; null: there is no telling. */
export function choicesOf(field: string): readonly string[] | null {
  const name = fieldOf(field);
  if (name.endsWith("_to.country")) return countryCodes;
  if (name.endsWith("_to.type")) return places;
  if (name === "currency") return currencyCodes;
  return booleans.has(name) ? trueOrFalse : null;
}

const DECIMAL = /^-?(\d+\.?\d*|\.\d+)$/;
/** The sign alone is how a number begins, too. */
const isNumber = (match: MatchKind, text: string): boolean =>
  DECIMAL.test(text) || (match === "starts" && text === "-");

const day = z.iso.date();
const moment = z.iso.datetime();
/** What may be missing of a date that was begun. */
const rests = ["2024-01-01T00:00:00.000Z", "2024-10-10T10:00:00.000Z"];

const isWholeDate = (field: string, text: string): boolean =>
  (dates.has(field) ? day : moment).safeParse(text.toUpperCase()).success;

const beginsDate = (field: string, text: string): boolean =>
  rests.some((rest) => {
    const end = dates.has(field) ? 10 : rest.length;
    return isWholeDate(field, text + rest.slice(text.length, end));
  });

function dateProblem(field: string, match: MatchKind, text: string): string | null {
  const [example, beginning] = dates.has(field)
    ? ["date such as 2026-11-26", "2026-11"]
    : ["moment such as 2026-11-26T08:00:00Z", "2026-11-26"];
  if (match === "whole")
    return isWholeDate(field, text) ? null : `is no ${example}; \`starts\` takes ${beginning}`;
  if (match === "starts") return beginsDate(field, text) ? null : `is not how a ${example} begins`;
  return /^[-\dtz:.]+$/i.test(text) ? null : `is in no ${example}`;
}

/** Whether one text matches another; both are trimmed and in lower case. Numbers are compared as such. */
export function matchesText(field: string, match: MatchKind, have: string, want: string): boolean {
  switch (match) {
    case "whole":
      // 49.9 and 49.90 are the same amount; 0123 and 123 are two postcodes.
      return have === want || (isNumeric(field) && Number(have) === Number(want));
    case "starts":
      return have.startsWith(want);
    case "ends":
      return have.endsWith(want);
    case "contains":
      return have.includes(want);
    case "at_least":
      return Number(have) >= Number(want);
    case "at_most":
      return Number(have) <= Number(want);
  }
}

/** What is said of a value that none of a field's can match. */
const choiceWords = (field: string, match: MatchKind, choices: readonly string[]): string => {
  if (choices.length < 5) return `is none of ${choices.join(", ")}`;
  const [what, example] =
    fieldOf(field) === "currency" ? ["currency", "USD"] : ["country code of two letters", "US"];
  if (match === "whole") return `is no ${what}, such as ${example}`;
  return `is in no ${what}, such as ${example}, in that place`;
};

/** Why no order can ever match this value of a filter, or null. */
export function valueProblem(field: string, match: MatchKind, value: string): string | null {
  const name = fieldOf(field);
  const choices = choicesOf(name);
  const text = value.trim().toLowerCase();
  if (choices)
    return choices.some((choice) => matchesText(name, match, choice.toLowerCase(), text))
      ? null
      : choiceWords(name, match, choices);
  if (isNumeric(name)) return isNumber(match, text) ? null : "is no plain number, such as 49.90";
  if (name === "order_date" || dates.has(name)) return dateProblem(name, match, text);
  return null;
}
