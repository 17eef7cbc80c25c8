import type { NoticeMessage } from "../domain/messages.ts";
import type { Log } from "../platform/log.ts";

/** Says in the log what somebody should act on, with the act that helps. */
export function tellOperator(log: Log, notice: NoticeMessage): void {
  log.warn("notice", {
    kind: notice.kind,
    merchant_id: notice.merchant_id,
    connection_id: notice.connection_id,
    message: notice.message,
    fix: `POST /api/connections/${notice.connection_id}/secrets with valid credentials`,
  });
}
