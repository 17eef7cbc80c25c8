import { rewrapDataKeys } from "../accounts/rewrap-data-keys.ts";
import { applyRetention } from "../sync/apply-retention.ts";
import type { Deps } from "../sync/deps.ts";
import { forgetMails } from "../sync/forget-mails.ts";
import { forgetOld } from "../sync/forget-old.ts";
import { noContactAtMerchants } from "../sync/no-contact.ts";
import { sweep } from "../sync/sweep.ts";

/** As in wrangler.toml. */
const DAILY = "20 3 * * *";

/**
 * Every cron runs the same sweep, so a missed one is made good by the next; of those that fire at the
 * same moment one sweeps. The daily one does the daily work too.
 */
export async function runScheduled(
  { cron, scheduledTime }: Pick<ScheduledController, "cron" | "scheduledTime">,
  deps: Deps,
): Promise<void> {
  const started = deps.clock.now();
  const swept = await sweep(deps, scheduledTime);
  deps.log.info("sweep", { cron, ...swept, duration_ms: deps.clock.now() - started });
  if (cron !== DAILY) return;
  for (const [work, run] of Object.entries(daily)) {
    try {
      await run(deps, scheduledTime);
    } catch (error) {
      deps.log.error("daily_work_failed", { work, error });
    }
  }
}

/** Each goes, whatever became of those before it. */
const daily: Readonly<Record<string, (deps: Deps, moment: number) => Promise<unknown>>> = {
  rewrap: async (deps) => deps.log.info("rewrap", { ...(await rewrapDataKeys(deps)) }),
  forget: async (deps) => deps.log.info("forget", { ...(await forgetOld(deps)) }),
  mails: async (deps) => deps.log.info("mails_forgotten", { ...(await forgetMails(deps)) }),
  contacts: (deps) => noContactAtMerchants(deps, null),
  retention: applyRetention,
};
