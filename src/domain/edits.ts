import { z } from "zod";
import { addressShape, orderLineShape, orderShape, type Order } from "./order.ts";

/**
 * What a person changed in an order here. A field that was edited wins over what the cart says of it
 * later. By path: `ship_code`, `ship_to.city`, `lines.<line id>.sku`, `lines.<line id>.quantity`.
 */
export type Edits = Readonly<Record<string, Edit>>;

interface Edit {
  /** Null: taken away; of a line's quantity, the line is not sent. */
  value: string | number | null;
  /** What the cart said when it was last looked at. */
  cart: string | number | null;
}

/** Fields of an order that a person may change until a WMS accepted it. Null takes a field away. */
const editable = [
  "ship_code",
  "ship_code_description",
  "carrier",
  "ship_account_no",
  "ship_account_zip",
  "shipping_instructions",
  "special_services",
  "requested_ship_date",
  "latest_ship_date",
  "gift_message",
  "po_number",
] as const;

const addressEdit = z.strictObject(
  Object.fromEntries(
    Object.entries(addressShape.shape).map(([name, shape]) => [name, shape.nullable()]),
  ) as { [K in keyof typeof addressShape.shape]: z.ZodNullable<(typeof addressShape.shape)[K]> },
);

/** What a person may send to change an order. */
export const orderEditShape = z
  .strictObject({
    ...(Object.fromEntries(editable.map((name) => [name, orderShape.shape[name].nullable()])) as {
      [K in (typeof editable)[number]]: z.ZodNullable<(typeof orderShape.shape)[K]>;
    }),
    ship_to: addressEdit.partial(),
    /** By line id; quantity 0 leaves the line out. */
    lines: z.record(
      z.string(),
      z
        .strictObject({
          sku: orderLineShape.shape.sku.max(200),
          quantity: z.int().nonnegative().max(1_000_000),
        })
        .partial(),
    ),
  })
  .partial();
export type OrderEdit = z.infer<typeof orderEditShape>;

/** The edit as paths with their new values. */
function pathsOf(edit: OrderEdit): [string, string | number | null][] {
  const { ship_to = {}, lines = {}, ...header } = edit;
  const flat = (prefix: string, fields: object) =>
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string | number | null] => [
        `${prefix}${name}`,
        value as string | number | null,
      ]);
  return [
    ...flat("", header),
    ...flat("ship_to.", ship_to),
    ...Object.entries(lines).flatMap(([id, fields]) => flat(`lines.${id}.`, fields)),
  ];
}

/** Whether it says nothing at all. */
export const isEmptyEdit = (edit: OrderEdit): boolean => pathsOf(edit).length === 0;

/** A line id may hold dots; a line's field does not. */
const linePath = /^lines\.(.+)\.(sku|quantity)$/s;

function valueAt(order: Order, path: string): string | number | null {
  const line = linePath.exec(path);
  const from: unknown = line
    ? order.lines.find(({ line_id }) => line_id === line[1])
    : path.startsWith("ship_to.")
      ? order.ship_to
      : order;
  const name = line ? line[2] : path.replace("ship_to.", "");
  const value = (from as Record<string, unknown> | undefined)?.[name ?? ""];
  return typeof value === "string" || typeof value === "number" ? value : null;
}

/**
 * The edits after one more, or the lines that the order does not have. `order` is as it is stored: what
 * was not edited yet is the cart's, of the rest the edits know what the cart says.
 */
export function addEdit(
  before: Edits,
  edit: OrderEdit,
  order: Order,
): { edits: Edits; unknownLines: readonly string[] } {
  const paths = pathsOf(edit);
  const unknownLines = Object.keys(edit.lines ?? {}).filter(
    (id) => !order.lines.some(({ line_id }) => line_id === id),
  );
  const added = paths.map(([path, value]): [string, Edit] => [
    path,
    { value, cart: (before[path] ?? { cart: valueAt(order, path) }).cart },
  ]);
  return { edits: { ...before, ...Object.fromEntries(added) }, unknownLines };
}

/** An order with the edits laid over it. Lines that are left out are marked, so that they can be had back. */
export function withEdits(order: Order, edits: Edits): Order {
  const paths = Object.entries(edits);
  if (paths.length === 0) return order;
  const header: Record<string, unknown> = { ...order };
  const shipTo: Record<string, unknown> = { ...order.ship_to };
  const lines = new Map(order.lines.map((line) => [line.line_id, { ...line }]));
  const put = (target: Record<string, unknown>, name: string, value: unknown) => {
    if (value === null) delete target[name];
    else target[name] = value;
  };
  for (const [path, { value }] of paths) {
    const [, lineId = "", field = ""] = linePath.exec(path) ?? [];
    const line = lines.get(lineId);
    if (line && field === "quantity") {
      put(line, "left_out", value === 0 ? true : null);
      if (value !== 0) put(line, field, value);
    } else if (line) put(line, field, value);
    else if (path.startsWith("ship_to.")) put(shipTo, path.slice("ship_to.".length), value);
    else if (field === "") put(header, path, value);
  }
  return { ...header, ship_to: shipTo, lines: [...lines.values()] } as Order;
}

/** The edits with what the cart says now, and the paths of which it says something new. */
export function cartSays(edits: Edits, order: Order): { edits: Edits; news: string[] } {
  const now = Object.entries(edits).map(
    ([path, edit]) => [path, edit, valueAt(order, path)] as const,
  );
  const news = now.filter(([, edit, cart]) => edit.cart !== cart).map(([path]) => path);
  return news.length === 0
    ? { edits, news }
    : {
        edits: Object.fromEntries(now.map(([path, edit, cart]) => [path, { ...edit, cart }])),
        news,
      };
}

/** The edits for people: what is what now. */
export const editText = (edit: OrderEdit): string =>
  pathsOf(edit)
    .map(([path, value]) => `${path.replace(/^lines\./, "line ")} is ${value ?? "empty"} now`)
    .join(", ");

/** Whether two orders say the same, whatever the sequence of their fields: an edit may put one at the end. */
export const sameContents = (a: unknown, b: unknown): boolean => {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [of, other] = [fieldsOf(a), fieldsOf(b)];
  return (
    of.size === other.size && [...of].every(([name, value]) => sameContents(value, other.get(name)))
  );
};

/** Without what is left out of JSON. */
const fieldsOf = (of: object): ReadonlyMap<string, unknown> =>
  new Map(Object.entries(of).filter(([, value]) => value !== undefined));
