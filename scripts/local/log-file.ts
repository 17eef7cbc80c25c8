import {
  appendFileSync,
  closeSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";

const megabyte = 1024 * 1024;

/** Keeps the newer half of `limit` bytes, from the start of a line on. */
function cut(file: string, limit: number): void {
  const from = openSync(file, "r");
  try {
    const { size } = fstatSync(from);
    const newest = Buffer.alloc(Math.min(size, Math.floor(limit / 2)));
    readSync(from, newest, 0, newest.length, size - newest.length);
    const rest = newest.subarray(newest.indexOf("\n") + 1);
    writeFileSync(`${file}.new`, Buffer.concat([Buffer.from("--- older lines were cut\n"), rest]));
    renameSync(`${file}.new`, file);
  } finally {
    closeSync(from);
  }
}

/**
 * Goes on with a log file, after a line that says when; returns what writes a line. A file that
 * grows beyond `limit` bytes loses its oldest lines.
 */
export function openLog(
  file: string,
  name: string,
  startedAt: Date,
  limit = 20 * megabyte,
): (line: string) => void {
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let told = false;
  const write = (line: string) => {
    try {
      appendFileSync(file, `${line}\n`);
      size += Buffer.byteLength(line) + 1;
      if (size <= limit) return;
      cut(file, limit);
      size = statSync(file).size;
    } catch (error) {
      // Local work goes on without its log.
      if (!told) console.error(`${file} cannot be written: ${String(error)}`);
      told = true;
    }
  };
  write(`--- ${name} started at ${startedAt.toISOString()}`);
  return write;
}
