import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openLog } from "./log-file.ts";

export const root = join(import.meta.dirname, "../..");

/** Not `bin/wrangler.js`: that one starts this one, and killing it would leave this one behind. */
const command = join(root, "node_modules/wrangler/wrangler-dist/cli.js");
const environment = {
  ...process.env,
  CI: "true",
  NO_COLOR: "1",
  FORCE_COLOR: "0",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_WRITE_LOGS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** Runs wrangler to its end; throws with its last words when it fails. */
export function wrangler(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--no-warnings", command, ...args], {
      cwd: root,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    child.stderr.on("data", (chunk) => (output += String(chunk)));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0
        ? resolve()
        : reject(
            new Error(`wrangler ${args.slice(0, 3).join(" ")} failed:\n${output.slice(-2_000)}`),
          ),
    );
  });
}

export interface LocalWorker {
  name: string;
  /** Resolves when it answers requests; rejects when it ends before. */
  ready: Promise<void>;
  /** Resolves when it has ended, wanted or not. */
  ended: Promise<void>;
  stop(): Promise<void>;
  /** What it said last. */
  lastLines(): string;
}

export interface LocalWorkerOptions {
  name: string;
  config: string;
  port: number;
  persistTo: string;
  logFile: string;
  args?: readonly string[];
  /** Called for each line it says once it is ready. */
  onLine?: (line: string) => void;
}

const startLimitMs = 60_000;
const stopLimitMs = 5_000;

/** The process and all that it started, as `ps` sees them now. */
function familyOf(pid: number): number[] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  const pairs = (stdout ?? "").split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const family = [pid];
  for (const member of family)
    for (const [child, parent] of pairs)
      if (parent === member && child !== undefined) family.push(child);
  return family;
}

/**
 * Starts `wrangler dev` for one Worker. It stays in our process group, so that whoever ends the
 * group ends it too.
 */
export function startWorker(options: LocalWorkerOptions): LocalWorker {
  const { name, config, port, persistTo, logFile } = options;
  const child: ChildProcess = spawn(
    process.execPath,
    [
      "--no-warnings",
      "--import",
      import.meta.resolve("./follow-parent.ts"),
      command,
      "dev",
      "--config",
      config,
      "--ip",
      "127.0.0.1",
      "--port",
      String(port),
      "--inspector-port",
      "0",
      "--persist-to",
      persistTo,
      "--local",
      "--show-interactive-dev-session",
      "false",
      ...(options.args ?? []),
    ],
    { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"] },
  );
  const log = openLog(logFile, name, new Date());
  const tail: string[] = [];
  let isReady = false;
  const { promise: ready, resolve: nowReady, reject: notReady } = Promise.withResolvers<void>();
  const { promise: ended, resolve: nowEnded } = Promise.withResolvers<void>();
  // Whoever waits for `ready` hears of it; nobody else has to.
  ready.catch(() => {});

  const limit = setTimeout(
    () => notReady(new Error(`The ${name} was not ready after ${startLimitMs / 1000} seconds.`)),
    startLimitMs,
  );
  const hear = (line: string) => {
    log(line);
    tail.push(line);
    if (tail.length > 30) tail.shift();
    if (isReady) options.onLine?.(line);
    if (!isReady && line.includes("Ready on ")) {
      isReady = true;
      clearTimeout(limit);
      nowReady();
    }
  };
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface({ input: stream }).on("line", hear);
  child.on("error", (error) => hear(String(error)));
  child.on("close", (code) => {
    clearTimeout(limit);
    notReady(new Error(`The ${name} ended (${code}) before it was ready:\n${tail.join("\n")}`));
    nowEnded();
  });

  const kill = (pid: number, signal: NodeJS.Signals) => {
    try {
      process.kill(pid, signal);
    } catch {
      // Already gone.
    }
  };
  return {
    name,
    ready,
    ended,
    lastLines: () => tail.join("\n"),
    stop: async () => {
      if (child.pid === undefined || child.exitCode !== null) return;
      const family = familyOf(child.pid);
      kill(child.pid, "SIGINT");
      const last = setTimeout(() => {
        for (const pid of family) kill(pid, "SIGKILL");
      }, stopLimitMs);
      await ended;
      clearTimeout(last);
    },
  };
}
