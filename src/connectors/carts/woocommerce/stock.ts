import { z } from "zod";
import { ConnectorFailure } from "../../../domain/errors.ts";
import type { StockOutcome } from "../../../domain/outcomes.ts";
import { codeKey } from "../../../domain/product.ts";
import type { CartLevel } from "../../contract.ts";
import type { VendorAnswer } from "../../vendor-http.ts";
import { answered, ask, refusal, unexpected, type WooCall } from "./client.ts";
import { wooBatch, wooProduct, type WooBatchRow, type WooProduct } from "./wire.ts";

/** Rows of one batch, and of one page of products. */
const MOST_ROWS = 100;
/** Batches on their way at once; what fails keeps the later ones from being sent. */
const AT_ONCE = 4;
/** SKUs of one question, and their characters, so that servers take its URL. */
const MOST_SKUS = 50;
const MOST_CHARACTERS = 2_000;
const FIELDS = "id,sku,type,parent_id";
/** Several products of one SKU are more rows than SKUs; so many are no answer to the question. */
const MOST_PAGES = 10;

interface FoundLevel {
  level: CartLevel;
  product: WooProduct;
}

/**
 * Sets levels in the shop by SKU, of products and of variations, and has the shop manage their stock.
 * What no product has, or several have, is refused, as is what the shop does not show afterwards.
 */
export const setStock = async (
  call: WooCall,
  levels: readonly CartLevel[],
): Promise<readonly StockOutcome[]> => {
  const products = await findProducts(call, levels);
  if (products instanceof ConnectorFailure) return levels.map(() => refused(products.message));
  const outcomes = new Map<CartLevel, StockOutcome>();
  const found: FoundLevel[] = [];
  for (const level of levels) {
    const [product, another] = products.get(codeKey(level.sku)) ?? [];
    if (!product) outcomes.set(level, refused("The shop has no product with this SKU."));
    else if (another) outcomes.set(level, refused("The shop has several products with this SKU."));
    else found.push({ level, product });
  }
  const batches = [...Map.groupBy(found, ({ product }) => batchPath(product))].flatMap(
    ([path, of]) => chunks(of, MOST_ROWS).map((rows) => ({ path, rows })),
  );
  for (const some of chunks(batches, AT_ONCE)) {
    const said = await Promise.all(some.map(({ path, rows }) => setBatch(call, path, rows)));
    for (const [level, outcome] of said.flat()) outcomes.set(level, outcome);
  }
  return levels.map((level) => outcomes.get(level) ?? refused("The shop said nothing of it."));
};

const refused = (message: string): StockOutcome => ({ kind: "refused", message });

/** A variation is changed below its product; with the products it is refused. */
const batchPath = ({ type, parent_id }: WooProduct): string =>
  type === "variation" ? `/products/${parent_id ?? 0}/variations/batch` : "/products/batch";

const chunks = <T>(rows: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(rows.length / size) }, (_, at) =>
    rows.slice(at * size, (at + 1) * size),
  );

/** The shop's products by SKU, whatever its case, as the shop itself compares them. */
const findProducts = async (
  call: WooCall,
  levels: readonly CartLevel[],
): Promise<Map<string, WooProduct[]> | ConnectorFailure> => {
  const found = new Map<string, WooProduct>();
  for (const skus of questions(levels.map(({ sku }) => sku))) {
    const products = await productsOf(call, skus);
    if (products instanceof ConnectorFailure) return products;
    for (const product of products) found.set(String(product.id), product);
  }
  return Map.groupBy(found.values(), ({ sku }) => codeKey(sku ?? ""));
};

/** A comma separates SKUs in a question, so one with a comma is asked by itself. A blank one would list all products. */
const questions = (skus: readonly string[]): string[][] => {
  const all: string[][] = [];
  let open: string[] = [];
  let characters = 0;
  for (const sku of skus.filter((one) => one.trim() !== "")) {
    const length = encodeURIComponent(`${sku},`).length;
    if (sku.includes(",")) {
      all.push([sku]);
      continue;
    }
    if (open.length === 0 || open.length === MOST_SKUS || characters + length > MOST_CHARACTERS) {
      open = [];
      all.push(open);
      characters = 0;
    }
    open.push(sku);
    characters += length;
  }
  return all;
};

/** With `sku`, the shop lists variations beside products, in whatever status but the trash. */
const productsOf = async (
  call: WooCall,
  skus: readonly string[],
): Promise<WooProduct[] | ConnectorFailure> => {
  const found: WooProduct[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query = { sku: skus.join(","), per_page: MOST_ROWS, page, _fields: FIELDS };
    const answer = await forbiddenOr(call, ask(call, "GET", "/products", { query }));
    if (answer instanceof ConnectorFailure) return answer;
    if (!answered(answer)) throw unexpected(answer);
    const rows = answer.json(z.array(wooProduct));
    found.push(...rows);
    if (rows.length < MOST_ROWS) return found;
  }
  throw new ConnectorFailure("bad_response", "The shop lists products that it was not asked for.");
};

/**
 * A key whose user may read orders and not products is no wrong key: that is a "no" to the levels, so
 * that orders go on. Of a key that may do neither the failure is thrown.
 */
const forbiddenOr = async (
  call: WooCall,
  asked: Promise<VendorAnswer>,
): Promise<VendorAnswer | ConnectorFailure> => {
  try {
    return await asked;
  } catch (failure) {
    if (!(failure instanceof ConnectorFailure) || failure.kind !== "unauthorized") throw failure;
    const orders = await ask(call, "GET", "/orders", { query: { per_page: 1, _fields: "id" } });
    if (!answered(orders)) throw failure;
    return failure;
  }
};

/** One batch; a "no" to all of it is one to each of its rows. */
const setBatch = async (
  call: WooCall,
  path: string,
  rows: readonly FoundLevel[],
): Promise<(readonly [CartLevel, StockOutcome])[]> => {
  const update = rows.map(({ level, product }) => ({
    id: product.id,
    manage_stock: true,
    stock_quantity: level.quantity,
  }));
  const answer = await forbiddenOr(call, ask(call, "POST", path, { body: { update } }));
  const all = (message: string) => rows.map(({ level }) => [level, refused(message)] as const);
  if (answer instanceof ConnectorFailure) return all(answer.message);
  if (!answered(answer)) {
    const failure = unexpected(answer);
    if (failure.kind !== "bad_request") throw failure;
    return all(refusal(answer).message);
  }
  const said = new Map(answer.json(wooBatch).update.map((row) => [String(row.id), row]));
  return rows.map(({ level, product }) => {
    const row = said.get(String(product.id));
    if (row) return [level, outcomeOf(row, level)];
    throw new ConnectorFailure("bad_response", "The shop's answer leaves out a product.", {
      place: "update",
    });
  });
};

/** A shop that does not manage stock, or not of this kind of product, answers well and keeps nothing. */
const outcomeOf = (
  { error, manage_stock, stock_quantity }: WooBatchRow,
  { quantity }: CartLevel,
): StockOutcome => {
  if (error) return refused(error.message?.slice(0, 500) || `The shop refused it (${error.code}).`);
  return manage_stock === true && Number.parseFloat(String(stock_quantity)) === quantity
    ? { kind: "set" }
    : refused("The shop did not keep the level.");
};
