import { z } from "zod";
import { defineCart } from "../../contract.ts";

const nothing = z.object({});

/** Orders that come as CSV files: a cart that nobody can be asked about. */
export const csv = defineCart<object, object>({
  id: "csv",
  label: "CSV files",
  settings: nothing,
  secrets: nothing,
  // Nothing is ever called.
  limits: { requests: 1, per_ms: 1_000, parallel: 1 },
  check: () => Promise.resolve({ ok: true, vendor: null, problems: [] }),
  filterValues: { order: [], payment: [], fulfilment: [] },
  sees: [],
});
