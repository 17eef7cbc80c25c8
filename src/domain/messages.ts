import type { ConnectionId, DispatchId, MerchantId, TaskId } from "./ids.ts";
import type { JobName } from "./jobs.ts";

/** Queue messages. Each is a hint: losing one loses time, never an order. */

export type JobMessage =
  /** Run a job now; `by` says who asked. */
  | {
      kind: "run";
      merchant_id: MerchantId;
      connection_id: ConnectionId;
      job: JobName;
      by: "schedule" | "person" | "webhook" | "continuation";
    }
  /** Fetch one order again from its cart. */
  | {
      kind: "fetch";
      merchant_id: MerchantId;
      connection_id: ConnectionId;
      source_id: string;
      /** Times the cart did not answer; absent at first. */
      tries?: number | undefined;
    }
  /** See that the cart still calls our webhook. */
  | { kind: "webhooks"; merchant_id: MerchantId; connection_id: ConnectionId }
  /** Read the cart's skipped orders of the last days again. */
  | { kind: "skips"; merchant_id: MerchantId; connection_id: ConnectionId }
  /** Load the WMS's ship methods anew, where they were loaded before. */
  | { kind: "methods"; merchant_id: MerchantId; connection_id: ConnectionId }
  /** Ask the WMS whether it called this order off, as it says. */
  | {
      kind: "wms_cancel";
      merchant_id: MerchantId;
      connection_id: ConnectionId;
      reference: string;
    }
  /** Go on with long work that a person began. */
  | { kind: "task"; merchant_id: MerchantId; task_id: TaskId }
  /** Go on taking out customers' data, with this merchant, in the round that began at `since`. */
  | { kind: "retention"; merchant_id: MerchantId; since: number };

export interface DispatchMessage {
  merchant_id: MerchantId;
  dispatch_id: DispatchId;
}

export type NoticeMessage =
  /** Something of this merchant is to be told. */
  | { kind: "alerts"; merchant_id: MerchantId }
  /** Go on sending mail. */
  | { kind: "mails" };
