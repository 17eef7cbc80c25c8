import type { AddressValidator, Connector } from "../connectors/contract.ts";
import type { Coordinator } from "../coordinator/client.ts";
import type { MerchantId } from "../domain/ids.ts";
import type { DispatchMessage, JobMessage, NoticeMessage } from "../domain/messages.ts";
import type { Clock } from "../platform/clock.ts";
import type { Sender } from "../notify/compose-mime.ts";
import type { Http } from "../platform/http.ts";
import type { Ids } from "../platform/ids.ts";
import type { Log } from "../platform/log.ts";
import type { SendMail } from "../platform/mail.ts";
import type { Sealer } from "../platform/sealing.ts";
import type { Databases } from "../store/databases.ts";

/** The sending side of a queue. */
export interface Outbox<M> {
  send(message: M, options?: { delaySeconds?: number }): Promise<unknown>;
  sendBatch(messages: Iterable<{ body: M }>): Promise<unknown>;
}

/** How mail leaves, or what has to be configured before it can. */
export type Mailing = { from: Sender; send: SendMail } | { missing: string };

/** Everything a verb may touch. Made once per invocation in `src/deps.ts`; tests make their own. */
export interface Deps {
  clock: Clock;
  ids: Ids;
  log: Log;
  http: Http;
  databases: Databases;
  coordinator: (merchantId: MerchantId) => Coordinator;
  sealer: Sealer;
  /** A service that knows which addresses there are; null: Dray checks by its own rules alone. */
  addressValidator: AddressValidator | null;
  connectors: readonly Connector[];
  queues: {
    jobs: Outbox<JobMessage>;
    deliveries: Outbox<DispatchMessage>;
    notices: Outbox<NoticeMessage>;
  };
  mail: Mailing;
  /** Does something beside the work at hand, which neither waits for it nor fails with it. */
  later: (work: () => Promise<void>) => void;
  /** Where vendors reach this installation, without a trailing slash. */
  publicUrl: string;
  /** Records per dispatch: 100, or 40 on the Free plan. */
  dispatchSize: number;
}
