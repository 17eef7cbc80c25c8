/**
 * Installs what package-lock.json names, and only when it is not there yet.
 * Runs on the host's own Node (20 or newer), so it is plain JavaScript without dependencies.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const stamp = join(root, "node_modules", ".dray-lock");

const major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
  console.error(`Dray needs Node 20 or newer; this is Node ${process.versions.node}.`);
  process.exit(1);
}

const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .update(`${process.platform}-${process.arch}`)
  .digest("hex");

const installed = () => {
  try {
    return readFileSync(stamp, "utf8") === wanted;
  } catch {
    return false;
  }
};

if (!installed()) {
  console.log("Installing dependencies (npm ci) ...");
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith("js") ? [process.execPath, [npm]] : ["npm", []];
  const install = (...more) =>
    spawnSync(command, [...args, "ci", "--loglevel=error", "--no-audit", "--no-fund", ...more], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
  // What the cache holds is not asked for again; when that is not enough, everything is.
  let result = install("--prefer-offline");
  if (result.status !== 0) result = install();
  if (result.error !== undefined || result.status !== 0) {
    const why = result.error === undefined ? "" : `: ${result.error.message}`;
    console.error(`npm ci did not succeed${why}. Nothing was started.`);
    process.exit(1);
  }
  // npm 12 runs install scripts only where package.json allows them, and some set-ups run none.
  const own = join(root, "node_modules", ".bin", "node");
  const [first, second] = process.versions.node.split(".").map(Number);
  const hostWillDo = first > 22 || (first === 22 && second >= 18);
  if (!hostWillDo && !existsSync(own)) {
    console.error(
      "npm did not run the install script of the package `node`, so there is no Node 24 to run on. " +
        "Allow install scripts (npm config set ignore-scripts false) and delete node_modules.",
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
