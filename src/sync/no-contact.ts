import type { MerchantId } from "../domain/ids.ts";
import { alertIdOf } from "../store/alert-ids.ts";
import { closeAlerts, raiseAlerts } from "../store/alerts.ts";
import type { Statement } from "../store/statement.ts";
import { openAmong } from "../store/tellings.ts";

const nobody = { kind: "no_contact", parts: [] } as const;

/** That nobody hears of what is wrong with a merchant is wrong itself. */
export const raiseNoContact = (merchantId: MerchantId, at: number): Statement[] =>
  raiseAlerts(merchantId, [{ ...nobody, message: null, details: {}, orders: [] }], { at });

/** Somebody hears of it now: closes what says otherwise, for the batch that makes it so. */
export async function closeNoContact(
  db: D1Database,
  merchantIds: readonly MerchantId[],
  at: number,
): Promise<Statement[]> {
  const alerts = merchantIds.map((merchant_id) => ({
    merchant_id,
    id: alertIdOf(merchant_id, nobody),
  }));
  const open = await openAmong(db, alerts);
  return open.map(({ merchant_id, id }) =>
    closeAlerts(merchant_id, [id], { at, by: "There is a contact now." }),
  );
}
