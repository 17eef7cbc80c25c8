import type { Guard, Scene } from "../witness.ts";

/**
 * Only faults of our own make dead letters, and each is kept, with an alert, until somebody settles it. But for
 * those that their queue has forgotten: what they were about D1 knows, and other guards see to it.
 */
export function deadLetters({ rows, breach, hub }: Scene): Guard {
  const died = new Map<string, { queue: string; body: string }>();
  const lost = new Set<string>();
  const keyOf = (queue: string, body: string) => `${queue} ${body}`;

  /** It is kept, or somebody still has it to keep. */
  const isKept = (queue: string, body: string): boolean => {
    const waits = hub.queues.get(`${queue}-dead`)?.messages ?? [];
    return (
      rows(KEPT, queue, body).length > 0 || waits.some((one) => JSON.stringify(one.body) === body)
    );
  };

  return {
    died: (queue, body) => {
      if (queue.endsWith("-dead"))
        return breach("DLQ", `${queue} gave up ${JSON.stringify(body)} and it is nowhere`);
      const text = JSON.stringify(body);
      died.set(keyOf(queue, text), { queue, body: text });
      if (hub.isCalm()) breach("DLQ", `nothing of ours failed, and ${queue} gave up ${text}`);
    },
    forgotten: (name, body) => {
      const text = JSON.stringify(body);
      const queue = name.replace(/-dead$/, "");
      const key = keyOf(queue, text);
      if (!died.has(key) || queue === name) breach("DLQ", `${name} forgot ${text}`);
      if (!isKept(queue, text)) died.delete(key);
    },
    everything: () => {
      if (died.size === 0 && rows("SELECT 1 FROM dead_letters LIMIT 1").length === 0) return;
      for (const [key, { queue, body }] of died) {
        if (isKept(queue, body) || lost.has(key)) continue;
        lost.add(key);
        breach("DLQ", `${queue} gave up ${body}, and nobody kept it`);
      }
      for (const { id } of rows(SILENT))
        breach("DLQ", `${String(id)} is dead, and no alert says so`);
    },
  };
}

/** One that only failed for the last time is not kept yet. */
const KEPT = `SELECT 1 FROM dead_letters WHERE queue = ? AND body = ? AND times > 0`;
const SILENT = `SELECT d.id FROM dead_letters d WHERE d.state = 'dead' AND NOT EXISTS (SELECT 1 FROM alerts a
  WHERE a.kind = 'dead_letter' AND a.subject = d.id AND a.state IN ('open', 'dismissed'))`;
