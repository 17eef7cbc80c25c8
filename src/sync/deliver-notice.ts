import type { NoticeMessage } from "../domain/messages.ts";
import { tellOperator } from "../notify/tell-operator.ts";
import type { Deps } from "./deps.ts";

/** Brings a notice to whoever should act on it: so far the operator, in the log. */
export async function deliverNotice(deps: Deps, notice: NoticeMessage): Promise<void> {
  tellOperator(deps.log, notice);
}
