/** Random numbers that are the same in every run: mulberry32. */
export function makeRandom(seed: number) {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick: <T>(of: readonly T[]): T => of[below(of.length)] as T,
    several: <T>(most: number, make: () => T): T[] => Array.from({ length: 1 + below(most) }, make),
  };
}
export type Random = ReturnType<typeof makeRandom>;
