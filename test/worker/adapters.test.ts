import {
  createExecutionContext,
  createMessageBatch,
  evictDurableObject,
  getQueueResult,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe } from "vitest";
import { coordinators } from "../../src/coordinator/client.ts";
import { d1Laws } from "../conformance-of-adapters/d1-laws.ts";
import { objectLaws } from "../conformance-of-adapters/object-laws.ts";
import { queueLaws } from "../conformance-of-adapters/queue-laws.ts";
import { testDeps } from "./deps.ts";

const { ids } = testDeps();

describe("D1", () => d1Laws(() => env.DB));

describe("the Durable Object", () =>
  objectLaws(() => {
    const merchantId = ids.next("mer");
    const stub = env.MERCHANT_SYNC.get(env.MERCHANT_SYNC.idFromName(merchantId));
    return {
      coordinator: coordinators(env.MERCHANT_SYNC)(merchantId),
      evict: () => evictDurableObject(stub),
    };
  }));

/** The laws send whatever they like. */
const jobs: Queue = env.JOBS;

describe("a queue", () =>
  queueLaws(() => ({
    send: (body) => jobs.send(body),
    sendBatch: (bodies) => jobs.sendBatch(bodies.map((body) => ({ body }))),
    consume: async (bodies, consumer) => {
      const messages = bodies.map((body, at) => ({
        id: `message-${at}`,
        timestamp: new Date(0),
        attempts: 1,
        body,
      }));
      const batch = createMessageBatch("dray-jobs", messages);
      const ctx = createExecutionContext();
      const thrown = await consumer(batch).then(
        () => false,
        () => true,
      );
      const result = await getQueueResult(batch, ctx);
      const all = messages.map((_, at) => at);
      const named = (list: readonly string[]) => all.filter((at) => list.includes(`message-${at}`));
      const explicit = named(result.explicitAcks);
      const retried = named(result.retryMessages.map(({ msgId }) => msgId));
      // As the runtime takes what a handler that threw had said before.
      const rest = all.filter((at) => !explicit.includes(at) && !retried.includes(at));
      return thrown
        ? { acked: explicit, again: [...retried, ...rest].toSorted((a, b) => a - b) }
        : { acked: [...explicit, ...rest].toSorted((a, b) => a - b), again: retried };
    },
  })));
