import type { Fault } from "./catalogue.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** How a consumer takes from its queue, as `wrangler.toml` says. */
export interface QueueRules {
  name: string;
  maxBatchSize: number;
  maxBatchTimeoutMs: number;
  maxRetries: number;
  deadLetterQueue: string | null;
}

const MOST_MESSAGE_BYTES = 128_000;
const MOST_BATCH = 100;
const MOST_BATCH_BYTES = 256_000;
export const RETENTION_MS = 4 * 24 * 60 * 60_000;

export interface QueuedMessage {
  id: string;
  body: unknown;
  sentAt: number;
  visibleAt: number;
  attempts: number;
  underway: boolean;
}

/** One delivery of messages to a consumer; it ends by `settle`, or by the death of the consumer. */
export interface Delivery {
  queue: string;
  batch: MessageBatch;
  messages: readonly QueuedMessage[];
  /** The consumer returned, or threw. */
  settle(thrown: boolean): void;
}

/**
 * A queue as Cloudflare describes its own: at least once, in no order, acknowledged one by one, brought
 * again until the tries are used up, then handed to the dead-letter queue. What it does wrong beyond
 * that is put in from outside, by changing `messages`.
 */
export class SimQueue {
  readonly rules: QueueRules;
  readonly messages: QueuedMessage[] = [];
  /** No delivery before this moment. */
  pausedUntil = 0;
  #count = 0;
  readonly #timeline: Timeline;
  readonly #toDead: (body: unknown) => void;
  readonly #forgotten: (body: unknown) => void;

  constructor(
    timeline: Timeline,
    rules: QueueRules,
    toDead: (body: unknown) => void,
    forgotten: (body: unknown) => void = () => {},
  ) {
    this.rules = rules;
    this.#timeline = timeline;
    this.#toDead = toDead;
    this.#forgotten = forgotten;
  }

  /** Takes one message; throws what the real queue throws. */
  send(body: unknown, options: { delaySeconds?: number } = {}): QueuedMessage {
    const text = textOf(body);
    const now = this.#timeline.now;
    const message: QueuedMessage = {
      id: `${this.rules.name}-${(this.#count += 1)}`,
      body: JSON.parse(text),
      sentAt: now,
      visibleAt: now + (options.delaySeconds ?? 0) * 1_000,
      attempts: 0,
      underway: false,
    };
    this.messages.push(message);
    return message;
  }

  sendBatch(bodies: readonly unknown[]): QueuedMessage[] {
    if (bodies.length === 0) throw new Error("sendBatch() requires at least one message");
    if (bodies.length > MOST_BATCH)
      throw new Error("Queue sendBatch failed: Too many messages in batch");
    const texts = bodies.map(textOf);
    if (texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) > MOST_BATCH_BYTES)
      throw new Error("Queue sendBatch failed: Payload Too Large");
    return bodies.map((body) => this.send(body));
  }

  /** When the next delivery may begin; null when nothing waits. */
  nextAt(): number | null {
    let least: number | null = null;
    for (const { underway, visibleAt } of this.messages)
      if (!underway && (least === null || visibleAt < least)) least = visibleAt;
    return least === null ? null : Math.max(least + this.rules.maxBatchTimeoutMs, this.pausedUntil);
  }

  /** Takes up to `most` of what is visible now, or null when there is nothing. */
  take(most: number): Delivery | null {
    const now = this.#timeline.now;
    if (now < this.pausedUntil) return null;
    this.#expire(now);
    const taken = this.messages
      .filter((message) => !message.underway && message.visibleAt <= now)
      .slice(0, Math.min(most, this.rules.maxBatchSize));
    if (taken.length === 0) return null;
    for (const message of taken) {
      message.underway = true;
      message.attempts += 1;
    }
    return this.#deliver(taken);
  }

  #deliver(taken: readonly QueuedMessage[]): Delivery {
    const said = new Map<QueuedMessage, { retry: boolean; delayMs: number }>();
    const say = (message: QueuedMessage, retry: boolean, delayMs = 0) => {
      if (!said.has(message)) said.set(message, { retry, delayMs });
    };
    const ms = (options?: QueueRetryOptions) => (options?.delaySeconds ?? 0) * 1_000;
    const messages = taken.map((message) => ({
      id: message.id,
      timestamp: new Date(message.sentAt),
      body: structuredClone(message.body),
      attempts: message.attempts,
      ack: () => say(message, false),
      retry: (options?: QueueRetryOptions) => say(message, true, ms(options)),
    }));
    const batch = {
      queue: this.rules.name,
      messages,
      metadata: {},
      ackAll: () => {
        for (const message of taken) say(message, false);
      },
      retryAll: (options?: QueueRetryOptions) => {
        for (const message of taken) say(message, true, ms(options));
      },
    } as unknown as MessageBatch;
    let settled = false;
    return {
      queue: this.rules.name,
      batch,
      messages: taken,
      settle: (thrown) => {
        if (settled) return;
        settled = true;
        for (const message of taken) {
          const word = said.get(message) ?? { retry: thrown, delayMs: 0 };
          message.underway = false;
          if (word.retry) this.#again(message, word.delayMs);
          else this.#remove(message);
        }
      },
    };
  }

  /** Brings a message that was taken once more, or buries it. */
  #again(message: QueuedMessage, delayMs: number): void {
    if (message.attempts <= this.rules.maxRetries) {
      message.visibleAt = this.#timeline.now + delayMs;
      return;
    }
    this.#remove(message);
    if (this.rules.deadLetterQueue !== null) this.#toDead(message.body);
  }

  #remove(message: QueuedMessage): void {
    const at = this.messages.indexOf(message);
    if (at !== -1) this.messages.splice(at, 1);
  }

  #expire(now: number): void {
    for (const message of this.messages.filter(({ sentAt }) => now - sentAt > RETENTION_MS))
      if (!message.underway) {
        this.#remove(message);
        this.#forgotten(message.body);
      }
  }
}

function textOf(body: unknown): string {
  const text = JSON.stringify(body);
  if (text === undefined) throw new TypeError("a message needs a body");
  if (Buffer.byteLength(text) > MOST_MESSAGE_BYTES)
    throw new Error("Queue send failed: message length exceeds 128000 bytes");
  return text;
}

/** Every queue of `wrangler.toml`. */
export const queueRules: readonly QueueRules[] = [
  rules("dray-jobs", 100, 0),
  rules("dray-deliveries", 1, 0),
  rules("dray-notices", 20, 5_000),
].flatMap((one) => [
  one,
  { ...rules(`${one.name}-dead`, 10, 5_000), deadLetterQueue: null, maxRetries: 100 },
]);

function rules(name: string, maxBatchSize: number, maxBatchTimeoutMs: number): QueueRules {
  const deadLetterQueue = `${name}-dead`;
  return { name, maxBatchSize, maxBatchTimeoutMs, maxRetries: 5, deadLetterQueue };
}

/** What a fault that nobody hears of does to one of the messages that were just sent, which it gives back. */
export function mistreat(
  queue: SimQueue,
  random: Random,
  sent: readonly QueuedMessage[],
  fault: Fault | null,
): readonly QueuedMessage[] {
  if (fault === null || fault.message !== "") return sent;
  const one = random.pick(sent);
  if (fault.name.startsWith("lost")) queue.messages.splice(queue.messages.indexOf(one), 1);
  if (fault.name.startsWith("twice")) queue.send(one.body);
  if (fault.name.startsWith("12 hours late")) one.visibleAt += 12 * 60 * 60_000;
  return sent;
}
