/** What a cell of a file says, read as a date, a number, a name. Null: it says nothing of the kind. Pure. */

export const dateFormats = [
  "YYYY-MM-DD",
  "YYYYMMDD",
  "DD.MM.YYYY",
  "MM/DD/YYYY",
  "DD/MM/YYYY",
] as const;
export type DateFormat = (typeof dateFormats)[number];

const TIME = String.raw`(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)? ?([AaPp][Mm])? ?(Z|[+-]\d{2}:?\d{2})?)?`;
const dates: Readonly<
  Record<DateFormat, { pattern: RegExp; order: readonly [number, number, number] }>
> = {
  "YYYY-MM-DD": {
    pattern: new RegExp(`^(\\d{4})-(\\d{1,2})-(\\d{1,2})${TIME}$`),
    order: [1, 2, 3],
  },
  YYYYMMDD: { pattern: new RegExp(`^(\\d{4})(\\d{2})(\\d{2})${TIME}$`), order: [1, 2, 3] },
  "DD.MM.YYYY": {
    pattern: new RegExp(`^(\\d{1,2})\\.(\\d{1,2})\\.(\\d{4})${TIME}$`),
    order: [3, 2, 1],
  },
  "MM/DD/YYYY": {
    pattern: new RegExp(`^(\\d{1,2})/(\\d{1,2})/(\\d{4})${TIME}$`),
    order: [3, 1, 2],
  },
  "DD/MM/YYYY": {
    pattern: new RegExp(`^(\\d{1,2})/(\\d{1,2})/(\\d{4})${TIME}$`),
    order: [3, 2, 1],
  },
};

/** A day, with or without a time; without an offset it is UTC. */
export interface CellDate {
  /** `YYYY-MM-DD`, as written. */
  date: string;
  /** Milliseconds, UTC. */
  at: number;
}

/** A date that the calendar has, in the given format. */
export function dateOf(text: string, format: DateFormat): CellDate | null {
  const { pattern, order } = dates[format];
  const match = pattern.exec(text.trim());
  if (!match) return null;
  const [year = 0, month = 0, day = 0] = order.map((group) => Number(match[group]));
  const midnight = new Date(Date.UTC(year, month - 1, day));
  const isReal =
    midnight.getUTCFullYear() === year &&
    midnight.getUTCMonth() === month - 1 &&
    midnight.getUTCDate() === day;
  const time = timeOf(match.slice(4));
  if (!isReal || time === null) return null;
  return { date: midnight.toISOString().slice(0, 10), at: midnight.getTime() + time };
}

/** Milliseconds from midnight UTC of the day as written. */
function timeOf([hour, minute, second, half, offset]: readonly (string | undefined)[]):
  | number
  | null {
  if (hour === undefined) return 0;
  const [h, m, s] = [Number(hour), Number(minute), Number(second ?? 0)];
  const isHalf = half !== undefined;
  if (h > (isHalf ? 12 : 23) || (isHalf && h === 0) || m > 59 || s > 59) return null;
  const hours = isHalf ? (h % 12) + (half.toLowerCase() === "pm" ? 12 : 0) : h;
  const [, sign, offsetHours, offsetMinutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset ?? "") ?? [];
  const away =
    (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) * (sign === "-" ? -1 : 1);
  return ((hours * 60 + m - away) * 60 + s) * 1_000;
}

const SPACES = /[\s\u00a0\u202f]/g;
/** A currency's sign or code in front or behind. */
const MONEY = /^(?:\p{Sc}|[A-Z]{3}|[A-Z]{0,2}\$)?([+-]?[\d.,'’]+)(?:\p{Sc}|[A-Z]{3})?$/u;

/**
 * A number as a plain decimal such as "-1234.5". Thousands may be set apart, by groups of three only, so that a
 * "12,50" is never read as 1250.
 */
export function decimalOf(text: string, decimalComma: boolean): string | null {
  const bare = MONEY.exec(text.replace(SPACES, "").replace(/^([+-])(\p{Sc})/u, "$2$1"))?.[1];
  if (bare === undefined) return null;
  const turned = decimalComma ? bare.replace(/[.,]/g, (mark) => (mark === "," ? "." : ",")) : bare;
  if (!/^[+-]?(?:\d+|\d{1,3}(?:([,'’])\d{3})(?:\1\d{3})*)?(?:\.\d*)?$/.test(turned)) return null;
  const plain = turned.replace(/[,'’+]/g, "");
  return /\d/.test(plain) ? plain : null;
}

/** A whole number, such as "3" or "3.0". */
export function wholeOf(text: string, decimalComma: boolean): number | null {
  const value = Number(decimalOf(text, decimalComma) ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : null;
}

const yes = new Set(["yes", "y", "true", "t", "1", "x", "ja", "oui", "si"]);
const no = new Set(["no", "n", "false", "f", "0", "-", "nein", "non"]);

export function flagOf(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  if (yes.has(word)) return true;
  return no.has(word) ? false : null;
}

/** "Jane Ann Doe" and "Doe, Jane Ann" by first and last name; a single word is the last name. */
export function namesOf(text: string): { first_name?: string; last_name: string } {
  const words = text.trim().replace(/\s+/g, " ");
  const [, behind, before] = /^([^,]+), ([^,]+)$/.exec(words) ?? [];
  if (behind !== undefined && before !== undefined)
    return { first_name: before, last_name: behind };
  const at = words.lastIndexOf(" ");
  return at < 0
    ? { last_name: words }
    : { first_name: words.slice(0, at), last_name: words.slice(at + 1) };
}

/** A cell as a message may repeat it: 60 characters at the most. */
export const quotedCell = (text: string): string =>
  `"${text.length > 60 ? `${text.slice(0, 59).toWellFormed()}…` : text}"`;
