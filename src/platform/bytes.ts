import { Buffer } from "node:buffer";

/** How many bytes a text is as UTF-8. */
export const byteLength = (text: string): number => Buffer.byteLength(text);
