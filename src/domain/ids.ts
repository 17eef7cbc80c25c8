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
export type ApiUser = Id<"cart" | "merchant" | "warehouse">;
