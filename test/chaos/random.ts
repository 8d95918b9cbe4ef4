/** Numbers that a seed determines, the same on every machine. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  between(low: number, high: number): number;
  /** One of them, each as often as its weight says. */
  weigh<T extends string>(weights: Readonly<Record<T, number>>): T;
}

/** mulberry32: 32 bits of state are plenty for some hundred draws. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    weigh: (all) => weigh(all, next()),
  };
}

function weigh<T extends string>(weights: Readonly<Record<T, number>>, share: number): T {
  const entries = Object.entries(weights) as [T, number][];
  let left = share * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  return entries.at(-1)![0];
}
