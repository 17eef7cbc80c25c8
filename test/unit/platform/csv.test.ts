import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CsvProblem,
  decodeText,
  delimiters,
  guessDelimiter,
  MOST_CELL_CHARACTERS,
  parseCsv,
  writeCsv,
} from "../../../src/platform/csv.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, isLittle: boolean) => {
  const bytes = new Uint8Array(2 * text.length + 2);
  const view = new DataView(bytes.buffer);
  for (const [at, unit] of `\uFEFF${text}`.split("").entries())
    view.setUint16(2 * at, unit.charCodeAt(0), isLittle);
  return bytes;
};

function problemOf(work: () => unknown): { message: string; row: number | null } {
  try {
    work();
  } catch (error) {
    if (error instanceof CsvProblem) return { message: error.message, row: error.row };
    throw error;
  }
  throw new Error("it was read");
}

describe("decoding", () => {
  const text = "Größe;Prix\r\nÉté;5\r\n";

  test.each([
    ["utf-8", bytesOf(text)],
    ["utf-8", bytesOf(`\uFEFF${text}`)],
    ["utf-16le", utf16(text, true)],
    ["utf-16be", utf16(text, false)],
  ])(
    "%s is read, with or without a byte order mark, which is no part of the text",
    (name, bytes) => {
      expect(decodeText(bytes)).toEqual({ text, encoding: name });
    },
  );

  test("what is no UTF-8 is read as Windows-1252", () => {
    const bytes = Uint8Array.from([0x53, 0x74, 0xfc, 0x63, 0x6b, 0x3b, 0x80, 0x35]);
    expect(decodeText(bytes)).toEqual({ text: "Stück;€5", encoding: "windows-1252" });
  });

  test.each([
    ["an empty file", new Uint8Array(), /is empty/],
    ["a file of blank lines", bytesOf("\uFEFF \r\n\r\n"), /is empty/],
    ["an .xlsx", Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0]), /spreadsheet .* save it as CSV/],
    [
      "an .xls",
      Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1]),
      /old Excel file .* save it as CSV/,
    ],
    ["a PDF", bytesOf("%PDF-1.7"), /PDF/],
    ["a gzip", Uint8Array.from([0x1f, 0x8b, 8]), /compressed/],
    ["UTF-16 without its mark", utf16("a,b\nc,d", true).slice(2), /NUL bytes.*UTF-16 without/],
    ["half a UTF-16 character", Uint8Array.from([0xff, 0xfe, 0x41]), /is none/],
  ])("%s is refused with its cause", (_name, bytes, message) => {
    expect(problemOf(() => decodeText(bytes)).message).toMatch(message);
  });

  test("a NUL byte is told with its line", () => {
    expect(problemOf(() => decodeText(bytesOf("a,b\nc,d\ne\0,f"))).row).toBe(3);
  });
});

