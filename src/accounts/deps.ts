import type { Clock } from "../platform/clock.ts";
import type { Ids } from "../platform/ids.ts";
import type { Log } from "../platform/log.ts";
import type { Sealer } from "../platform/sealing.ts";
import type { Databases } from "../store/databases.ts";

/** What accounts, merchants and keys need of everything that there is. */
export interface AccountDeps {
  clock: Clock;
  ids: Ids;
  log: Log;
  databases: Databases;
  sealer: Sealer;
}
