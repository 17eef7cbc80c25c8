import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface LocalSecrets {
  /** For `wrangler dev --env-file`. */
  file: string;
  setupToken: string;
}

/** The secrets of the local state, made when it is new; its folder is there. They are for this machine only. */
export function localSecrets(dataDir: string): LocalSecrets {
  const file = join(dataDir, "secrets.env");
  if (!existsSync(file)) {
    const lines = [
      `SETUP_TOKEN=${randomBytes(24).toString("base64url")}`,
      `SEAL_KEYS=k1:${randomBytes(32).toString("base64")}`,
    ];
    writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  }
  chmodSync(file, 0o600);
  const setupToken = /^SETUP_TOKEN=(.+)$/m.exec(readFileSync(file, "utf8"))?.[1];
  if (setupToken === undefined)
    throw new Error(`${file} has no SETUP_TOKEN. Delete ${dataDir} to start afresh.`);
  return { file, setupToken };
}
