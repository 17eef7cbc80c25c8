import type { Counts } from "./metering.ts";

/** What a run reached, in the units of `goals`. */
export interface Reached {
  ratio: number;
  intake: number;
  p50_ms: number;
  p99_ms: number;
  rows_written: number;
  rows_read: number;
  object_requests: number;
  queue_operations: number;
  /** 1: every count is the same at 1,000 and at 100,000 stored. */
  same_at_100000: number;
  duplicate_rows: number;
  idle_poll_rows: number;
  bundle_kb: number;
}

interface Goal {
  what: string;
  /** Null: watched, without a limit. */
  must: number | null;
  aim: number | null;
  reached: number;
  more: boolean;
  met: boolean;
  aimed: boolean;
}

const most = (what: string, reached: number, must: number | null, aim: number | null): Goal => ({
  what,
  must,
  aim,
  reached,
  more: false,
  met: must === null || reached <= must,
  aimed: aim === null || reached <= aim,
});

const least = (what: string, reached: number, must: number, aim: number | null): Goal => ({
  what,
  must,
  aim,
  reached,
  more: true,
  met: reached >= must,
  aimed: aim === null || reached >= aim,
});

export const goals = (reached: Reached): Goal[] => [
  least("webhook against baseline, ratio", reached.ratio, 0.5, null),
  least("bulk intake, orders a second", reached.intake, 10_000, 20_000),
  most("webhook to accepted, p50 ms", reached.p50_ms, 2_000, null),
  most("webhook to accepted, p99 ms", reached.p99_ms, null, null),
  most("rows written an order", reached.rows_written, 14, 8),
  most("rows read an order", reached.rows_read, 40, 25),
  most("object requests an order", reached.object_requests, 0.5, 0.2),
  most("queue operations an order", reached.queue_operations, 1, 0.2),
  least("same counts at 1,000 and 100,000 stored", reached.same_at_100000, 1, null),
  most("rows written by a duplicate webhook", reached.duplicate_rows, 0, null),
  most("rows written by an idle poll", reached.idle_poll_rows, 1, null),
  most("bundle, KB gzip", reached.bundle_kb, 500, null),
];

const figure = (value: number | null): string =>
  value === null
    ? ""
    : value >= 100
      ? Math.round(value).toString()
      : Number(value.toFixed(2)).toString();

export const goalTable = (table: readonly Goal[]): string =>
  [
    ["", "must", "aim", "reached", ""],
    ...table.map(({ what, must, aim, reached, more, met, aimed }) => {
      const sign = more ? "≥ " : "≤ ";
      return [
        what,
        must === null ? "" : `${sign}${figure(must)}`,
        aim === null ? "" : `${sign}${figure(aim)}`,
        figure(reached),
        met ? (aimed ? "ok" : "ok, aim missed") : "MISSED",
      ];
    }),
  ]
    .map(([what = "", ...rest]) => what.padEnd(42) + rest.map((cell) => cell.padStart(10)).join(""))
    .join("\n");

/** Which statement writes and reads which rows, per order. */
export function costTable(counts: Counts, orders: number): string {
  const rows = Object.entries(counts.by_statement).map(
    ([name, cost]) =>
      [name, cost.rows_written / orders, cost.rows_read / orders, cost.times / orders] as const,
  );
  const sums = [
    ["D1", counts.rows_written / orders, counts.rows_read / orders, counts.statements / orders],
    [
      "objects",
      counts.object_rows_written / orders,
      counts.object_rows_read / orders,
      counts.object_requests / orders,
    ],
  ] as const;
  const line = (name: string, cells: readonly string[]) =>
    name.padEnd(58) + cells.map((cell) => cell.padStart(10)).join("");
  const numbers = (row: readonly [string, number, number, number]) =>
    line(
      row[0],
      row.slice(1).map((value) => Number(value).toFixed(3)),
    );
  return [
    line("per order", ["written", "read", "statements"]),
    ...rows.map(numbers),
    ...sums.map(numbers),
    line("vendor calls", ["", "", (counts.vendor_calls / orders).toFixed(3)]),
    line("queue operations", ["", "", (counts.queue_operations / orders).toFixed(3)]),
  ].join("\n");
}

/** The value that `share` of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);
