import { learnMapping } from "../../../src/domain/import-learning.ts";
import { mappingShape, type ImportMapping } from "../../../src/domain/import-mapping.ts";
import { ordersOf } from "../../../src/domain/import-orders.ts";
import { tableOf } from "../../../src/domain/import-rows.ts";

export const AT = Date.UTC(2026, 10, 21);

const rowsOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line, at) => ({ row: at + 1, cells: line.trim().split(",") }));

export const learn = (text: string) => learnMapping(rowsOf(text), ",");

export function read(text: string, change: Partial<ImportMapping> = {}) {
  const { mapping } = learn(text);
  return ordersOf(
    tableOf(rowsOf(text), mapping.header),
    mappingShape.parse({ ...mapping, ...change }),
    AT,
  );
}

export const reasons = (text: string, change: Partial<ImportMapping> = {}) =>
  read(text, change).refused.map(({ row, reason }) => `${row}: ${reason}`);

export const head = "order,name,street,zip,country,sku,qty";
