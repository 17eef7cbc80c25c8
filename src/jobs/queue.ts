import { z } from "zod";
import { MOST_ATTEMPTS } from "../domain/dead-letters.ts";
import { DrayError } from "../domain/errors.ts";
import { jobNames } from "../domain/jobs.ts";
import type { ConnectionId, DispatchId, MerchantId, TaskId } from "../domain/ids.ts";
import { atMost } from "../platform/pace.ts";
import type { Deps } from "../sync/deps.ts";
import { applyRetention } from "../sync/apply-retention.ts";
import { downloadOrders } from "../sync/download-orders.ts";
import { keepWebhooks } from "../sync/ensure-webhooks.ts";
import { fetchOrders } from "../sync/fetch-orders.ts";
import { refreshWmsMethods } from "../sync/load-wms-methods.ts";
import { keepDeadLetter, noteLastAttempts } from "../sync/keep-dead-letters.ts";
import { pickUpShipments } from "../sync/pick-up-shipments.ts";
import { pushDue } from "../sync/push-due.ts";
import { rereadSkips } from "../sync/recheck-skips.ts";
import type { RunResult } from "../sync/run-job.ts";
import { sendMails } from "../sync/send-mails.ts";
import { alertDatabases, tellAlerts } from "../sync/tell-alerts.ts";
import { runTask } from "../sync/run-task.ts";
import { confirmWmsCancel } from "../sync/take-wms-cancels.ts";
import { taskKinds } from "../sync/task-kinds.ts";
import { workDispatch } from "../sync/work-dispatch.ts";

const merchantId = z.templateLiteral(["mer_", z.string()]) as z.ZodType<MerchantId>;
const connectionId = z.templateLiteral(["con_", z.string()]) as z.ZodType<ConnectionId>;
const taskId = z.templateLiteral(["tsk_", z.string()]) as z.ZodType<TaskId>;
const dispatchId = z.templateLiteral(["dsp_", z.string()]) as z.ZodType<DispatchId>;

const jobMessage = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("run"),
    merchant_id: merchantId,
    connection_id: connectionId,
    job: z.enum(jobNames),
    by: z.enum(["schedule", "person", "webhook", "continuation"]),
  }),
  z.object({
    kind: z.literal("fetch"),
    merchant_id: merchantId,
    connection_id: connectionId,
    source_id: z.string(),
    tries: z.int().nonnegative().optional(),
  }),
  z.object({
    kind: z.literal("webhooks"),
    merchant_id: merchantId,
    connection_id: connectionId,
  }),
  z.object({ kind: z.literal("skips"), merchant_id: merchantId, connection_id: connectionId }),
  z.object({ kind: z.literal("methods"), merchant_id: merchantId, connection_id: connectionId }),
  z.object({
    kind: z.literal("wms_cancel"),
    merchant_id: merchantId,
    connection_id: connectionId,
    reference: z.string(),
  }),
  z.object({ kind: z.literal("task"), merchant_id: merchantId, task_id: taskId }),
  z.object({ kind: z.literal("retention"), merchant_id: merchantId, since: z.int() }),
]);
const dispatchMessage = z.object({ merchant_id: merchantId, dispatch_id: dispatchId });
const noticeMessage = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("alerts"), merchant_id: merchantId }),
  z.object({ kind: z.literal("mails") }),
]);

type RunMessage = Extract<z.infer<typeof jobMessage>, { kind: "run" }>;
type Messages = readonly Message[];

const RETRY_S = 30;
/** Groups of one batch at a time: an isolate has 128 MB and six connections that wait for an answer. */
const AT_ONCE = 4;

/** Consumes a batch of any of our queues; which one, its name says. */
export async function consumeQueue(batch: MessageBatch, deps: Deps): Promise<void> {
  if (batch.queue.endsWith("-dead")) return consumeDead(batch, deps);
  if (batch.queue.endsWith("-deliveries")) return consumeDispatches(batch, deps);
  if (batch.queue.endsWith("-notices")) return consumeNotices(batch, deps);
  return consumeJobs(batch, deps);
}

/** Does one thing for some messages: acknowledged together, or brought again together. Only our own faults come here as errors. */
async function settle(
  deps: Deps,
  queue: string,
  messages: Messages,
  what: string,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    // A connection or merchant that is gone needs no work, now or later.
    const gone = error instanceof DrayError && error.code === "not_found";
    deps.log[gone ? "info" : "error"]("message_failed", { what, messages: messages.length, error });
    if (!gone)
      await noteLastAttempts(
        deps,
        queue,
        messages.filter(({ attempts }) => attempts >= MOST_ATTEMPTS),
        error,
      );
    for (const message of messages)
      if (gone) message.ack();
      else message.retry({ delaySeconds: RETRY_S });
    return;
  }
  for (const message of messages) message.ack();
}

