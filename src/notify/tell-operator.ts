import type { NoticeMessage } from "../domain/messages.ts";
import type { Log } from "../platform/log.ts";

/** Says in the log that somebody should look at the alerts of a merchant. */
export function tellOperator(log: Log, notice: NoticeMessage): void {
  log.warn("notice", { kind: notice.kind, merchant_id: notice.merchant_id });
}
