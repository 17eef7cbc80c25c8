import fc from "fast-check";
import { expect, test } from "vitest";
import {
  planLoad,
  planSheet,
  type CodeClaim,
  type ProductPlan,
  type StoredCodes,
} from "../../../src/domain/product-plan.ts";
import { codeKey, type Product, type ProductCode } from "../../../src/domain/product.ts";

const codes = ["A", "B", "C", "D", "a", " b"];
const anyCode = fc.constantFrom(...codes);
const anyProduct: fc.Arbitrary<Product> = fc.record({
  sku: fc.constantFrom("A", "B", "C", "b"),
  name: fc.option(fc.constantFrom("One", "Two")),
  aliases: fc.dictionary(fc.constantFrom("UPC", "EAN"), fc.array(anyCode, { maxLength: 3 }), {
    maxKeys: 2,
    noNullPrototype: true,
  }),
});
const anyStep = fc.oneof(
  fc.record({ kind: fc.constant("load" as const), list: fc.array(anyProduct, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant("sheet" as const), list: fc.array(anyProduct, { maxLength: 4 }) }),
);

/** What D1 would hold: it refuses a code that is there. */
class Shelf {
  codes = new Map<string, ProductCode>();
  claims: CodeClaim[] = [];
  names = new Map<string, string | null>();

  stored(): StoredCodes {
    return {
      codes: [...this.codes.values()],
      claims: this.claims,
      names: [...this.names].map(([sku, name]) => ({ sku, name, name_typed: false })),
    };
  }

  take({ named, dropped, given, claims }: ProductPlan): void {
    for (const { sku, name } of named) this.names.set(sku, name);
    for (const code of dropped) {
      expect(code.kind).not.toBeNull();
      this.codes.delete(code.code);
    }
    for (const code of given) {
      if (this.codes.has(code.code)) throw new Error(`UNIQUE: ${code.code}`);
      expect(this.names.has(code.sku)).toBe(true);
      this.codes.set(code.code, code);
    }
    this.claims.push(...claims);
  }
}

test("whatever lists and files say, in whatever sequence, every code is one product's and every product has its own SKU", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 8 }), (steps) => {
      const shelf = new Shelf();
      for (const { kind, list } of steps) {
        const before = new Map(shelf.codes);
        if (kind === "load") shelf.take(planLoad(list, shelf.stored(), "wms"));
        else {
          const once = [...new Map(list.map((one) => [codeKey(one.sku), one])).values()];
          const rows = once.map((one, at) => ({ row: at + 2, ...one }));
          shelf.take(planSheet(rows, shelf.stored()));
        }
        for (const sku of shelf.names.keys())
          expect(shelf.codes.get(codeKey(sku))).toMatchObject({ sku, kind: null });
        // A list takes nothing from any product.
        if (kind === "load")
          for (const [code, one] of before) expect(shelf.codes.get(code)).toEqual(one);
        const keys = shelf.claims.map(({ code, sku }) => `${code} ${sku}`);
        expect(new Set(keys).size).toBe(keys.length);
      }
    }),
    { numRuns: 300 },
  );
});

test("loading the same list or the same file again changes nothing", () => {
  fc.assert(
    fc.property(fc.array(anyProduct, { maxLength: 5 }), (list) => {
      const shelf = new Shelf();
      shelf.take(planLoad(list, shelf.stored(), "wms"));
      const names = new Map(
        list.filter(({ name }) => name !== null).map((one) => [codeKey(one.sku), one.name]),
      );
      const last = list.map((one) => ({ ...one, name: names.get(codeKey(one.sku)) ?? null }));
      const again = planLoad(last, shelf.stored(), "wms");
      expect([again.given, again.claims, again.dropped]).toEqual([[], [], []]);

      const file = new Shelf();
      const once = [...new Map(list.map((one) => [codeKey(one.sku), one])).values()];
      const rows = once.map((one, at) => ({ row: at + 2, ...one }));
      const first = planSheet(rows, file.stored());
      file.take(first);
      const refused = new Set(first.refused.map(({ row }) => row));
      const taken = rows.filter(({ row }) => !refused.has(row));
      const second = planSheet(taken, file.stored());
      expect([second.named, second.given, second.dropped, second.unchanged]).toEqual([
        [],
        [],
        [],
        taken.length,
      ]);
    }),
    { numRuns: 300 },
  );
});

test("a code of a list that another product has is a claim, unless it is one or was decided", () => {
  const owner: ProductCode = { code: "1", sku: "A", kind: "UPC", as_written: "1" };
  const own: ProductCode = { code: "a", sku: "A", kind: null, as_written: "A" };
  const stored = {
    codes: [owner, own],
    claims: [],
    names: [{ sku: "A", name: null, name_typed: false }],
  };
  const listed = [{ sku: "B", name: null, aliases: { Barcode: ["1"] } }];
  const plan = planLoad(listed, stored, "wms");
  expect(plan.claims).toMatchObject([{ code: "1", sku: "B", source: "wms", decided_at: null }]);
  for (const decided_at of [null, 5]) {
    const claims = plan.claims.map((claim) => ({ ...claim, decided_at }));
    expect(planLoad(listed, { ...stored, claims }, "wms").claims).toEqual([]);
    // Decided against stays so when the code is free again.
    const free = planLoad(listed, { ...stored, codes: [own], claims }, "wms");
    expect(free.given.map(({ code }) => code)).toEqual(decided_at === null ? ["b", "1"] : ["b"]);
  }
});