describe("reading", () => {
  test("rows are numbered as a spreadsheet numbers them: blank lines count, line breaks in cells do not", () => {
    expect(parseCsv('a,b\r\n\r\n"1\r\n1",2\r\n3,4', ",")).toEqual([
      { row: 1, cells: ["a", "b"] },
      { row: 3, cells: ["1\r\n1", "2"] },
      { row: 4, cells: ["3", "4"] },
    ]);
  });

  test.each([
    ["LF", "a,b\n1,2\n"],
    ["CRLF", "a,b\r\n1,2\r\n"],
    ["CR", "a,b\r1,2\r"],
    ["both, quoted or not", 'a,b\r\n1,"2"\n'],
    ["none at the end", "a,b\r\n1,2"],
  ])("line ends: %s", (_name, text) => {
    expect(parseCsv(text, ",").map(({ cells }) => cells)).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
  });

  test.each([
    [",", "a,b,c\n1,2,3"],
    [";", "a;b;c\n1,5;2,5;3,5"],
    ["\t", "a\tb, c\n1\t2"],
    ["|", "a|b\n1|2"],
    [null, "sku\nMUG\nCAP"],
  ])("the delimiter %j is found", (delimiter, text) => {
    expect(guessDelimiter(text)).toBe(delimiter);
  });

  test.each([
    [
      "a quote never closed",
      'a,b\n1,2\n3,"4\n5,6\n',
      3,
      /Row 3 opens a quote that is never closed/,
    ],
    ["a quote inside a quoted cell", 'a,b\n1,"x "y" z"\n', 2, /Row 2 has a quote inside/],
    ["text behind the closing quote", 'a,b\n"1"x,2\n', 2, /Row 2 has a quote inside/],
    ["behind a cell of two lines", 'a,b\n"1\n1",2\n"3,4', 3, /Row 3 \(line 4 of the text\) opens/],
    [
      "a cell of 1 MB",
      `a,b\n1,${"x".repeat(1_000_000)}\n`,
      2,
      /Row 2, column 2 has a cell of 1000000/,
    ],
    ["a cell of spaces", `a,b\n1,"2"\n"3${" ".repeat(1_000_000)}",4`, 3, /Line 3 .* 1000 spaces/],
    ["600 columns", `${"a,".repeat(599)}a\n`, 1, /Row 1 has 600 cells; 500 are the most/],
    [
      "a row of 300,000 characters",
      `a\n${Array(10).fill("x".repeat(30_000)).join(",")}`,
      2,
      /Row 2 has/,
    ],
  ])("%s is told with its row", (_name, text, row, message) => {
    const problem = problemOf(() => parseCsv(text, ","));
    expect(problem.row).toBe(row);
    expect(problem.message).toMatch(message);
  });

  test("a cell of the largest size is read, and a row too many is told", () => {
    const cell = "x".repeat(MOST_CELL_CHARACTERS);
    expect(parseCsv(`a,b\n1,${cell}`, ",")[1]?.cells[1]).toBe(cell);
    expect(problemOf(() => parseCsv("a\n1\n\n2\n", ",", 2))).toEqual({
      row: 4,
      message: "The file has more than 2 rows, its header among them: split it",
    });
  });
});

describe("writing", () => {
  test.each([
    "=1+1",
    "+49 30",
    "-5",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "'=1",
  ])("%j cannot run as a formula", (cell) => {
    const line = writeCsv([["x"], [cell, "plain"]]).slice("\uFEFFx\r\n".length);
    expect(line).toMatch(/^"?'/);
  });

  test("plain cells are as they are, and spreadsheets see that the text is UTF-8", () => {
    expect(
      writeCsv([
        ["a", "b 1"],
        ["'x", "1-2"],
      ]),
    ).toBe("\uFEFFa,b 1\r\n'x,1-2\r\n");
  });

  const cell = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({
      unit: fc.constantFrom(
        "'",
        '"',
        ",",
        ";",
        "\t",
        "\r",
        "\n",
        "=",
        "-",
        "＝",
        " ",
        "a",
        "\uFEFF",
      ),
    }),
  );
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 8,
  });

  test("what is written is read back as it was, whatever the cells hold", () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(...delimiters), (cells, delimiter) => {
        const text = writeCsv(cells, delimiter).slice(1);
        expect(parseCsv(text, delimiter).map((row) => row.cells)).toEqual(cells);
      }),
      { numRuns: 2_000 },
    );
  });

  test("the same by way of the file's bytes", () => {
    const isText = (cells: string[][]) =>
      cells.flat().every((text) => !text.includes("\0") && text.isWellFormed()) &&
      cells.flat().some((text) => text.trim() !== "");
    fc.assert(
      fc.property(rows.filter(isText), (cells) => {
        const { text } = decodeText(bytesOf(writeCsv(cells)));
        expect(parseCsv(text, ",").map((row) => row.cells)).toEqual(cells);
      }),
    );
  });
});
