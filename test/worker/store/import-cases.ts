import type { TaskId } from "../../../src/domain/ids.ts";
import type { ImportMapping } from "../../../src/domain/import-mapping.ts";
import * as imports from "../../../src/store/imports.ts";
import type { Case } from "./case.ts";

const task: TaskId = "tsk_1";
const mapping: ImportMapping = {
  delimiter: ",",
  header: true,
  layout: "row_per_line",
  columns: [{ column: "Order", to: ["number"] }],
  constants: {},
  date_format: "YYYY-MM-DD",
  decimal_comma: false,
};

export const importCases: Record<string, Case> = {
  "imports.insertImportChunk": {
    write: ({ m }) =>
      imports.insertImportChunk(m, task, { seq: -1, rows: '[[2,"1001"]]', refused: null }),
    rows: 1,
  },
  "imports.readImportChunk": {
    read: (db, { m }) => imports.readImportChunk(db, m, task, 1),
    rows: 1,
  },
  "imports.settleImportChunk": {
    write: ({ m }) => imports.settleImportChunk(m, task, 1, [[2, "no SKU", "1001"]]),
    rows: 1,
  },
  "imports.leaveImportChunks": {
    given: [
      "UPDATE tasks SET state = 'stopped', due_at = NULL WHERE merchant_id = ?1 AND id = 'tsk_1'",
      "UPDATE import_chunks SET refused = NULL WHERE merchant_id = ?1 AND seq IN (1, 2)",
    ],
    write: ({ m }) => imports.leaveImportChunks(m, task, 3, "not reached"),
    rows: 2,
    grows: "looks for what was not worked among the pieces of a file",
  },
  "imports.refusedOfChunks": {
    read: (db, { m }) => imports.refusedOfChunks(db, m, task, 1, 20),
    rows: 20,
  },
  "imports.readImportMapping": {
    read: (db, { m, cart }) => imports.readImportMapping(db, m, cart),
    rows: 1,
  },
  "imports.writeImportMapping": {
    write: ({ m, cart }) => imports.writeImportMapping(m, cart, mapping),
    rows: 1,
  },
};
