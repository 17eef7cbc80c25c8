import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A change of a file's text. */
interface Change {
  /** From `src/`. */
  file: string;
  /** Each text is in the file once, and gives way to the other. */
  edits: readonly (readonly [find: string, replace: string])[];
}

/** A mistake that somebody could make in `src/`, as the change of the text that makes it. */
export interface Bug extends Change {
  name: string;
  /** Another lock in front of the same harm, broken as well. */
  also?: Change;
  /** What it breaks. */
  breaks: string;
}

const src = join(import.meta.dirname, "../../../src");

/** The files with the bug in them, by their path. Throws when a text is not there once. */
export function planted({ name, also, ...change }: Bug): Map<string, string> {
  return new Map(
    [change, ...(also ? [also] : [])].map(({ file, edits }) => {
      let text = readFileSync(join(src, file), "utf8");
      for (const [find, replace] of edits) {
        const parts = text.split(find);
        if (parts.length !== 2)
          throw new Error(`"${name}": this is ${parts.length - 1} times in ${file}: ${find}`);
        text = parts.join(replace);
      }
      return [join(src, file), text];
    }),
  );
}

/** From here on this thread loads the files with the bug in them; nothing on disk changes. */
export function plant(bug: Bug): void {
  const files = planted(bug);
  registerHooks({
    load: (url, context, next) => {
      const source = url.startsWith("file:") ? files.get(fileURLToPath(url)) : undefined;
      return source === undefined
        ? next(url, context)
        : { format: "module-typescript", source, shortCircuit: true };
    },
  });
}
