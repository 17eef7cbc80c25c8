import type { Guard, Scene } from "../witness.ts";

/** Only faults of our own make dead letters, and each is kept, with an alert, until somebody settles it. */
export function deadLetters({ rows, breach, hub, timeline }: Scene): Guard {
  const died: { queue: string; body: string; at: number }[] = [];
  const lost = new Set<string>();
  let faults = 0;
  return {
    died: (queue, body) => {
      if (queue.endsWith("-dead")) return;
      died.push({ queue, body: JSON.stringify(body), at: timeline.now });
      if (hub.isCalm())
        breach("DLQ", `nothing of ours failed, and ${queue} gave up ${JSON.stringify(body)}`);
      faults += 1;
    },
    everything: () => {
      if (faults === 0 && rows("SELECT 1 FROM dead_letters LIMIT 1").length === 0) return;
      for (const { queue, body } of died) {
        const waits = hub.queues.get(`${queue}-dead`)?.messages ?? [];
        const kept =
          rows(KEPT, queue, body).length > 0 ||
          waits.some((one) => JSON.stringify(one.body) === body);
        if (kept || lost.has(body)) continue;
        lost.add(body);
        breach("DLQ", `${queue} gave up ${body}, and nobody kept it`);
      }
      for (const { id } of rows(SILENT))
        breach("DLQ", `${String(id)} is dead, and no alert says so`);
    },
  };
}

const KEPT = `SELECT 1 FROM dead_letters WHERE queue = ? AND body = ?`;
const SILENT = `SELECT d.id FROM dead_letters d WHERE d.state = 'dead' AND NOT EXISTS (SELECT 1 FROM alerts a
  WHERE a.kind = 'dead_letter' AND a.subject = d.id AND a.state IN ('open', 'dismissed'))`;
