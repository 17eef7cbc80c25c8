import { z } from "zod";
import type { Edits } from "../domain/edits.ts";

/** A JSON column, read back as what was written. */
export const json = <T>() => z.string().transform((text): T => JSON.parse(text) as T);

/** 0 or 1 in D1. */
export const flag = z.int().transform((value) => value === 1);

/** An id column with its brand. */
export const id = <T extends string>() => z.string().transform((value) => value as T);

/** What was edited in an order. Null in D1: nothing. */
export const edits = z
  .string()
  .nullable()
  .transform((text): Edits => (text === null ? {} : (JSON.parse(text) as Edits)));
