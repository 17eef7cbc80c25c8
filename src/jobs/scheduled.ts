import type { Deps } from "../sync/deps.ts";
import { sweep } from "../sync/sweep.ts";

/** Every cron runs the same sweep, so a missed one is made good by the next. */
export async function runScheduled(cron: string, deps: Deps): Promise<void> {
  const started = deps.clock.now();
  const swept = await sweep(deps);
  deps.log.info("sweep", { cron, ...swept, duration_ms: deps.clock.now() - started });
}
