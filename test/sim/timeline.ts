/** Something that is to happen; `off` takes it back. */
export interface Appointment {
  at: number;
  order: number;
  run: () => void;
  off: boolean;
}

/**
 * Virtual time: a heap of what is to happen, one thing after the other. After each of them everything
 * that follows from it without waiting is done before the next one begins, so a run repeats itself.
 */
export class Timeline {
  now: number;
  #heap: Appointment[] = [];
  #count = 0;

  constructor(start: number) {
    this.now = start;
  }

  /** Runs `run` at `at`, or as soon as possible when that is past. */
  at(at: number, run: () => void): Appointment {
    const one = { at: Math.max(at, this.now), order: (this.#count += 1), run, off: false };
    const heap = this.#heap;
    heap.push(one);
    let place = heap.length - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || before(above, one)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = one;
    return one;
  }

  in(ms: number, run: () => void): Appointment {
    return this.at(this.now + ms, run);
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.in(ms, resolve));
  }

  /** When the next thing happens; null when nothing is planned. */
  peek(): number | null {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined) return null;
      if (!first.off) return first.at;
      this.#pop();
    }
  }

  /** Lets the next thing happen, with all that follows at once. False when nothing is planned. */
  async step(): Promise<boolean> {
    if (this.peek() === null) return false;
    const one = this.#pop();
    if (one === undefined) return false;
    this.now = one.at;
    one.run();
    await settled();
    return true;
  }

  #pop(): Appointment | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = place * 2 + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      let least = left;
      if (right !== undefined && before(right, left)) {
        least = right;
        child += 1;
      }
      if (before(last, least)) break;
      heap[place] = least;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

const before = (one: Appointment, other: Appointment): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** Turns of the event loop are dear, and between two immediates of one turn all promises are done as well. */
const TURN = 64;
let wake: (() => void) | null = null;
let planned = 0;

function immediate(): void {
  planned -= 1;
  const resolve = wake;
  wake = null;
  resolve?.();
}

/** Resolves when no promise has anything left to do. One at a time may wait for it. */
export const settled = (): Promise<void> =>
  new Promise((resolve) => {
    wake = resolve;
    for (; planned < TURN; planned += 1) setImmediate(immediate);
  });
