import type { Order } from "./order.ts";

/**
 * What a cart calls its ship methods, and what its WMS calls them: which row of a cart's map an order
 * goes by. Rules: `docs/ship-methods.md`.
 */

export const methodMatches = ["exact", "starts", "contains", "default"] as const;
export type MethodMatch = (typeof methodMatches)[number];

/** `auto`: once the WMS has methods. */
export const holdChoices = ["auto", "on", "off"] as const;
export type HoldUnmapped = (typeof holdChoices)[number];

/** One row of a cart's map. */
export interface MethodRow {
  match: MethodMatch;
  /** As `methodKey` makes it; empty for `default`, and for `exact` of orders without a method. */
  value: string;
  /** Null: not mapped, unless it `passes`. */
  wms_method: string | null;
  /** The WMS gets it as the cart writes it. */
  passes: boolean;
}

export const MOST_METHOD_CHARACTERS = 200;

/** The first characters of a text, none of them cut in half. */
export const shortMethod = (text: string): string =>
  Array.from(text.toWellFormed()).slice(0, MOST_METHOD_CHARACTERS).join("");

/** How methods are compared: case and the number of blanks do not tell two apart. */
export const methodKey = (text: string): string =>
  shortMethod(text.normalize("NFC").toLowerCase().replaceAll(/\s+/g, " ").trim());

type OrderMethod = Pick<Order, "ship_code" | "ship_code_description">;

/** What an order's method is called: its code, its description where it has none, empty without either. */
export const methodOf = ({ ship_code, ship_code_description }: OrderMethod): string =>
  shortMethod(ship_code?.trim() || ship_code_description?.trim() || "");

/** A method as a cart was seen to send it. */
export interface SeenMethod {
  value: string;
  as_written: string;
  description: string | null;
}

/** The methods of some orders, each as it first stands there; orders without one say nothing. */
export function methodsIn(orders: readonly OrderMethod[]): SeenMethod[] {
  const seen = new Map<string, SeenMethod>();
  for (const order of orders) {
    const as_written = methodOf(order);
    const value = methodKey(as_written);
    const described = order.ship_code?.trim() ? order.ship_code_description : undefined;
    const description = described === undefined ? null : shortMethod(described.trim());
    if (value !== "" && !seen.has(value)) seen.set(value, { value, as_written, description });
  }
  return [...seen.values()];
}

export const isMapped = ({ wms_method, passes }: MethodRow): boolean =>
  wms_method !== null || passes;

/**
 * The row that an order goes by: `exact` of its method, else the longest `starts`, else the longest
 * `contains`, of its code or its description, else `default`. Null: none says anything.
 */
export function mappingOf<R extends MethodRow>(order: OrderMethod, rows: readonly R[]): R | null {
  const method = methodKey(methodOf(order));
  const texts = [order.ship_code ?? "", order.ship_code_description ?? ""].map(methodKey);
  const said = rows.filter(isMapped);
  const longest = (match: MethodMatch, fits: (text: string, value: string) => boolean) =>
    said
      .filter((row) => row.match === match && texts.some((text) => fits(text, row.value)))
      .toSorted((a, b) => b.value.length - a.value.length || (a.value < b.value ? -1 : 1))[0];
  return (
    said.find(({ match, value }) => match === "exact" && value === method) ??
    longest("starts", (text, value) => text.startsWith(value)) ??
    longest("contains", (text, value) => text.includes(value)) ??
    said.find(({ match }) => match === "default") ??
    null
  );
}

/** What is known of the way from a cart to its WMS. */
export interface MethodFacts<R extends MethodRow = MethodRow> {
  /** Of the cart: exact ones of these orders at least, and all others. */
  rows: readonly R[];
  /** The methods that the WMS has, of those that rows name, with their carrier. */
  listed: ReadonlyMap<string, string | null>;
  /** The WMS has methods. */
  has_methods: boolean;
  hold: HoldUnmapped;
}

export type MethodVerdict<R extends MethodRow = MethodRow> =
  /** Goes under this code of the WMS, and with its carrier if it names one. */
  | { kind: "mapped"; row: R; ship_code: string; carrier: string | null }
  /** Goes as the cart writes it; `row` null: nothing holds it. */
  | { kind: "passes"; row: R | null }
  /** Waits for somebody to map it; `row`: the one that names what the WMS does not have. */
  | { kind: "unmapped"; row: R | null };

export const holdsUnmapped = (hold: HoldUnmapped, hasMethods: boolean): boolean =>
  hold === "on" || (hold === "auto" && hasMethods);

/** Under which method an order goes to its WMS, or that it waits. */
export function judgeMethod<R extends MethodRow>(
  order: OrderMethod,
  facts: MethodFacts<R>,
): MethodVerdict<R> {
  const row = mappingOf(order, facts.rows);
  const holds = holdsUnmapped(facts.hold, facts.has_methods);
  if (row === null) return holds ? { kind: "unmapped", row } : { kind: "passes", row };
  if (row.wms_method === null) return { kind: "passes", row };
  const carrier = facts.listed.get(row.wms_method);
  if (carrier === undefined && facts.has_methods && holds) return { kind: "unmapped", row };
  return { kind: "mapped", row, ship_code: row.wms_method, carrier: carrier ?? null };
}

/** Why an order waits for its method, one sentence. */
export function unmappedText(method: string, row: MethodRow | null): string {
  const named = method === "" ? "An order without a ship method" : `Ship method "${method}"`;
  return row?.wms_method == null
    ? `${named} has no mapping: say which method of the WMS it is.`
    : `${named} is mapped to "${row.wms_method}", which the WMS does not have: map it to one that it has.`;
}

/** What became of an order's method, one sentence. */
export function releasedText(method: string, verdict: MethodVerdict): string {
  const named = method === "" ? "No ship method" : `Ship method "${method}"`;
  if (verdict.kind === "mapped") return `${named} is mapped to "${verdict.ship_code}" now.`;
  return verdict.row === null
    ? `${named} holds no order any more.`
    : `${named} goes as the cart writes it now.`;
}

const MOST_NEAR = 5;

/** The codes that somebody may have meant, nearest first. */
export function nearMethods(
  wanted: string,
  known: readonly { code: string; name: string | null }[],
): string[] {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");
  const text = plain(wanted);
  const distance = ({ code, name }: { code: string; name: string | null }) =>
    Math.min(...[code, name ?? ""].map((one) => farness(text, plain(one))));
  return known
    .map((one) => ({ code: one.code, far: distance(one) }))
    .filter(({ far }) => far <= 0.5)
    .toSorted((a, b) => a.far - b.far)
    .slice(0, MOST_NEAR)
    .map(({ code }) => code);
}

/** 0: the same or a part of it; 1: nothing in common. */
function farness(a: string, b: string): number {
  if (a === "" || b === "") return 1;
  if (a === b) return 0;
  if (a.includes(b) || b.includes(a)) return 0.2;
  const pairs = (text: string) =>
    new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)));
  const [of, others] = [pairs(a), pairs(b)];
  const shared = [...of].filter((pair) => others.has(pair)).length;
  return 1 - (2 * shared) / Math.max(1, of.size + others.size);
}
