import { isNamed } from "./product.ts";

/**
 * What the kinds of alerts are made of: what an alert knows, how its texts name things, and the calls
 * that mend it. The table of kinds is in `alerts.ts`.
 */

/** What a kind is about, as the parts of its subject; see `subjectOf`. */
export type SubjectKind =
  /** A cart and what it calls the method, as `methodKey` makes it. */
  | "cart_method"
  /** A cart and the code it gives. */
  | "cart_code"
  /** A cart and a SKU of the merchant's, as `codeKey` makes it. */
  | "cart_sku"
  /** A code of the merchant's. */
  | "code"
  | "order"
  /** An order and a shipment of it. */
  | "shipment"
  | "connection"
  /** The merchant: no parts. */
  | "merchant"
  /** This Dray: the id of what is wrong with it. */
  | "installation";

/** What Dray knows about what is wrong, by name; ids are for links, the rest is for people. */
export type AlertDetails = Readonly<Record<string, string | number>>;

/** A call that mends it. What `fill` names in the body has to be chosen by whoever mends. */
export interface AlertCall {
  method: "POST" | "PUT" | "PATCH";
  path: string;
  body: Readonly<Record<string, unknown>>;
  fill: readonly string[];
}

/** Where it is mended: on which screen, and by which call. */
export interface AlertFix {
  path: string;
  api: AlertCall;
}

/** An alert as its texts and fixes are made of it. */
export interface AlertFacts {
  id: string;
  /** The parts of its subject. */
  parts: readonly string[];
  details: AlertDetails;
}

export interface KindRule {
  subject: SubjectKind;
  severity: "error" | "warning";
  /** `by_itself`: it is tried again, and told only if it is still open after its second failure. `person`: nothing happens until somebody mends it. */
  retry: "by_itself" | "person";
  /** Told at once, whatever a contact's frequency is; a contact may say otherwise. */
  at_once: boolean;
  /** One line, without the other system's words. */
  title: (facts: AlertFacts) => string;
  /** What to do, one sentence. */
  todo: string;
  fix: (facts: AlertFacts) => AlertFix;
}

export const plain = (text: string): string => encodeURIComponent(text);

export const post = (
  path: string,
  body: AlertCall["body"] = {},
  fill: string[] = [],
): AlertCall => ({
  method: "POST",
  path,
  body,
  fill,
});

export const part = ({ parts }: AlertFacts, at: number): string => parts[at] ?? "";
export const told = ({ details }: AlertFacts, name: string, otherwise: string): string =>
  String(details[name] ?? otherwise);

export const order = (facts: AlertFacts): string =>
  `Order ${told(facts, "order_number", part(facts, 0))}`;
export const cart = (facts: AlertFacts): string => told(facts, "cart", "a cart");
/** The subject has it in lower case, the details as the cart writes it. */
export const method = (facts: AlertFacts): string => {
  const name = told(facts, "method", part(facts, 1));
  return name === ""
    ? `An order of ${cart(facts)} without a ship method`
    : `Ship method "${name}"${described(facts, name)} of ${cart(facts)}`;
};
/** What customers read, where it says more than the code does. */
function described({ details }: AlertFacts, name: string): string {
  const description = String(details["description"] ?? "");
  return description.toLowerCase() === name.toLowerCase() || description === ""
    ? ""
    : ` (${description})`;
}
export const methodTrouble = ({ details }: AlertFacts): string => {
  if (details["refused"]) return "is refused by the WMS";
  return details["mapped_to"]
    ? `is mapped to "${details["mapped_to"]}", which the WMS does not have`
    : "has no mapping";
};
export const connection = (facts: AlertFacts): string => told(facts, "connection", "A connection");

export const onOrder =
  (action: string, body: AlertCall["body"] = {}, fill: string[] = []) =>
  (facts: AlertFacts): AlertFix => ({
    path: `/orders/${part(facts, 0)}`,
    api: post(`/api/orders/${part(facts, 0)}/${action}`, body, fill),
  });

export const onConnection =
  (action: string, body: AlertCall["body"] = {}, fill: string[] = []) =>
  (facts: AlertFacts): AlertFix => ({
    path: `/connections/${part(facts, 0)}`,
    api: post(`/api/connections/${part(facts, 0)}/${action}`, body, fill),
  });

export const dismissal = (facts: AlertFacts): AlertFix => ({
  path: `/orders/${part(facts, 0)}`,
  api: post(`/api/alerts/${facts.id}/dismiss`, { note: null }, ["note"]),
});

/** What a connection is wrong with, whoever's connection it is. */
export const ofConnection = (title: string, todo: string): KindRule => ({
  subject: "connection",
  severity: "warning",
  retry: "by_itself",
  at_once: false,
  title: (facts) => `${connection(facts)} ${title}`,
  todo,
  fix: onConnection("check"),
});

/** What is wrong with a code that a cart gives. */
export function codeIs(facts: AlertFacts): string {
  const { alias, several, wants } = facts.details;
  const product = told(facts, "product", "?");
  if (wants !== undefined) return `is no ${wants}, but another code of ${product}`;
  if (alias === undefined) return "belongs to no product";
  return several
    ? `is of ${product}, which has several ${alias}`
    : `is of ${product}, which has no ${alias}`;
}

/** What mends it: the code as what the cart gives or the WMS gets, or as another code of a product. */
export function codeFix(facts: AlertFacts): AlertCall {
  const { alias, several, product, wants } = facts.details;
  const code = told(facts, "code", part(facts, 1));
  const another = (body: AlertCall["body"], ...fill: string[]) =>
    post("/api/aliases", { code, name: null, sku: product, ...body }, fill);
  if (wants !== undefined)
    return isNamed({ kind: null }, String(wants))
      ? {
          method: "PATCH",
          path: `/api/carts/${part(facts, 0)}/settings`,
          body: { item_code_in: null },
          fill: ["item_code_in"],
        }
      : another({ name: wants });
  if (several) return another({ code: null }, "code", "name");
  if (alias !== undefined) return another({ code: null, name: alias }, "code");
  return another({ sku: null }, "name", "sku");
}

/** What mends a line: its code; where the WMS does not say which line it is, whatever of them. */
export const lineFix = (facts: AlertFacts): AlertFix => {
  const { line_id } = facts.details;
  return line_id === undefined
    ? onOrder("edit", { lines: {} }, ["lines"])(facts)
    : onOrder("edit", { lines: { [line_id]: { sku: null } } }, [`lines.${line_id}.sku`])(facts);
};
