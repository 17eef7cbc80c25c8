import { z } from "zod";

/** What the master code is called where codes are chosen by name; no alias may be called so. */
export const SKU = "SKU";

const code = z.string().trim().min(1).max(200);

/** The name of an alias, such as UPC. */
export const aliasNameShape = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .refine((name) => !["sku", "name"].includes(codeKey(name)), {
    error: "is what a product itself has: an alias is called otherwise",
  });

export const codeShape = code;

/** A product by its master code, with its other codes by their kind. */
export const productShape = z.strictObject({
  sku: code,
  name: z.string().trim().min(1).max(300).nullable().default(null),
  /** Such as `{ "UPC": ["0123"], "Amazon SKU": ["A-1"] }`. */
  aliases: z.record(aliasNameShape, z.array(code).max(50)).default({}),
});
export type Product = z.infer<typeof productShape>;

/** How codes are compared: blanks around them and upper case do not tell two codes apart. */
export const codeKey = (text: string): string => text.trim().toLowerCase();

export interface ProductCode {
  code: string;
  sku: string;
  /** Null: the SKU itself. */
  kind: string | null;
  as_written: string;
}

/** Every code of a product, its SKU first; a code that stands twice counts once. */
export function codesOf({ sku, aliases }: Product): ProductCode[] {
  const all: ProductCode[] = [
    { code: codeKey(sku), sku, kind: null, as_written: sku },
    ...Object.entries(aliases).flatMap(([kind, codes]) =>
      codes.map((text) => ({ code: codeKey(text), sku, kind, as_written: text })),
    ),
  ];
  const first = new Map<string, ProductCode>();
  for (const one of all) if (!first.has(one.code)) first.set(one.code, one);
  return [...first.values()];
}

/** Whether a code is of the kind that goes by this name, whatever its case. */
export const isNamed = ({ kind }: Pick<ProductCode, "kind">, name: string): boolean =>
  codeKey(kind ?? SKU) === codeKey(name);
