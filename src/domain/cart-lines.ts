import type { CartLines, Order } from "./order.ts";
import { codeKey } from "./product.ts";

/**
 * Which lines of the cart the lines of an order by hand are: by SKU, one by one, first those of the
 * same quantity. Null: they have the very same ids. Pure.
 */
export function cartLinesOf(given: Order, shown: Order): CartLines | null {
  const found: [string, string][] = [];
  const open = Map.groupBy(shown.lines, ({ sku }) => codeKey(sku));
  // Two lines without a SKU need not be one article.
  open.delete("");
  const rest = new Set(given.lines);
  for (const wantsSame of [true, false])
    for (const line of rest) {
      const left = open.get(codeKey(line.sku)) ?? [];
      const at = wantsSame ? left.findIndex(({ quantity }) => quantity === line.quantity) : 0;
      const [match] = at < 0 ? [] : left.splice(at, 1);
      if (!match) continue;
      found.push([line.line_id, match.line_id]);
      rest.delete(line);
    }
  const isPlain = rest.size === 0 && found.every(([own, theirs]) => own === theirs);
  return isPlain ? null : Object.fromEntries(found);
}

/** Lines of a shipment as the order's cart knows them; what it has not is left out. */
export const inCart = <L extends { line_id: string }>(
  { cart_lines }: Pick<Order, "cart_lines">,
  lines: readonly L[],
): readonly L[] =>
  cart_lines === undefined
    ? lines
    : lines.flatMap((line) => {
        const id = Object.hasOwn(cart_lines, line.line_id) ? cart_lines[line.line_id] : undefined;
        return id === undefined ? [] : [{ ...line, line_id: id }];
      });
