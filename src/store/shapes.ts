import { z } from "zod";

/** A JSON column, read back as what was written. */
export const json = <T>() => z.string().transform((text): T => JSON.parse(text) as T);

/** 0 or 1 in D1. */
export const flag = z.int().transform((value) => value === 1);

/** An id column with its brand. */
export const id = <T extends string>() => z.string().transform((value) => value as T);
