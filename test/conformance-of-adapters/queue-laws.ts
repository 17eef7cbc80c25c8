import { expect, test } from "vitest";

/** What became of messages that a consumer was given, by their place in the batch. */
export interface Consumed {
  /** Done with. */
  acked: number[];
  /** Brought again. */
  again: number[];
}

/** A queue to send to, and a way to have messages of it consumed. */
export interface LawfulQueue {
  send(body: unknown): Promise<unknown>;
  sendBatch(bodies: readonly unknown[]): Promise<unknown>;
  consume(
    bodies: readonly unknown[],
    consumer: (batch: MessageBatch) => Promise<void>,
  ): Promise<Consumed>;
}

/** What Dray takes for granted about queues. */
export function queueLaws(open: () => LawfulQueue): void {
  const three = [{ n: 0 }, { n: 1 }, { n: 2 }];

  test("messages arrive as they were sent, with an id and the number of tries", async () => {
    const seen: unknown[] = [];
    await open().consume(three, async ({ messages }) => {
      for (const { id, body, attempts } of messages) {
        seen.push(body);
        expect(id).not.toBe("");
        expect(attempts).toBe(1);
      }
    });
    expect(seen).toEqual(three);
  });

  test("a consumer that returns is done with all that it did not ask for again", async () => {
    const { acked, again } = await open().consume(three, async ({ messages }) => {
      messages[1]?.retry({ delaySeconds: 30 });
    });
    expect({ acked, again }).toEqual({ acked: [0, 2], again: [1] });
  });

  test("a consumer that throws gets all again but what it had acknowledged", async () => {
    const { acked, again } = await open().consume(three, async ({ messages }) => {
      messages[0]?.ack();
      throw new Error("died");
    });
    expect({ acked, again }).toEqual({ acked: [0], again: [1, 2] });
  });

  test("the first word about a message counts", async () => {
    const { acked, again } = await open().consume(three, async ({ messages }) => {
      messages[0]?.ack();
      messages[0]?.retry();
      messages[1]?.retry();
      messages[1]?.ack();
    });
    expect({ acked, again }).toEqual({ acked: [0, 2], again: [1] });
  });

  test("a message has at most 128 KB", async () => {
    await expect(open().send({ text: "x".repeat(130_000) })).rejects.toThrow();
  });

  test("a batch has at least one message and at most 100", async () => {
    await expect(open().sendBatch([])).rejects.toThrow();
    const many = Array.from({ length: 101 }, (_, n) => ({ n }));
    await expect(open().sendBatch(many)).rejects.toThrow();
  });
}
