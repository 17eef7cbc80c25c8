import { z } from "zod";

/** How long customers' data is kept after an order's final state, where nobody said otherwise. */
export const DEFAULT_DAYS = 90;

/** There is no "never": ten years are longer than any law wants. */
export const retentionShape = z.strictObject({ days: z.int().min(1).max(3_650) });

/** What is gone through, in this sequence. */
export const stages = ["orders", "left", "skips", "files", "alerts"] as const;
export type Stage = (typeof stages)[number];

/**
 * How far a merchant's data was gone through. A place is the key of the last row that was looked at, as
 * its index has it; null: from the start.
 */
export interface Places {
  /** Where the pass under way is; null: none is. */
  stage: Stage | null;
  orders: readonly [created_at: number, cust_ref: string] | null;
  left: string | null;
  skips: readonly [last_seen_at: number, cart_id: string, source_id: string] | null;
  files: readonly [task_id: string, seq: number] | null;
  alerts: readonly [closed_at: number, id: string] | null;
  /** When a pass last came to its end. */
  done_at: number;
}

export const NOWHERE: Places = {
  stage: null,
  orders: null,
  left: null,
  skips: null,
  files: null,
  alerts: null,
  done_at: 0,
};
