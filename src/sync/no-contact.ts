import type { MerchantId } from "../domain/ids.ts";
import { closeAlerts, alertIdOf, raiseAlerts } from "../store/alerts.ts";
import type { Statement } from "../store/statement.ts";

const nobody = { kind: "no_contact", parts: [] } as const;

/** That nobody hears of what is wrong with a merchant is wrong itself. */
export const raiseNoContact = (merchantId: MerchantId, at: number): Statement[] =>
  raiseAlerts(merchantId, [{ ...nobody, message: null, details: {}, orders: [] }], { at });

/** Somebody hears of it now. */
export const closeNoContact = (merchantIds: readonly MerchantId[], at: number): Statement[] =>
  merchantIds.map((merchantId) =>
    closeAlerts(merchantId, [alertIdOf(merchantId, nobody)], { at, by: "There is a contact now." }),
  );
