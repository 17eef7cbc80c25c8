import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REFUSAL_COLUMNS } from "../../../src/domain/import-mapping.ts";
import { ordersOf } from "../../../src/domain/import-orders.ts";
import {
  refusedCells,
  tableOf,
  type ImportRow,
  type RefusedRow,
} from "../../../src/domain/import-rows.ts";
import { parseCsv, writeCsv } from "../../../src/platform/csv.ts";
import { AT, learn } from "./import-samples.ts";

const columns = ["order", "name", "street", "zip", "country", "sku", "qty", "price"];
const { mapping } = learn(`${columns.join(",")}\n1,J D,Main 1,78701,US,A,1,2.50`);
const good = ["1", "J D", "Main 1", "78701", "US", "A", "1", "2.50"];

const cell = fc.oneof(
  fc.constantFrom("", " ", "1", "2", "A", "US", "none", "row", "reason", "(missing cell)", "=1+1"),
  fc.string({ maxLength: 5 }),
);
const cells = fc.oneof(
  fc.array(cell, { minLength: 1, maxLength: columns.length + 4 }),
  // Rows that are good but for a cell too few or too many.
  fc
    .tuple(fc.nat(columns.length - 1), fc.nat(2), fc.array(cell, { maxLength: 3 }))
    .map(([at, gone, more]) => good.toSpliced(at, gone, ...more)),
  fc.constantFrom("1", "2", "3").map((number) => [number, ...good.slice(1)]),
);

/** The file of what is refused of some rows, as a spreadsheet or a reader has it. */
function refusedOf(rows: readonly ImportRow[]): { file: ImportRow[]; refused: RefusedRow[] } {
  const table = tableOf(rows, true);
  const { refused } = ordersOf(table, mapping, AT);
  const own = new Map(table.rows.map((one) => [one.row, one.cells]));
  const lines = refused.map(({ row, reason }) =>
    refusedCells(table.columns.length, { row, reason, cells: own.get(row) ?? [] }),
  );
  const text = writeCsv([[...table.columns, ...REFUSAL_COLUMNS], ...lines]);
  return { file: parseCsv(text.slice(1), ","), refused };
}

const fileOf = (rows: readonly string[][]): ImportRow[] =>
  [columns, ...rows].map((own, at) => ({ row: at + 1, cells: own }));
/** As a spreadsheet saves it: every row as wide as the widest. */
const squared = (file: readonly ImportRow[]): ImportRow[] => {
  const width = Math.max(...file.map(({ cells: own }) => own.length));
  return file.map(({ row, cells: own }) => ({
    row,
    cells: [...own, ...Array.from({ length: width - own.length }, () => "")],
  }));
};

describe("the file of refused rows", () => {
  test("whatever the cells, `row` and `reason` stand under their headers", () => {
    fc.assert(
      fc.property(fc.array(cells, { maxLength: 8 }), (rows) => {
        const { file, refused } = refusedOf(fileOf(rows));
        const [header, ...lines] = file;
        const at = header?.cells.indexOf("row") ?? -1;
        expect(header?.cells.slice(at)).toEqual(["row", "reason"]);
        expect(lines.map((line) => line.cells.slice(at, at + 2))).toEqual(
          refused.map(({ row, reason }) => [String(row), reason]),
        );
      }),
      { numRuns: 300 },
    );
  });

  test("loaded as it is it loads nothing, also after a spreadsheet saved it, and refuses the very same rows", () => {
    fc.assert(
      fc.property(fc.array(cells, { maxLength: 8 }), (rows) => {
        const { file } = refusedOf(fileOf(rows));
        for (const returned of [file, squared(file)]) {
          const { orders, refused } = ordersOf(tableOf(returned, true), mapping, AT);
          expect(orders).toEqual([]);
          expect(refused).toHaveLength(file.length - 1);
          expect(refusedOf(returned).file.map((line) => line.cells.slice(0, 8))).toEqual(
            file.map((line) => line.cells.slice(0, 8)),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  test("a row that lacks a cell never has its number for a quantity, and loads once the cell is there", () => {
    const { file } = refusedOf(fileOf([good.slice(0, 6)]));
    expect(file[1]?.cells.slice(6, 9)).toEqual(["(missing cell)", "(missing cell)", "2"]);
    const mended = file.map((line) => ({
      row: line.row,
      cells: line.cells
        .with(6, line.row === 1 ? "qty" : "4")
        .with(7, line.row === 1 ? "price" : ""),
    }));
    const { orders } = ordersOf(tableOf(mended, true), mapping, AT);
    expect(orders[0]?.order.order.lines).toEqual([
      { line_id: "1", line_no: 1, sku: "A", quantity: 4 },
    ]);
  });

  test("of a row with a cell too many the last stands behind `reason`, and it loads once that is moved", () => {
    const { file } = refusedOf(fileOf([good.toSpliced(3, 0, "Apt 5")]));
    expect(file[1]?.cells.slice(8)).toEqual(["2", "has 9 cells instead of 8", "2.50"]);
    const moved = [...good, "2", "has 9 cells instead of 8", ""];
    const { orders } = ordersOf(
      tableOf([file[0] ?? { row: 1, cells: [] }, { row: 2, cells: moved }], true),
      mapping,
      AT,
    );
    expect(orders[0]?.order.order.lines[0]).toMatchObject({ quantity: 1, price: 250 });
  });

  test("a returned row that lost cells never comes to have its number among its own", () => {
    fc.assert(
      fc.property(
        fc.array(cells, { minLength: 1, maxLength: 4 }),
        fc.nat(9),
        fc.nat(3),
        (rows, at, gone) => {
          const { file } = refusedOf(fileOf(rows));
          const cut = file.map((line) =>
            line.row === 1
              ? line
              : { ...line, cells: line.cells.slice(0, 10).toSpliced(at, gone + 1) },
          );
          const again = refusedOf(cut);
          expect(ordersOf(tableOf(cut, true), mapping, AT).orders).toEqual([]);
          expect(ordersOf(tableOf(again.file, true), mapping, AT).orders).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
