import type { Deps } from "../../src/sync/deps.ts";

/** What runs once: a request, a batch, a cron. It may die at any call, and is then simply not there any more. */
export interface Invocation {
  id: number;
  /** What it is for, as the fault table names it. */
  site: string;
  dead: boolean;
  deps: Deps;
  onDeath: (() => void) | null;
  /** What it put on queues, as JSON. */
  sent: string[];
  /** What it does beside its work; it lives until that has ended. */
  besides: Promise<void>[];
}
