import { connectionKinds, subjectOf, type Cause } from "../domain/alerts.ts";
import type { AlertId, ConnectionId, MerchantId } from "../domain/ids.ts";
import { stableId } from "../platform/ids.ts";

/** The one alert of a kind and subject. */
export const alertIdOf = (
  merchantId: MerchantId,
  { kind, parts }: Pick<Cause, "kind" | "parts">,
): AlertId => stableId("alr", merchantId, kind, subjectOf(...parts));

/** The ids that alerts about a connection itself have. */
export const connectionAlertIds = (merchantId: MerchantId, connectionId: ConnectionId): AlertId[] =>
  connectionKinds.map((kind) => alertIdOf(merchantId, { kind, parts: [connectionId] }));