async function consumeJobs(batch: MessageBatch, deps: Deps): Promise<void> {
  const groups = new Map<
    string,
    { body: z.infer<typeof jobMessage>; messages: Message[]; sourceIds: string[] }
  >();
  for (const message of batch.messages) {
    const body = jobMessage.safeParse(message.body);
    if (!body.success) {
      unreadable(deps, batch.queue, message);
      continue;
    }
    const key = `${body.data.merchant_id} ${workOf(body.data)}`;
    const group = groups.get(key) ?? { body: body.data, messages: [], sourceIds: [] };
    group.messages.push(message);
    // A person may run a job that is off; nobody else's message for it may stand in the way.
    if (body.data.kind === "run" && body.data.by === "person") group.body = body.data;
    if (body.data.kind === "fetch") group.sourceIds.push(body.data.source_id);
    groups.set(key, group);
  }
  await atMost(AT_ONCE, [...groups.values()], ({ body, messages, sourceIds }) =>
    settle(deps, batch.queue, messages, body.kind === "run" ? body.job : body.kind, () => {
      const { merchant_id } = body;
      switch (body.kind) {
        case "run":
          return runAgainIfBusy(deps, body);
        case "fetch":
          return fetchOrders(deps, merchant_id, body.connection_id, sourceIds, body.tries);
        case "webhooks":
          return keepWebhooks(deps, merchant_id, body.connection_id);
        case "skips":
          return rereadSkips(deps, merchant_id, body.connection_id);
        case "methods":
          return refreshWmsMethods(deps, merchant_id, body.connection_id);
        case "wms_cancel":
          return confirmWmsCancel(deps, merchant_id, body.connection_id, body.reference);
        case "task":
          return runTask(deps, taskKinds, merchant_id, body.task_id);
        case "retention":
          return applyRetention(deps, body.since, merchant_id);
      }
    }),
  );
}

/** Messages for the same work of a connection are one piece of work. */
function workOf(body: z.infer<typeof jobMessage>): string {
  switch (body.kind) {
    case "run":
      return `${body.connection_id} ${body.job}`;
    case "fetch":
      return `${body.connection_id} fetch ${body.tries ?? 0}`;
    case "webhooks":
      return `${body.connection_id} webhooks`;
    case "skips":
      return `${body.connection_id} skips`;
    case "methods":
      return `${body.connection_id} methods`;
    case "wms_cancel":
      return `${body.connection_id} cancel ${body.reference}`;
    case "task":
      return body.task_id;
    case "retention":
      return `retention ${body.since}`;
  }
}

/** Between two tries of a job that somebody else was running. */
const BUSY_S = 5;

/** Runs a job. One that is busy is asked for again, because its run may have looked before what this message is about; the schedule comes again by itself. */
async function runAgainIfBusy(deps: Deps, message: RunMessage): Promise<void> {
  const { result } = await runNamedJob(deps, message);
  if (result === "busy" && message.by !== "schedule")
    await deps.queues.jobs.send(message, { delaySeconds: BUSY_S });
}

function runNamedJob(deps: Deps, message: RunMessage): Promise<Pick<RunResult, "result">> {
  switch (message.job) {
    case "order-download":
      return downloadOrders(deps, message);
    case "shipment-pickup":
      return pickUpShipments(deps, message);
    case "order-delivery":
    case "tracking-upload":
      return pushDue(deps, message);
    case "stock-pickup":
    case "stock-upload":
      return Promise.resolve({ result: "off" });
  }
}

async function consumeDispatches(batch: MessageBatch, deps: Deps): Promise<void> {
  await Promise.all(
    batch.messages.map(async (message) => {
      const body = dispatchMessage.safeParse(message.body);
      if (!body.success) return unreadable(deps, batch.queue, message);
      return settle(deps, batch.queue, [message], "dispatch", () => workDispatch(deps, body.data));
    }),
  );
}

/** Telling looks for everything that is to be told, and sending for everything that waits: one message is as good as many. */
async function consumeNotices(batch: MessageBatch, deps: Deps): Promise<void> {
  const messages: Message[] = [];
  const merchantIds: MerchantId[] = [];
  for (const message of batch.messages) {
    const body = noticeMessage.safeParse(message.body);
    if (body.success) messages.push(message);
    else unreadable(deps, batch.queue, message);
    if (body.data?.kind === "alerts") merchantIds.push(body.data.merchant_id);
  }
  await settle(deps, batch.queue, messages, "notices", async () => {
    for (const db of await alertDatabases(deps, merchantIds)) await tellAlerts(deps, db);
    for (const db of deps.databases.shards) await sendMails(deps, db);
  });
}

const MINUTE_S = 60;

/**
 * What ended up here failed through our own fault: it is kept for the operator. What cannot be kept comes
 * again, up to a hundred times in three days.
 */
async function consumeDead(batch: MessageBatch, deps: Deps): Promise<void> {
  const queue = batch.queue.replace(/-dead$/, "");
  for (const message of batch.messages) {
    try {
      await keepDeadLetter(deps, queue, message.body);
      message.ack();
    } catch (error) {
      deps.log.error("dead_letter_not_kept", { queue, message_id: message.id, error });
      message.retry({ delaySeconds: Math.min(60, message.attempts) * MINUTE_S });
    }
  }
}

function unreadable(deps: Deps, queue: string, message: Message): void {
  deps.log.error("unreadable_message", { queue, message_id: message.id });
  message.ack();
}
