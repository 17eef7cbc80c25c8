import { codeKey, codesOf, isNamed, type Product, type ProductCode } from "./product.ts";

/** A code that came for one product while another has it, or that was decided against. */
export interface CodeClaim extends ProductCode {
  /** Where it came from: `wms`, `stock`; `person` of one that lost what it had. */
  source: string;
  /** Milliseconds, UTC; null: nobody decided yet. */
  decided_at: number | null;
}

/** What is stored of the codes and products that are to be changed. */
export interface StoredCodes {
  /** Of every code that is looked at, whose it is. */
  codes: readonly ProductCode[];
  claims: readonly CodeClaim[];
  /** Of every product that is looked at. */
  names: readonly StoredName[];
}

/** What a product is called, and whether a person gave it that name. */
export type StoredName = Pick<Product, "sku" | "name"> & { name_typed: boolean };

/** What is to be stored. */
export interface ProductPlan {
  named: Pick<Product, "sku" | "name">[];
  dropped: ProductCode[];
  given: ProductCode[];
  claims: CodeClaim[];
}

const ownersOf = ({ codes }: StoredCodes) => new Map(codes.map((one) => [one.code, one]));

/**
 * What a list from outside changes: products and codes are added, nothing is taken from any product.
 * A name that a person gave stays. A code that another product has becomes a claim, unless it is one already, or somebody decided
 * against it; a product whose very SKU is another's code waits as a claim whole. Pure.
 */
export function planLoad(
  listed: readonly Product[],
  stored: StoredCodes,
  source: "wms" | "stock",
): ProductPlan {
  const owners = ownersOf(stored);
  const names = new Map(stored.names.map(({ sku, name }) => [sku, name]));
  const typed = new Set(stored.names.filter((one) => one.name_typed).map(({ sku }) => sku));
  const known = new Map(stored.claims.map((claim) => [claimKey(claim), claim]));
  const plan: ProductPlan = { named: [], dropped: [], given: [], claims: [] };
  const claim = (code: ProductCode) => {
    const made = { ...code, source, decided_at: null };
    if (known.has(claimKey(made))) return;
    known.set(claimKey(made), made);
    plan.claims.push(made);
  };
  const give = (code: ProductCode) => {
    owners.set(code.code, code);
    plan.given.push(code);
  };
  for (const one of listed) {
    const own = owners.get(codeKey(one.sku));
    const sku = own?.kind === null ? own.sku : one.sku;
    const [first, ...others] = codesOf({ ...one, sku });
    if (!first) continue;
    if (own && own.kind !== null) {
      claim(first);
      continue;
    }
    if (!own && known.get(claimKey(first))?.decided_at != null) continue;
    const isNews = one.name !== null && names.get(sku) !== one.name && !typed.has(sku);
    if (!names.has(sku) || isNews) {
      names.set(sku, one.name);
      plan.named.push({ sku, name: one.name });
    }
    if (!own) give(first);
    for (const code of others) {
      const owner = owners.get(code.code);
      if (owner?.sku === sku) continue;
      if (owner) claim(code);
      else if (known.get(claimKey(code))?.decided_at == null) give(code);
    }
  }
  return { ...plan, named: lastOf(plan.named) };
}

const claimKey = ({ code, sku }: Pick<CodeClaim, "code" | "sku">): string =>
  JSON.stringify([code, sku]);

/** A product that a list names twice is stored under its last name. */
const lastOf = (named: ProductPlan["named"]): ProductPlan["named"] => [
  ...new Map(named.map((one) => [one.sku, one])).values(),
];

/** A row of a file of products: what it does not say of a product stays. */
export interface SheetRow {
  /** 1-based, as a spreadsheet counts. */
  row: number;
  sku: string;
  /** Undefined: the file has no names. */
  name: string | null | undefined;
  /** The aliases that the file has a column for, each with all of its codes. */
  aliases: Product["aliases"];
}

/**
 * What a person's file changes, row by row: of each product the aliases that the file has columns for
 * become what the row says. A row with a code that another product has then is refused whole. Pure.
 */
export function planSheet(
  rows: readonly SheetRow[],
  stored: StoredCodes,
): ProductPlan & { refused: { row: number; sku: string; reason: string }[]; unchanged: number } {
  const before = ownersOf(stored);
  const owners = new Map(before);
  const ofProduct = new Map(
    [...Map.groupBy(stored.codes, ({ sku }) => sku)].map(([sku, codes]) => [sku, [...codes]]),
  );
  const names = new Map(stored.names.map(({ sku, name }) => [sku, name]));
  const named = new Map<string, string | null>();
  const refused: { row: number; sku: string; reason: string }[] = [];
  let unchanged = 0;
  for (const one of rows) {
    const own = owners.get(codeKey(one.sku));
    const sku = own?.kind === null ? own.sku : one.sku;
    const wanted = codesOf({ sku, name: null, aliases: one.aliases });
    const theirs = wanted.flatMap(({ code, as_written }) => {
      const owner = owners.get(code);
      return owner && owner.sku !== sku ? [{ as_written, owner }] : [];
    })[0];
    if (theirs) {
      const reason = `The code ${theirs.as_written} belongs to ${theirs.owner.sku} already: a code is one product's`;
      refused.push({ row: one.row, sku: one.sku, reason });
      continue;
    }
    const replaced = Object.keys(one.aliases);
    const has = ofProduct.get(sku) ?? [];
    const stays = has.filter(
      (code) =>
        !wanted.some((other) => other.code === code.code) &&
        (code.kind === null || !replaced.some((name) => isNamed(code, name))),
    );
    const next = [...stays, ...wanted.filter(({ kind }) => own === undefined || kind !== null)];
    if (own?.kind === null) next.push(own);
    const name = one.name === undefined ? (names.get(sku) ?? null) : one.name;
    const isSame = names.has(sku) && names.get(sku) === name && sameCodes(has, next);
    if (isSame) unchanged += 1;
    if (!names.has(sku) || names.get(sku) !== name) named.set(sku, name);
    names.set(sku, name);
    for (const { code } of has) owners.delete(code);
    for (const code of next) owners.set(code.code, code);
    ofProduct.set(sku, next);
  }
  const isStored = (code: ProductCode) => sameCode(before.get(code.code), code);
  const given = [...owners.values()].filter((code) => !isStored(code));
  const dropped = [...before.values()].filter((code) => !sameCode(owners.get(code.code), code));
  return {
    named: [...named].map(([sku, name]) => ({ sku, name })),
    given,
    dropped,
    claims: [],
    refused,
    unchanged,
  };
}

const sameCode = (a: ProductCode | undefined, b: ProductCode): boolean =>
  a !== undefined && a.sku === b.sku && a.kind === b.kind && a.as_written === b.as_written;

function sameCodes(a: readonly ProductCode[], b: readonly ProductCode[]): boolean {
  const byCode = new Map(a.map((one) => [one.code, one]));
  return a.length === b.length && b.every((one) => sameCode(byCode.get(one.code), one));
}
