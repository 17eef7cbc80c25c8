import type { Order } from "../../../domain/order.ts";

/** What a shop writes where it has nothing to say, and how it spells numbers. */

type Json = NonNullable<Order["extra_fields"]>[string];

/** The number, from 0 on, or what is wrong with it. */
export const wholeNumber = (value: unknown): number | string => {
  if (value === null || value === undefined || value === "") return "is missing";
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number)) return "is no number";
  if (number < 0) return "is negative";
  return Number.isSafeInteger(number) ? number : "is no whole number";
};

/** Whether anything is in it. */
export const hasEntries = (value: object): boolean => Object.keys(value).length > 0;

/** The text without blanks around it; undefined when nothing is left. */
export const clean = (value: string | null | undefined): string | undefined => {
  const trimmed = value?.trim();
  return trimmed === "" ? undefined : trimmed;
};

/** Woo writes 0 where there is no customer, parent, product or variation. */
export const idText = (value: unknown): string | undefined =>
  (typeof value === "number" || typeof value === "string") && value !== 0
    ? clean(String(value)) === "0"
      ? undefined
      : clean(String(value))
    : undefined;

/** The amount as the shop wrote it, unless it says nothing. */
export const nonZero = (value: string | number | null | undefined): Json | undefined =>
  value == null || value === "" || Number(value) === 0 ? undefined : value;

/** What is missing counts for nothing. */
export const sum = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0);

/** Leaves out what is not there: absent is never null and never blank. */
export const present = <T extends object>(fields: {
  readonly [K in keyof T]: T[K] | null | undefined;
}): T =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  ) as T;
