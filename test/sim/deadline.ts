import type { Timeline } from "./timeline.ts";

/** A signal that aborts in so many milliseconds of virtual time, as far as Dray's HTTP uses one. */
export function deadlineIn(timeline: Timeline, ms: number) {
  let give: (() => void) | null = null;
  const state = { aborted: false };
  const timer = timeline.in(ms, () => {
    state.aborted = true;
    give?.();
  });
  const signal = Object.assign(state, {
    addEventListener: (_type: string, listener: () => void) => {
      give = listener;
    },
  });
  return {
    signal: signal as unknown as AbortSignal,
    clear: () => {
      timer.off = true;
    },
  };
}
