import type { AlertDetails } from "./alert-rules.ts";
import type { Cause } from "./alerts.ts";
import type { Order, OrderLine } from "./order.ts";
import { isShipped } from "./parts.ts";
import type { CartPolicy } from "./policy.ts";
import { codeKey, isNamed, SKU, type ProductCode } from "./product.ts";

/** How a cart's codes are read, and how they are written for its WMS. */
export type CodeRules = Pick<CartPolicy, "item_code_in" | "item_code_out" | "hold_unknown_codes">;

/** What is known of the codes of some orders. Codes are asked for as `codeKey` makes them. */
export interface CodeFacts {
  has_products: boolean;
  /** Whose code it is. */
  owner(code: string): ProductCode | undefined;
  /** The products that a code was given to, where that is not decided; none otherwise. */
  claims(code: string): readonly string[];
  /** The codes of a product. */
  codesOf(sku: string): readonly ProductCode[];
}

/** Why a line cannot be sent. */
export type CodeTrouble = Pick<OrderLine, "line_id" | "line_no" | "sku"> &
  (
    | { kind: "blank" }
    /** Several products have it, and nobody decided which. */
    | { kind: "ambiguous"; skus: readonly string[] }
    | { kind: "unknown" }
    /** It is a code of a product, and not of the kind that the cart gives. */
    | { kind: "other_kind"; product: string; wants: string }
    /** The product has no code of the kind that the WMS gets, or several. */
    | { kind: "no_alias" | "several_aliases"; product: string; alias: string }
  );

/**
 * An order's lines as the WMS gets them, and what stands against it: of every line, so that all of it
 * is said at once. Line ids stay. Lines that are not sent are not looked at. Pure.
 */
export function translateCodes(
  { lines }: Pick<Order, "lines">,
  rules: CodeRules,
  facts: CodeFacts,
): { lines: OrderLine[]; troubles: CodeTrouble[] } {
  const troubles: CodeTrouble[] = [];
  const translated = lines.map((line) => {
    if (!isShipped(line)) return line;
    const made = codeForWms(line.sku, rules, facts);
    if (typeof made === "string") return made === line.sku ? line : { ...line, sku: made };
    const { line_id, line_no, sku } = line;
    troubles.push({ line_id, line_no, sku, ...made });
    return line;
  });
  return { lines: translated, troubles };
}

type Against<T> = T extends CodeTrouble ? Omit<T, "line_id" | "line_no" | "sku"> : never;

function codeForWms(
  text: string,
  { item_code_in, item_code_out, hold_unknown_codes }: CodeRules,
  { has_products, owner, claims, codesOf }: CodeFacts,
): string | Against<CodeTrouble> {
  const code = codeKey(text);
  if (code === "") return { kind: "blank" };
  const skus = claims(code);
  if (skus.length > 0) return { kind: "ambiguous", skus };
  const own = owner(code);
  const isWanted = own !== undefined && (item_code_in === null || isNamed(own, item_code_in));
  if (!isWanted) {
    const holds = hold_unknown_codes === "on" || (hold_unknown_codes === "auto" && has_products);
    if (!holds) return text;
    return own === undefined
      ? { kind: "unknown" }
      : { kind: "other_kind", product: own.sku, wants: item_code_in ?? SKU };
  }
  if (item_code_out === null) return text;
  if (isNamed({ kind: null }, item_code_out)) return own.sku;
  if (isNamed(own, item_code_out)) return own.as_written;
  const [first, second] = codesOf(own.sku).filter((one) => isNamed(one, item_code_out));
  if (first && !second) return first.as_written;
  const kind = first ? "several_aliases" : "no_alias";
  return { kind, product: own.sku, alias: item_code_out };
}

/** What stands against a line, for people: names the line and what to look at. */
export function codeTroubleText(trouble: CodeTrouble): string {
  const line = `Line ${trouble.line_no}`;
  const code = `"${trouble.sku.trim()}"`;
  switch (trouble.kind) {
    case "blank":
      return `${line} has no code.`;
    case "ambiguous":
      return `${line}: the code ${code} was given to several products (${trouble.skus.join(", ")}).`;
    case "unknown":
      return `${line}: the code ${code} belongs to no product.`;
    case "other_kind":
      return `${line}: the code ${code} is one of ${trouble.product}, but no ${trouble.wants}, which is what this cart gives.`;
    case "no_alias":
      return `${line}: the product ${trouble.product} has no ${trouble.alias}, which is what the WMS gets.`;
    case "several_aliases":
      return `${line}: the product ${trouble.product} has several codes called ${trouble.alias}, and the WMS gets one.`;
  }
}

/** The alerts that a line's trouble belongs to. `details`: the names of order and cart. */
export function codeCause(
  trouble: CodeTrouble,
  of: { order_id: string; cart_id: string; details: AlertDetails },
): Cause {
  const { details } = of;
  const key = codeKey(trouble.sku);
  const code = trouble.sku.trim();
  const ofCode = (more: AlertDetails = {}): Cause => ({
    kind: "code",
    parts: [of.cart_id, key],
    message: null,
    details: { cart: details["cart"] ?? "", code, ...more },
  });
  switch (trouble.kind) {
    case "blank":
      return {
        kind: "line_code",
        parts: [of.order_id],
        message: null,
        details: { ...details, line: trouble.line_no, line_id: trouble.line_id },
      };
    case "ambiguous":
      return { kind: "duplicate_code", parts: [key], message: null, details: { code, key } };
    case "unknown":
      return ofCode();
    case "other_kind":
      return ofCode({ product: trouble.product, wants: trouble.wants });
    case "no_alias":
      return ofCode({ product: trouble.product, alias: trouble.alias });
    case "several_aliases":
      return ofCode({ product: trouble.product, alias: trouble.alias, several: 1 });
  }
}

/** By line id, the codes that an order was sent with where they are not its own; null: all are. */
export function sentCodes(own: Pick<Order, "lines">, sent: Pick<Order, "lines">): SentCodes | null {
  const codes = new Map(sent.lines.map(({ line_id, sku }) => [line_id, sku]));
  const other = own.lines.flatMap(({ line_id, sku }) => {
    const code = codes.get(line_id);
    return code === undefined || code === sku ? [] : [[line_id, code] as const];
  });
  return other.length === 0 ? null : Object.fromEntries(other);
}

export type SentCodes = Readonly<Record<string, string>>;
