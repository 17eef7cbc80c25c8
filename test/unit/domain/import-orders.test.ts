import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { learnMapping } from "../../../src/domain/import-learning.ts";
import { ordersOf } from "../../../src/domain/import-orders.ts";
import { tableOf } from "../../../src/domain/import-rows.ts";
import { orderShape } from "../../../src/domain/order.ts";
import { AT, head, learn, read, reasons } from "./import-samples.ts";

describe("orders", () => {
  test("rows with one number are one order, wherever they stand", () => {
    const { orders, refused } = read(
      `${head},shipping cost\n1,Jane Doe,Main 1,78701,USA,A,1,5\n2,Joe Roe,Elm 2,10115,Germany,A,1,\n1,,,,,B,2,5`,
    );
    expect(refused).toEqual([]);
    expect(orders.map(({ order }) => order.source_id)).toEqual(["1", "2"]);
    expect(orders[0]?.rows.map(({ row }) => row)).toEqual([2, 4]);
    expect(orders[0]?.order).toEqual({
      source_id: "1",
      source_status: "imported",
      payment_status: null,
      fulfilment_status: null,
      state: "open",
      placed_at: AT,
      modified_at: AT,
      is_test: false,
      stands_for: null,
      order: {
        number: "1",
        ship_to: {
          first_name: "Jane",
          last_name: "Doe",
          address_1: "Main 1",
          zip: "78701",
          country: "US",
        },
        order_date: "2026-11-21T00:00:00.000Z",
        currency: { code: "USD", exponent: 2 },
        shipping_handling: 500,
        lines: [
          { line_id: "1", line_no: 1, sku: "A", quantity: 1 },
          { line_id: "2", line_no: 2, sku: "B", quantity: 2 },
        ],
      },
    });
  });

  test("one row with items side by side is one order; blank items are none", () => {
    const text =
      "order,street,zip,sku_1,qty_1,price_1,sku_2,qty_2,sku_3,qty_3\n1,Main 1,78701,A,1,2.50,,,C,3";
    const { orders, refused } = read(text);
    expect(refused).toEqual([]);
    expect(orders[0]?.order.order.lines).toEqual([
      { line_id: "1", line_no: 1, sku: "A", quantity: 1, price: 250 },
      { line_id: "2", line_no: 2, sku: "C", quantity: 3 },
    ]);
  });

  test("one column may become several fields, several one, and constants stand in for blank cells", () => {
    const text =
      "order,sku,qty,street,house,email,weight\n7,A,1,Main St,5,j@x.test,\n8,A,1,Elm St,6,,1.5";
    const { mapping } = learn(text);
    const change = {
      columns: [
        { column: "order", to: ["number", "po_number", "extra.Order no"] },
        { column: "sku", to: ["line.sku"] },
        { column: "qty", to: ["line.quantity"] },
        { column: "street", to: ["ship_to.address_1"] },
        { column: "house", to: ["ship_to.address_1"] },
        { column: "email", to: ["ship_to.email", "bill_to.email"] },
        { column: "weight", to: ["line.weight_kg"] },
      ],
      constants: {
        currency: "JPY",
        "ship_to.country": "Japan",
        "ship_to.email": "none@x.test",
        "line.comment": "By file",
        custom_3: "c",
        tags: "a; b",
        status: "paid",
      },
    };
    const { orders } = read(text, { ...mapping, ...change });
    expect(orders[0]?.order).toMatchObject({
      source_status: "paid",
      tags: ["a", "b"],
      order: {
        po_number: "7",
        extra_fields: { "Order no": "7" },
        custom_fields: ["", "", "c"],
        currency: { code: "JPY", exponent: 0 },
        ship_to: { address_1: "Main St 5", country: "JP", email: "j@x.test" },
        bill_to: { email: "j@x.test" },
        ship_is_billing: false,
        lines: [{ comment: "By file" }],
      },
    });
    expect(orders[1]?.order.order).toMatchObject({
      ship_to: { email: "none@x.test" },
      lines: [{ weight_g: 1_500 }],
    });
    expect(orders[1]?.order.order.bill_to).toBeUndefined();
  });

  test("an id column identifies orders, a canceled one is called off, and dates are read", () => {
    const text = `${head},external id,status,order date,ship by\n1,J D,Main 1,78701,US,A,1,X-9,Canceled,21.11.2026 10:30,24.11.2026`;
    const [read_] = read(text).orders;
    expect(read_?.order).toMatchObject({
      source_id: "X-9",
      state: "cancelled",
      placed_at: Date.UTC(2026, 10, 21, 10, 30),
      order: {
        number: "1",
        order_date: "2026-11-21T10:30:00.000Z",
        requested_ship_date: "2026-11-24",
      },
    });
  });

  const bad = "1,J D,Main 1,78701,US,A,1";
  test.each([
    [
      "a word for a quantity",
      bad.replace(/1$/, "two"),
      '2: column "qty": "two" is no whole number',
    ],
    ["half a piece", bad.replace(/1$/, "1.5"), '2: column "qty": "1.5" is no whole number'],
    ["a quantity of 0", bad.replace(/1$/, "0"), '2: column "qty": "0" is less than 1'],
    ["a quantity below 0", bad.replace(/1$/, "-2"), '2: column "qty": "-2" is less than 1'],
    [
      "a quantity over a million",
      bad.replace(/1$/, "1000001"),
      '2: column "qty": "1000001" is more than 1000000',
    ],
    [
      "a number with a control character",
      bad.replace("1,", "1\u0007A,"),
      '2: column "order": has a line break or another control character in it',
    ],
    ["the country XX", bad.replace("US", "XX"), '2: column "country": "XX" is no country'],
    ["no quantity", bad.replace(/1$/, ""), '2: column "qty": there is no quantity'],
    ["no SKU", bad.replace("A", " "), '2: column "sku": there is no SKU'],
    [
      "an unknown country",
      bad.replace("US", "Atlantis"),
      '2: column "country": "Atlantis" is no country',
    ],
    ["no order number", bad.replace("1,", ","), '2: column "order": there is no order number'],
    ["no address", "1,,,,US,A,1", '2: column "street": there is no address to ship to'],
    ["a cell too few", "1,J D,Main 1,78701,US,A", "2: has 6 cells instead of 7"],
    ["a cell too many", `${bad},x`, "2: has 8 cells instead of 7"],
  ])("%s is refused with row, column and cause", (_name, row, reason) => {
    expect(reasons(`${head}\n${row}`)).toEqual([reason]);
  });

  test.each([
    ["price", "12,50", { decimal_comma: false }, '"12,50" is no amount with a decimal point'],
    ["price", "12.50", { decimal_comma: true }, '"12.50" is no amount with a decimal comma'],
    ["order date", "2026-13-01", {}, '"2026-13-01" is no date like YYYY-MM-DD'],
    ["currency", "Dollars", {}, '"Dollars" is no currency code such as USD'],
    ["currency", "", { constants: {} }, "there is no currency"],
    ["test", "perhaps", {}, '"perhaps" is neither yes nor no'],
    ["line.weight_g", "heavy", {}, '"heavy" is no weight with a decimal point'],
  ] as const)("a bad %s %j is refused with its column", (column, cell, change, why) => {
    const header = [...head.split(","), column === "line.weight_g" ? "weight g" : column];
    const rows = [
      { row: 1, cells: header },
      { row: 2, cells: [..."1,J D,Main 1,78701,US,A,1".split(","), cell] },
    ];
    const { mapping } = learnMapping(rows, ",");
    const { orders, refused } = ordersOf(
      tableOf(rows, true),
      { ...mapping, date_format: "YYYY-MM-DD", decimal_comma: false, ...change },
      AT,
    );
    expect(orders).toEqual([]);
    expect(refused).toEqual([
      { row: 2, field: header.at(-1), reason: `column "${header.at(-1)}": ${why}` },
    ]);
  });

  const priced = (price: string, currency: string) => {
    const rows = [
      { row: 1, cells: [...head.split(","), "price"] },
      { row: 2, cells: [..."1,J D,Main 1,78701,US,A,1".split(","), price] },
    ];
    const { mapping } = learnMapping(rows, ";");
    const change = { decimal_comma: true, constants: { currency } };
    const { orders, refused } = ordersOf(tableOf(rows, true), { ...mapping, ...change }, AT);
    return orders[0]?.order.order.lines[0]?.price ?? refused[0]?.reason;
  };
  test.each([
    ["9,999", "EUR"],
    ["0,001", "EUR"],
    ["1,50", "JPY"],
    ["1,0001", "KWD"],
  ])("an amount with more decimals than its currency has is refused: %s %s", (price, currency) => {
    expect(priced(price, currency)).toBe(
      `column "price": "${price}" has more decimals than ${currency} has`,
    );
  });

  test.each([
    ["9,990", "EUR", 999],
    ["9,99", "EUR", 999],
    ["1,00", "JPY", 1],
    ["1.000", "JPY", 1_000],
    ["1,0010", "KWD", 1_001],
  ])("zeros behind a currency's decimals change nothing: %s %s is %s", (price, currency, units) => {
    expect(priced(price, currency)).toBe(units);
  });

  test.each([
    ["Shop,", 'column "stands for number": there is no number of the order it stands for'],
    [",5001", 'column "stands for cart": there is no cart whose order it stands for'],
    ["Shop,50\u000001", 'column "stands for number": has a line break'],
  ])(
    "an order that stands for another by half is refused, not loaded without it: %j",
    (cells, why) => {
      const [reason] = reasons(`${head},stands for cart,stands for number\n${bad},${cells}`);
      expect(reason).toContain(why);
    },
  );

  test("a line is blamed for its own troubles only", () => {
    const rows = ["1,J D,Main 1,78701,US,A,none", "1,J D,Main 1,78701,US,B,1"];
    expect(reasons([head, ...rows].join("\n"))).toEqual([
      '2: column "qty": "none" is no whole number',
      "3: another row of this order was refused (row 2)",
    ]);
  });

  test("a date that no calendar has costs its own row, and the format is still learned", () => {
    const dates = ["30.01.2026", "31.02.2026", "01.03.2026"];
    const text = [
      `${head},order date`,
      ...dates.map((date, at) => `${at + 1},J D,Main 1,78701,US,A,1,${date}`),
    ].join("\n");
    expect(learn(text).mapping.date_format).toBe("DD.MM.YYYY");
    expect(learn(text).problems).toContain("Some dates are no dates like DD.MM.YYYY");
    expect(reasons(text)).toEqual([
      '3: column "order date": "31.02.2026" is no date like DD.MM.YYYY',
    ]);
    expect(read(text).orders.map(({ order }) => order.source_id)).toEqual(["1", "3"]);
  });

  test("one refused row takes the rows of its order with it, each with its reason, and no other", () => {
    const rows = [
      "1,J D,Main 1,78701,US,A,1",
      "2,J D,Main 1,78701,US,A,1",
      "1,J D,Main 1,78701,US,B,x",
    ];
    const { orders, refused } = read([head, ...rows].join("\n"));
    expect(orders.map(({ order }) => order.source_id)).toEqual(["2"]);
    expect(refused).toEqual([
      { row: 2, field: null, reason: "another row of this order was refused (row 4)" },
      { row: 4, field: "qty", reason: 'column "qty": "x" is no whole number' },
    ]);
  });

  test("rows of one order that say different things are refused, naming both", () => {
    const rows = ["1,J D,Main 1,78701,US,A,1", "1,J D,Elm 2,78701,US,B,1", "1,,,,,C,1"];
    expect(reasons([head, ...rows].join("\n"))).toEqual([
      "2: another row of this order was refused (row 3)",
      '3: column "street": "Elm 2" is not what row 2 of the same order says, "Main 1"',
      "4: another row of this order was refused (row 3)",
    ]);
  });

  test("two rows of one number where each row is an order are refused, each naming the other", () => {
    const text =
      "order,street,zip,sku_1,qty_1\n1,Main 1,78701,A,1\n1,Main 1,78701,B,1\n2,Main 1,78701,B,1";
    expect(reasons(text)).toEqual([
      '2: column "order": the same order is in row 3',
      '3: column "order": the same order is in row 2',
    ]);
  });

  test("a row without an order number takes the order before it with it", () => {
    const rows = [
      "1,J D,Main 1,78701,US,A,1",
      ",J D,Main 1,78701,US,B,1",
      "2,J D,Main 1,78701,US,B,1",
    ];
    const { orders, refused } = read([head, ...rows].join("\n"));
    expect(orders.map(({ order }) => order.source_id)).toEqual(["2"]);
    expect(refused.map(({ row }) => row)).toEqual([2, 3]);
  });

  test("a ragged row takes those orders with it that its number may name, from the left and from the right", () => {
    const header = "name,street,zip,country,sku,qty,order";
    const good = (order: string, sku: string) => `J D,Main 1,78701,US,${sku},1,${order}`;
    const rows = [good("1", "A"), good("2", "A"), `J D,Main 1,Apt 5,78701,US,B,1,1`];
    const { orders, refused } = read([header, ...rows].join("\n"));
    expect(orders.map(({ order }) => order.source_id)).toEqual(["2"]);
    expect(refused.map(({ row }) => row)).toEqual([2, 4]);
  });

  test("blank rows are nothing, and blank cells beyond the header are no cells", () => {
    const { orders, refused } = read(
      `${head}\n1,J D,Main 1,78701,US,A,1,,\n,,,,,,\n2,J D,Main 1,78701,US,A,1`,
    );
    expect([orders.length, refused]).toEqual([2, []]);
  });

  test("the columns behind refused rows are ignored when they come back, and a row without them is not misread", () => {
    const back = `${head},row,reason\n1,J D,Main 1,78701,US,A,1,17,old\n2,J D,Main 1,78701,US,9,old`;
    const { orders, refused } = read(back);
    expect(orders.map(({ order }) => order.order.extra_fields)).toEqual([undefined]);
    expect(refused).toEqual([{ row: 3, reason: "has 7 cells instead of 9", field: null }]);
  });

  test("no cell makes it fail, and every row is in an order or refused, exactly once", () => {
    const cell = fc.oneof(
      fc.constantFrom("", "1", "2", "A", "US", "x,y", "-1", "2026-01-01", "12,50", "😀"),
      fc.string({ maxLength: 80 }),
    );
    const rows = fc.array(fc.array(cell, { minLength: 5, maxLength: 9 }), { maxLength: 12 });
    const { mapping } = learn(`${head}\n1,J D,Main 1,78701,US,A,1`);
    fc.assert(
      fc.property(rows, (cells) => {
        const all = [head.split(","), ...cells].map((own, at) => ({ row: at + 1, cells: own }));
        const table = tableOf(all, true);
        const { orders, refused } = ordersOf(table, mapping, AT);
        const seen = [...orders.flatMap((one) => one.rows), ...refused].map(({ row }) => row);
        expect(seen.toSorted((one, other) => one - other)).toEqual(
          table.rows.map(({ row }) => row),
        );
        for (const { order } of orders) expect(orderShape.parse(order.order)).toEqual(order.order);
      }),
      { numRuns: 500 },
    );
  });
});
