/** `npm run check`: everything that can be known without running the product. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const tool = (path: string) => join(root, "node_modules", path);

const steps: readonly { name: string; args: readonly string[]; fix: string }[] = [
  { name: "format", args: [tool("oxfmt/bin/oxfmt"), "--check", "."], fix: "npm run format" },
  {
    name: "lint",
    args: [tool("oxlint/bin/oxlint"), "--deny-warnings"],
    fix: "the rules are in .oxlintrc.json",
  },
  {
    name: "types",
    args: [tool("typescript/bin/tsc"), "-p", ".", "--noEmit"],
    fix: "tsconfig.json",
  },
  { name: "unused code", args: [tool("knip/bin/knip.js")], fix: "knip.json" },
  {
    name: "migrations",
    args: [join(root, "scripts/check-migrations.ts")],
    fix: "npm run migration, then read what it wrote",
  },
  {
    name: "architecture",
    args: [tool("vitest/vitest.mjs"), "run", "--project", "unit", "test/unit/architecture.test.ts"],
    fix: "docs/architecture.md",
  },
];

const failed: string[] = [];
for (const { name, args, fix } of steps) {
  const began = performance.now();
  const result = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: "1" },
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const passed = result.status === 0;
  console.log(`${passed ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
  if (passed) continue;
  failed.push(name);
  const output = `${result.stdout ?? ""}${result.stderr ?? ""}${result.error?.message ?? ""}`;
  console.log(`${output.trimEnd().replaceAll(/^/gm, "    ")}\n    -> ${fix}\n`);
}

if (failed.length > 0) {
  console.error(`check failed: ${failed.join(", ")}`);
  process.exit(1);
}
console.log("check passed");
