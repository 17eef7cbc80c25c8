/**
 * `npm start`: the product and the sandbox on this machine, with a demo merchant, until it is told
 * to stop. PORT, SANDBOX_PORT and DATA_DIR change where.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { cronsIn, startTicker } from "./local/crons.ts";
import { lockDataDir, makeDataDir, makeFolder } from "./local/data-dir.ts";
import { shownLine } from "./local/log-line.ts";
import { portFrom, requireFree } from "./local/ports.ts";
import { localSecrets } from "./local/secrets.ts";
import { root, startWorker, wrangler, type LocalWorker } from "./local/wrangler.ts";
import { seedDemo, type Demo, type SeedState } from "./seed.ts";

const workers: LocalWorker[] = [];
let stopTicker = () => {};
let announced = false;
let stopping: Promise<void> | null = null;

/** Ends everything once; later calls wait for the first. */
function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    stopTicker();
    await Promise.all(workers.map((worker) => worker.stop()));
    process.exit(code);
  })();
  return stopping;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => void stop(0));

// npm may be told to stop without telling us; then somebody else is our parent.
if (process.env["npm_lifecycle_event"] !== undefined) {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void stop(0);
  }, 500).unref();
}

function readState(file: string): SeedState {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8")) as SeedState;
  } catch {
    throw new Error(`${file} is damaged. Delete the data folder to start afresh.`);
  }
}

function writeDemo(dataDir: string, demo: Demo): void {
  for (const folder of new Set([dataDir, join(root, ".dray")])) {
    makeFolder(folder);
    writeFileSync(join(folder, "demo.json"), `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 });
  }
}

const keyLine = (name: string, { user, key }: { user: string; key: string }) =>
  `  ${name.padEnd(10)} ${user}:${key}`;

function announce(demo: Demo, dataDir: string): void {
  announced = true;
  console.log(
    [
      "",
      "Dray is running, with demo data only.",
      "",
      `  Orders     ${demo.url}   (user and key: the merchant's)`,
      `  Sandbox    ${demo.sandboxUrl}   (plays the shop and the warehouse)`,
      "",
      "Demo keys, for HTTP Basic (also in .dray/demo.json):",
      keyLine("cart", demo.keys.cart),
      keyLine("merchant", demo.keys.merchant),
      keyLine("warehouse", demo.keys.warehouse),
      "",
      "Make 25 orders and watch them arrive:",
      `  curl -X POST ${demo.sandboxUrl}/control/orders -H 'content-type: application/json' -d '{"count":25}'`,
      "",
      `Logs and local data: ${dataDir}`,
      "Mail is not sent: it becomes .eml files in .wrangler/tmp/email, each named in product.log.",
      "Ctrl-C stops everything.",
      "",
    ].join("\n"),
  );
}

async function main(): Promise<void> {
  const port = portFrom("PORT", 8787);
  const sandboxPort = portFrom("SANDBOX_PORT", 8788);
  if (port === sandboxPort) throw new Error("PORT and SANDBOX_PORT have to differ.");
  const dataDir = resolve(process.env["DATA_DIR"] || join(root, ".dray"));
  makeDataDir(dataDir);
  process.on("exit", lockDataDir(dataDir));
  await requireFree("PORT", port);
  await requireFree("SANDBOX_PORT", sandboxPort);
  const secrets = localSecrets(dataDir);
  const url = `http://localhost:${port}`;
  const sandboxUrl = `http://localhost:${sandboxPort}`;

  const add = (worker: LocalWorker) => {
    workers.push(worker);
    return worker;
  };
  const sandbox = add(
    startWorker({
      name: "sandbox",
      config: "sandbox/wrangler.toml",
      port: sandboxPort,
      persistTo: join(dataDir, "sandbox"),
      logFile: join(dataDir, "sandbox.log"),
    }),
  );
  await wrangler([
    "d1",
    "migrations",
    "apply",
    "DB",
    "--local",
    "--config",
    "wrangler.toml",
    "--persist-to",
    dataDir,
  ]);
  if (stopping) return stopping;
  const product = add(
    startWorker({
      name: "product",
      config: "wrangler.toml",
      port,
      persistTo: dataDir,
      logFile: join(dataDir, "product.log"),
      args: [
        "--env-file",
        secrets.file,
        "--var",
        `PUBLIC_URL:${url}`,
        "--var",
        "ALLOW_PRIVATE_HOSTS:true",
        "--var",
        "MAIL_FROM:Dray <dray@example.com>",
      ],
      onLine: (line) => {
        const shown = shownLine(line);
        if (shown !== null && (announced || / (WARN|ERROR) |Error/.test(shown))) console.log(shown);
      },
    }),
  );
  await Promise.all([product.ready, sandbox.ready]);

  const stateFile = join(dataDir, "seed.json");
  const demo = await seedDemo({
    url,
    sandboxUrl,
    setupToken: secrets.setupToken,
    state: readState(stateFile),
    save: (state) => writeFileSync(stateFile, JSON.stringify(state), { mode: 0o600 }),
  });
  writeDemo(dataDir, demo);

  stopTicker = startTicker(cronsIn(readFileSync(join(root, "wrangler.toml"), "utf8")), (cron) => {
    fetch(`${url}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent(cron)}`).catch(() => {
      // The next minute tries again, and a Worker that ended is told below.
    });
  });
  announce(demo, dataDir);

  const first = await Promise.race(workers.map(async (worker) => (await worker.ended, worker)));
  if (stopping) return stopping;
  console.error(`The ${first.name} ended by itself. It said last:\n${first.lastLines()}`);
  await stop(1);
}

main().catch(async (error: unknown) => {
  if (stopping) return stopping;
  console.error(error instanceof Error ? error.message : String(error));
  return stop(1);
});
