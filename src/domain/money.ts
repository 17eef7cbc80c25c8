/**
 * Money is an integer of minor units beside a currency: 43.97 USD is 4397 with exponent 2.
 * An order has one currency, so its amounts are bare integers.
 */
export interface Currency {
  /** ISO 4217, upper case. */
  code: string;
  /** Digits after the decimal point: 2 for USD, 0 for JPY, 3 for KWD. */
  exponent: number;
}

/** Every ISO 4217 code that there is, in upper case. */
export const currencyCodes: readonly string[] = Intl.supportedValuesOf("currency");
const known = new Set(currencyCodes);
const currencies = new Map<string, Currency>();

/** The currency of an ISO 4217 code in any case, or null when there is none. */
export function currencyOf(code: string): Currency | null {
  const upper = code.toUpperCase();
  const found = currencies.get(upper);
  if (found) return found;
  if (!known.has(upper)) return null;
  const format = new Intl.NumberFormat("en", { style: "currency", currency: upper });
  const exponent = format.resolvedOptions().maximumFractionDigits ?? 2;
  const currency = { code: upper, exponent };
  currencies.set(upper, currency);
  return currency;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/**
 * "12.995" with exponent 2 becomes 1300: extra digits round half away from zero.
 * Blank, null and missing are null (absent, never zero); so is what is no plain decimal number.
 */
export function minorUnits(
  value: string | number | null | undefined,
  exponent: number,
): number | null {
  if (value === null || value === undefined) return null;
  const text = String(value).trim();
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const [, sign = "", whole = "", fraction = ""] = match;
  if (whole === "" && fraction === "") return null;
  const padded = fraction.padEnd(exponent + 1, "0");
  const units = Number(whole + padded.slice(0, exponent));
  if (!Number.isSafeInteger(units)) return null;
  const rounded = units + (padded.charCodeAt(exponent) >= 53 ? 1 : 0);
  return sign === "-" && rounded !== 0 ? -rounded : rounded;
}

/** Whether a plain decimal has no more decimals than its currency: with exponent 2 "9.990" fits, "9.999" does not. */
export const fitsExponent = (decimal: string, exponent: number): boolean =>
  /^0*$/.test((decimal.split(".")[1] ?? "").slice(exponent));

/** 4397 with exponent 2 is "43.97": the decimal string that vendors and people read. */
export function decimalString(units: number, exponent: number): string {
  const digits = String(Math.abs(units)).padStart(exponent + 1, "0");
  const sign = units < 0 ? "-" : "";
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
