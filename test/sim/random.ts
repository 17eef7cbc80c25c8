/** Chance that repeats itself: the same seed and names give the same draws on every machine. */
export interface Random {
  /** From 0 up to 1. */
  next(): number;
  /** A whole number from 0 up to `count`. */
  below(count: number): number;
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  shuffled<T>(list: readonly T[]): T[];
  bytes(count: number): Uint8Array<ArrayBuffer>;
  /** A stream of its own, so that draws for one thing do not move those for another. */
  fork(name: string): Random;
}

/** FNV-1a over the text, from `start`. */
export function hashOf(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let at = 0; at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** SFC32, which is small, fast and good enough for choosing what breaks. */
export function createRandom(seed: string): Random {
  let [a, b, c, d] = [hashOf(seed), hashOf(seed, 0x2545f491), hashOf(seed, 0x9e3779b9), 1];
  const word = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) word();
  const next = () => word() / 0x1_0000_0000;
  const below = (count: number) => Math.floor(next() * count);
  return {
    next,
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (probability) => next() < probability,
    pick: (list) => {
      const one = list[below(list.length)];
      if (one === undefined) throw new Error("nothing to pick from");
      return one;
    },
    shuffled: (list) => {
      const left = [...list];
      for (let at = left.length - 1; at > 0; at -= 1) {
        const other = below(at + 1);
        const [one, two] = [left[at], left[other]];
        if (one === undefined || two === undefined) continue;
        left[at] = two;
        left[other] = one;
      }
      return left;
    },
    bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}
