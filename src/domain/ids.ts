/** Branded, prefixed ids. The prefix says what a bare id in a log line is. */
type Id<P extends string> = `${P}_${string}`;

export type AccountId = Id<"acc">;
export type MerchantId = Id<"mer">;
export type ConnectionId = Id<"con">;
export type OrderId = Id<"ord">;
export type ShipmentId = Id<"shp">;
export type DispatchId = Id<"dsp">;
export type RunId = Id<"run">;
export type TaskId = Id<"tsk">;
export type AuditId = Id<"aud">;
export type DeadLetterId = Id<"dlt">;
export type CallId = Id<"cal">;
export type AlertId = Id<"alr">;
export type ContactId = Id<"cnt">;
export type MailId = Id<"mal">;
export type ApiUser = Id<"cart" | "merchant" | "warehouse">;

/** What a log line calls an id, by its prefix. */
const fields = new Map([
  ["con", "connection_id"],
  ["ord", "order_id"],
  ["tsk", "task_id"],
  ["alr", "alert_id"],
  ["cnt", "contact_id"],
  ["mal", "mail_id"],
]);

/** The ids that a path names, for a log line; what is not shaped like an id of ours is left out. */
export function idsInPath(path: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const part of path.split("/")) {
    const field = fields.get(/^([a-z]{3})_[0-9a-z]{1,32}$/.exec(part)?.[1] ?? "");
    if (field !== undefined) found[field] = part;
  }
  return found;
}
