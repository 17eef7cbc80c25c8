import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cronsIn, fires } from "../../scripts/local/crons.ts";
import { lockDataDir, makeDataDir } from "../../scripts/local/data-dir.ts";
import { openLog } from "../../scripts/local/log-file.ts";
import { shownLine } from "../../scripts/local/log-line.ts";
import { seedDemo } from "../../scripts/seed.ts";

const at = (time: string) => new Date(`2026-03-01T${time}:00Z`);

test("a cron fires in its minutes and in no other", () => {
  expect(fires("*/5 * * * *", at("10:35"))).toBe(true);
  expect(fires("*/5 * * * *", at("10:36"))).toBe(false);
  expect(fires("0 * * * *", at("10:00"))).toBe(true);
  expect(fires("0 * * * *", at("10:30"))).toBe(false);
  expect(fires("20 3 * * *", at("03:20"))).toBe(true);
  expect(fires("20 3 * * *", at("04:20"))).toBe(false);
  expect(fires("0,30 * * * *", at("04:30"))).toBe(true);
  expect(fires("0 0 2 * *", at("00:00"))).toBe(false);
});

test("the crons are those of the configuration file", () => {
  expect(cronsIn('[triggers]\ncrons = ["*/5 * * * *", "20 3 * * *"]\n')).toEqual([
    "*/5 * * * *",
    "20 3 * * *",
  ]);
  expect(cronsIn('name = "x"')).toEqual([]);
});

test("of a Worker's output a person sees events and errors, and not every request", () => {
  const line = (fields: object) => JSON.stringify({ at: "2026-03-01T10:00:05.123Z", ...fields });
  expect(
    shownLine(
      line({ level: "info", event: "run", run_id: "run_1", job: "order-download", loaded: 3 }),
    ),
  ).toBe("10:00:05 run job=order-download loaded=3");
  expect(shownLine(line({ level: "error", event: "dead_letter", queue: "dray-jobs" }))).toBe(
    "10:00:05 ERROR dead_letter queue=dray-jobs",
  );
  expect(shownLine(line({ level: "info", event: "request", status: 200 }))).toBeNull();
  expect(shownLine("[wrangler:info] GET /api/orders 200 OK (6ms)")).toBeNull();
  expect(shownLine("✘ [ERROR] Build failed with 1 error:")).toBe(
    "✘ [ERROR] Build failed with 1 error:",
  );
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "dray-local-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a data folder that another start has is refused and stays that one's", () => {
  const folder = newFolder();
  const file = join(folder, "start.pid");
  writeFileSync(file, "4711\n");
  const asked: number[] = [];
  const isRunning = (pid: number) => asked.push(pid) > 0;
  expect(() => lockDataDir(folder, isRunning)).toThrow(
    `Dray is already running on ${folder} (process 4711). Stop it first`,
  );
  expect(asked).toEqual([4711]);
  expect(readFileSync(file, "utf8")).toBe("4711\n");
});

test("a data folder whose start was killed is taken over, and given back at the end", () => {
  for (const left of ["4711\n", "", `${process.pid}\n`]) {
    const folder = newFolder();
    const file = join(folder, "start.pid");
    writeFileSync(file, left);
    const giveBack = lockDataDir(folder, (pid) => pid !== 4711);
    expect(readFileSync(file, "utf8")).toBe(`${process.pid}\n`);
    giveBack();
    expect(existsSync(file)).toBe(false);
  }
});

const psTells = spawnSync("ps", ["-p", "1", "-o", "args="]).status === 0;

test.runIf(psTells)("a pid that another program uses by now does not hold the data folder", () => {
  const folder = newFolder();
  writeFileSync(join(folder, "start.pid"), "1\n");
  expect(() => lockDataDir(folder)).not.toThrow();
});

test("who gives the data folder back leaves the lock of whoever took it over", () => {
  const folder = newFolder();
  const file = join(folder, "start.pid");
  const giveBack = lockDataDir(folder);
  writeFileSync(file, "4711\n");
  giveBack();
  expect(readFileSync(file, "utf8")).toBe("4711\n");
});

test("a data folder is made with those above it", () => {
  const folder = join(newFolder(), "a", "b", "c");
  makeDataDir(folder);
  makeDataDir(folder);
  writeFileSync(join(folder, "file"), "");
  expect(() => makeDataDir(join(folder, "file", "d"))).toThrow(
    `DATA_DIR is ${join(folder, "file", "d")}, a folder that cannot be made`,
  );
  expect(() => makeDataDir(join(folder, "file"))).toThrow("a folder that cannot be made");
});

test.runIf(existsSync("/proc/self"))("a folder that the system will not have is an error", () => {
  expect(() => makeDataDir("/proc/x/y")).toThrow(
    "DATA_DIR is /proc/x/y, a folder that cannot be made",
  );
  expect(() => lockDataDir("/proc")).toThrow("DATA_DIR is /proc, a folder that cannot be written");
});

test("the log of an earlier start is still there after the next one", () => {
  const file = join(newFolder(), "product.log");
  openLog(file, "product", at("10:00"))("it broke");
  openLog(file, "product", at("11:00"))("all is well");
  expect(readFileSync(file, "utf8")).toBe(
    [
      "--- product started at 2026-03-01T10:00:00.000Z",
      "it broke",
      "--- product started at 2026-03-01T11:00:00.000Z",
      "all is well",
      "",
    ].join("\n"),
  );
});

test("a log that grows too large loses its oldest lines and no part of a line", () => {
  const file = join(newFolder(), "product.log");
  const limit = 1_000;
  const write = openLog(file, "product", at("10:00"), limit);
  for (let n = 0; n < 500; n += 1) {
    write(`line ${n} é`);
    expect(readFileSync(file).length).toBeLessThanOrEqual(limit);
  }
  const [first, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(first).toBe("--- older lines were cut");
  expect(lines.length).toBeGreaterThan(25);
  expect(lines).toEqual(lines.map((_, index) => `line ${500 - lines.length + index} é`));

  writeFileSync(file, "x".repeat(99).concat("\n").repeat(50));
  openLog(file, "product", at("11:00"), limit);
  expect(readFileSync(file).length).toBeLessThanOrEqual(limit);
  expect(readFileSync(file, "utf8")).toContain("started at 2026-03-01T11:00:00.000Z\n");
});

test("what the API refuses the demo is said in the API's own words", async () => {
  const message = "The data key needs a key that SEAL_KEYS lacks.";
  const json = JSON.stringify({ error: { code: "unknown_key", message } });
  let answer = { type: "application/json", body: json };
  const server = createServer((_, response) =>
    response.writeHead(503, { "content-type": answer.type }).end(answer.body),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const seeding = () => seedDemo({ url, sandboxUrl: url, setupToken: "demo", state: {} });

  const refusal = { message, cause: "POST /api/setup answered 503" };
  await expect(seeding()).rejects.toMatchObject(refusal);
  answer = { type: "text/plain; charset=utf-8", body: `${message}\n` };
  await expect(seeding()).rejects.toMatchObject(refusal);
  answer = { type: "text/html", body: "<html>" };
  await expect(seeding()).rejects.toThrow(
    "The demo could not be made: POST /api/setup answered 503.",
  );
});
