import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/**
 * Makes a folder and those above it. Not `mkdir` with `recursive`: that one never comes back where
 * the system answers ENOENT below a folder that exists, as /proc does.
 */
export function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else may have made it just now; a file of that name is an objection.
    if (codeOf(error) !== "EEXIST" || !statSync(folder).isDirectory()) throw error;
  }
}

/** Makes the data folder; throws in words that name DATA_DIR when it cannot. */
export function makeDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir);
  } catch (error) {
    throw new Error(
      `DATA_DIR is ${dataDir}, a folder that cannot be made (${wordsOf(error)}). Choose another one.`,
      { cause: error },
    );
  }
}

/** Whether the process is there and, where `ps` can tell, is an `npm start`: pids are used again. */
function isStart(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  const { status, stdout } = spawnSync("ps", ["-p", String(pid), "-o", "args="], {
    encoding: "utf8",
  });
  return status !== 0 || stdout.includes("start.ts");
}

function pidIn(file: string): number | null {
  const pid = Number(readFileSync(file, "utf8"));
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/** Null when the file is ours now, else the process that has it. */
function take(file: string, isRunning: (pid: number) => boolean): number | null {
  const write = () => writeFileSync(file, `${process.pid}\n`, { flag: "wx" });
  try {
    write();
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    const pid = pidIn(file);
    if (pid !== null && pid !== process.pid && isRunning(pid)) return pid;
    rmSync(file, { force: true });
    write();
  }
  return null;
}

/**
 * Takes the data folder for this process; throws in words when another start has it. What a start
 * that was killed has left behind is taken over. Returns how to give the folder back.
 */
export function lockDataDir(
  dataDir: string,
  isRunning: (pid: number) => boolean = isStart,
): () => void {
  const file = join(dataDir, "start.pid");
  let other: number | null;
  try {
    other = take(file, isRunning);
  } catch (error) {
    throw new Error(
      `DATA_DIR is ${dataDir}, a folder that cannot be written (${wordsOf(error)}). Choose another one.`,
      { cause: error },
    );
  }
  if (other !== null)
    throw new Error(
      `Dray is already running on ${dataDir} (process ${other}). Stop it first, or give this one a folder and ports of its own: DATA_DIR=${dataDir}-2 PORT=8887 SANDBOX_PORT=8888 npm start`,
    );
  return () => {
    try {
      if (pidIn(file) === process.pid) rmSync(file, { force: true });
    } catch {
      // The folder went away, and the lock with it.
    }
  };
}
