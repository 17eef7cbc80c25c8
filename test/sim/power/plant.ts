import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A mistake that somebody could make in `src/`, as the change of the text that makes it. */
export interface Bug {
  name: string;
  /** From `src/`. */
  file: string;
  /** Each text is in the file once, and gives way to the other. */
  edits: readonly (readonly [find: string, replace: string])[];
  /** What it breaks. */
  breaks: string;
}

const src = join(import.meta.dirname, "../../../src");

/** The file with the bug in it. Throws when a text is not there once. */
export function planted({ name, file, edits }: Bug): string {
  let text = readFileSync(join(src, file), "utf8");
  for (const [find, replace] of edits) {
    const parts = text.split(find);
    if (parts.length !== 2)
      throw new Error(`"${name}": this is ${parts.length - 1} times in ${file}: ${find}`);
    text = parts.join(replace);
  }
  return text;
}

/** From here on this thread loads the file with the bug in it; nothing on disk changes. */
export function plant(bug: Bug): void {
  const source = planted(bug);
  const where = join(src, bug.file);
  registerHooks({
    load: (url, context, next) =>
      url.startsWith("file:") && fileURLToPath(url) === where
        ? { format: "module-typescript", source, shortCircuit: true }
        : next(url, context),
  });
}
