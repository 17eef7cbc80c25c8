import type { SQL } from "drizzle-orm";
import type { TimelineEntry } from "../../../src/domain/timeline.ts";
import { ord, type Ground } from "./ground.ts";

/** One call of an exported reader or writer, over the orders 1 and 2 of a merchant. */
export interface Case {
  /** Statements that bring about the state it is for; ?1 is the merchant. */
  given?: readonly string[];
  read?: (db: D1Database, ground: Ground) => Promise<unknown>;
  write?: (ground: Ground) => SQL | null | readonly SQL[];
  /** How many rows it finds or changes: a case that touches nothing proves nothing. */
  rows: number;
  /** Why it may read more with more rows. */
  grows?: string;
  /** Why it is not one merchant's business. */
  everyone?: string;
}

/** How many rows a reader gave. */
export function found(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Set || value instanceof Map) return value.size;
  if (typeof value === "number") return value;
  return value === null ? 0 : 1;
}

export const NOW = 2_000;
export const both = [ord(1), ord(2)];
export const entry: TimelineEntry = { at: NOW, event: "sent", text: "Sent." };
export const where = "merchant_id = ?1 AND order_id IN ('ord_1', 'ord_2')";
export const unsent =
  "UPDATE orders SET status = 'new' WHERE merchant_id = ?1 AND id IN ('ord_1', 'ord_2')";
export const canceled = unsent.replace("'new'", "'canceled'");
export const queued = `UPDATE deliveries SET state = 'queued', dispatch_id = 'dsp_1' WHERE ${where}`;
export const waiting = `UPDATE deliveries SET state = 'waiting' WHERE ${where}`;
export const steps = both.map((id) => ({
  id,
  status: "at_wms" as const,
  error_reason: null,
  entries: [entry],
  at: NOW,
}));
export const stepsFrom = steps.map((step) => ({
  ...step,
  source_status: "cancelled",
  modified_at: NOW,
}));
