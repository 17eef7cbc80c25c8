import { describe, expect, test } from "vitest";
import { learnMapping } from "../../../src/domain/import-learning.ts";
import { mappingShape } from "../../../src/domain/import-mapping.ts";
import { missingColumns, unknownColumns } from "../../../src/domain/import-rows.ts";
import { head, learn } from "./import-samples.ts";

describe("learning", () => {
  test.each([
    ["Order Number", ["number"]],
    ["order_id", ["number"]],
    ["Order #", ["number"]],
    ["Reference", ["number"]],
    ["Bestellnummer", ["number"]],
    ["PO Number", ["po_number"]],
    ["Ship To Name", ["ship_to.name"]],
    ["ShipToCompany", ["ship_to.company"]],
    ["shipping_address_1", ["ship_to.address_1"]],
    ["Shipping Address City", ["ship_to.city"]],
    ["Delivery Postcode", ["ship_to.zip"]],
    ["State/Province", ["ship_to.state"]],
    ["Country", ["ship_to.country"]],
    ["Recipient Phone", ["ship_to.phone"]],
    ["E-Mail", ["ship_to.email"]],
    ["Billing Street", ["bill_to.address_1"]],
    ["Item SKU", ["line.sku"]],
    ["item", ["line.sku"]],
    ["Qty Ordered", ["line.quantity"]],
    ["Unit Price", ["line.price"]],
    ["Ship Method", ["ship_code"]],
    ["Ship Via", ["ship_code"]],
    ["Order Date", ["order_date"]],
    ["Requested Ship Date", ["requested_ship_date"]],
    ["Notes", ["shipping_instructions"]],
    ["Shipping Cost", ["shipping_handling"]],
    ["Order Total", ["grand_total"]],
    ["Stands for number", ["stands_for.number"]],
    ["Colour", ["line.extra.Colour"]],
  ])("a column named %j becomes %j", (column, to) => {
    const { mapping } = learn(`${column}\nx`);
    expect(mapping.columns).toEqual([{ column, to }]);
  });

  test.each([
    ["sku_1,qty_1,sku_2,qty_2", [1, 1, 2, 2]],
    ["Item 1 SKU,Item 1 Qty,Item 2 SKU,Item 2 Qty", [1, 1, 2, 2]],
    ["SKU,Qty,SKU2,Qty2", [1, 1, 2, 2]],
    ["SKU,Qty,SKU,Qty", [1, 1, 2, 2]],
  ])("%s are the items of one row per order", (columns, items) => {
    const { mapping } = learn(`order,${columns}\n1,A,1,B,2`);
    expect(mapping.layout).toBe("row_per_order");
    expect(mapping.columns.slice(1).map(({ item }) => item)).toEqual(items);
  });

  test("address 1 and address 2 are no items", () => {
    const { mapping } = learn("order,sku,qty,address 1,address 2\n1,A,1,x,y");
    expect(mapping.layout).toBe("row_per_line");
  });

  test.each([
    ["2026-11-21", "YYYY-MM-DD", false],
    ["21.11.2026", "DD.MM.YYYY", false],
    ["20261121", "YYYYMMDD", false],
    ["11/21/2026", "MM/DD/YYYY", false],
    ["21/11/2026", "DD/MM/YYYY", false],
    ["01/02/2026", "MM/DD/YYYY", true],
    ["21st of May", "YYYY-MM-DD", true],
  ])("the date %s is taken for %s, and doubts are told: %j", (date, format, isDoubtful) => {
    const { mapping, problems } = learn(`order,date\n1,${date}`);
    expect(mapping.date_format).toBe(format);
    expect(problems.some((problem) => problem.startsWith("The dates"))).toBe(isDoubtful);
  });

  test.each([
    ["12.50", ";", false, false],
    ["12,50", ";", true, false],
    ["1.234", ";", true, true],
    ["1.234", ",", false, true],
    ["7", ";", false, false],
  ] as const)(
    "the price %s behind %j: decimal comma %j, doubts %j",
    (price, delimiter, comma, doubt) => {
      const sample = [
        { row: 1, cells: ["order", "price"] },
        { row: 2, cells: ["1", price] },
      ];
      const { mapping, problems } = learnMapping(sample, delimiter);
      expect(mapping.decimal_comma).toBe(comma);
      expect(problems.some((problem) => problem.includes("decimal_comma"))).toBe(doubt);
    },
  );

  test("a column without a known name belongs to the line where it differs within an order, else to the order", () => {
    const { mapping } = learn("order,sku,qty,foo,bar\n1,A,1,x,y\n1,B,1,x,z\n2,A,1,w,y");
    expect(mapping.columns.slice(3).flatMap(({ to }) => to)).toEqual([
      "extra.foo",
      "line.extra.bar",
    ]);
  });

  test("data in the first row is told, and what is needed and missing is named", () => {
    const { mapping, problems } = learn("1001,jane@x.test,2026-01-01\n1002,joe@x.test,2026-01-02");
    expect(mapping.header).toBe(false);
    expect(problems.join(" ")).toMatch(/Row 1 looks like data.*order number.*SKU.*quantity/);
    expect(mappingShape.safeParse(mapping).success).toBe(false);
  });
});

describe("mapping", () => {
  const good = learn(`${head}\n1,J D,Main 1,78701,US,A,1`).mapping;
  test.each([
    ["an unknown field", { columns: [{ column: "a", to: ["nummer"] }] }, "columns.0.to.0"],
    ["no SKU", { columns: good.columns.filter(({ to }) => !to.includes("line.sku")) }, "columns"],
    ["no currency", { constants: {} }, "constants.currency"],
    ["one number for all", { constants: { currency: "USD", number: "1" } }, "constants.number"],
    [
      "a column twice",
      { columns: [...good.columns, { column: "ORDER", to: [] }] },
      "columns.7.column",
    ],
    [
      "an item among lines",
      { columns: [...good.columns, { column: "x", to: ["line.tax"], item: 1 }] },
      "columns.7.item",
    ],
    ["a line without its item", { layout: "row_per_order" }, "columns.5.item"],
    [
      "a nameless extra field",
      { columns: [...good.columns, { column: "x", to: ["extra."] }] },
      "columns.7.to.0",
    ],
  ])("%s is told by field", (_name, change, path) => {
    const { error } = mappingShape.safeParse({ ...good, ...change });
    expect(error?.issues.map((issue) => issue.path.join("."))).toContain(path);
  });

  test("columns are found in any case, missing ones and new ones are named, later items may be missing", () => {
    const { mapping } = learn("order,sku_1,qty_1,sku_2,qty_2,color\n1,A,1,B,1,x");
    expect(missingColumns(["ORDER", "Sku_1", "QTY_1", "Color"], mapping)).toEqual([]);
    expect(missingColumns(["order", "sku_1", "qty_1", "sku_2", "size"], mapping)).toEqual([
      "color",
      "qty_2",
    ]);
    expect(unknownColumns(["order", "size"], mapping)).toEqual(["size"]);
  });
});
