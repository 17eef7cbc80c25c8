import type { SandboxState } from "./state.ts";

const HOUR_MS = 60 * 60_000;

const clocks = new Map<string, Intl.DateTimeFormat>();

const clockOf = (zone: string): Intl.DateTimeFormat => {
  const clock =
    clocks.get(zone) ??
    new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  clocks.set(zone, clock);
  return clock;
};

/** The zone that the shop's site lives in. */
export const zoneOf = (state: SandboxState): string => String(state.values.get("zone") ?? "UTC");

/** What the clock on the wall of a zone shows, as if it were UTC, milliseconds. */
export function wallTime(zone: string, ms: number): number {
  if (zone === "UTC") return ms;
  const parts = clockOf(zone).formatToParts(ms);
  const [, sign = "+", hours = "0", minutes = "0"] =
    /GMT([+-])(\d+):(\d+)/.exec(parts.find(({ type }) => type === "timeZoneName")?.value ?? "") ??
    [];
  const offset = Number(hours) * HOUR_MS + Number(minutes) * 60_000;
  return sign === "-" ? ms - offset : ms + offset;
}

/**
 * A date as WordPress reads it before it compares it with a column, local or `_gmt`: one with a zone of its
 * own is moved into the site's, one without is taken as it stands, and one that the clock skips in spring
 * is the hour behind it. Null: no date.
 */
export function readDate(zone: string, text: string): number | null {
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(text);
  const ms = Date.parse(zoned ? text : `${text}Z`);
  if (Number.isNaN(ms)) return null;
  if (zoned) return wallTime(zone, ms);
  // By the clock of the day before: half a day covers every zone's distance from UTC.
  const before = ms - (wallTime(zone, ms - 24 * HOUR_MS) - (ms - 24 * HOUR_MS));
  const skipped = wallTime(zone, before) - ms;
  return skipped > 0 && wallTime(zone, before - skipped) !== ms ? ms + skipped : ms;
}
