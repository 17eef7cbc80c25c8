import { expect, test } from "vitest";
import { cronsIn, fires } from "../../scripts/local/crons.ts";
import { shownLine } from "../../scripts/local/log-line.ts";

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
