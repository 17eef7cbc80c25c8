import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const migrations = await readD1Migrations("migrations");

/** A test that reaches for the network by accident reads this instead of an answer. */
const refuseNetwork = (request: { method: string; url: string }) =>
  new Response(`unplanned network call: ${request.method} ${request.url}`, { status: 599 });

/** Generous: a busy machine is no reason to fail. */
const testTimeout = 30_000;

const report = process.env["DRAY_TEST_REPORT"];

export default defineConfig({
  test: {
    // Each file waits for its runtime to start now and then: a third keeps two cores busy.
    maxWorkers: 3,
    silent: "passed-only",
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          environment: "node",
          testTimeout,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: migrations,
                PUBLIC_URL: "https://dray.test",
                SETUP_TOKEN: "test-setup-token",
                SEAL_KEYS: `k1:${Buffer.alloc(32, 7).toString("base64")}`,
              },
              outboundService: refuseNetwork,
            },
          }),
        ],
        test: {
          name: "worker",
          include: ["test/worker/**/*.test.ts"],
          setupFiles: ["test/worker/setup.ts"],
          testTimeout,
        },
      },
      {
        test: {
          name: "sim",
          include: ["test/sim/**/*.test.ts", "test/conformance-of-adapters/node.test.ts"],
          environment: "node",
          // By itself, behind all others: it has two threads of its own.
          sequence: { groupOrder: 1 },
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          environment: "node",
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
