import { describe, expect, test } from "vitest";
import { coordinators } from "../../src/coordinator/client.ts";
import { createD1 } from "../sim/d1.ts";
import { createObject, objectNamespace } from "../sim/object.ts";
import { queueRules, SimQueue } from "../sim/queue.ts";
import { settled, Timeline } from "../sim/timeline.ts";
import { d1Laws } from "./d1-laws.ts";
import { objectLaws } from "./object-laws.ts";
import { queueLaws } from "./queue-laws.ts";

const { db } = createD1();

describe("the simulation's D1", () => d1Laws(() => db));

describe("the simulation's object", () =>
  objectLaws(() => {
    const object = createObject();
    const namespace = objectNamespace(async (_name, method, args) => object.call(method, args));
    return {
      coordinator: coordinators(namespace)("mer_x"),
      evict: async () => object.evict(),
    };
  }));

const rulesOf = (name: string) => {
  const rules = queueRules.find((one) => one.name === name);
  if (!rules) throw new Error(`no queue ${name}`);
  return rules;
};

describe("the simulation's queue", () => {
  queueLaws(() => {
    const timeline = new Timeline(0);
    const queue = new SimQueue(timeline, rulesOf("dray-jobs"), () => {});
    return {
      send: async (body) => queue.send(body),
      sendBatch: async (bodies) => queue.sendBatch(bodies),
      consume: async (bodies, consumer) => {
        const sent = queue.sendBatch(bodies);
        const delivery = queue.take(100);
        if (!delivery) throw new Error("nothing was delivered");
        const thrown = await consumer(delivery.batch).then(
          () => false,
          () => true,
        );
        delivery.settle(thrown);
        const isLeft = (at: number) => queue.messages.some((one) => one === sent[at]);
        const all = sent.map((_, at) => at);
        return { acked: all.filter((at) => !isLeft(at)), again: all.filter(isLeft) };
      },
    };
  });

  test("what fails six times goes to the dead-letter queue", () => {
    const dead: unknown[] = [];
    const queue = new SimQueue(new Timeline(0), rulesOf("dray-jobs"), (body) => dead.push(body));
    queue.send({ n: 1 });
    for (let tries = 1; tries <= 6; tries += 1) {
      expect(dead).toEqual([]);
      queue.take(1)?.settle(true);
    }
    expect(dead).toEqual([{ n: 1 }]);
    expect(queue.take(1)).toBeNull();
  });

  test("a message that waits for its time is not delivered before", async () => {
    const timeline = new Timeline(0);
    const queue = new SimQueue(timeline, rulesOf("dray-jobs"), () => {});
    queue.send({ n: 1 }, { delaySeconds: 30 });
    expect(queue.take(1)).toBeNull();
    timeline.in(30_000, () => {});
    await timeline.step();
    await settled();
    expect(queue.take(1)?.messages).toHaveLength(1);
  });
});
