/**
 * Long work in one process with everything else: called between two bits of it, lets whatever else waits have its turn
 * as soon as this work has kept the event loop to itself for a while.
 */
export type Breathe = () => Promise<void>;

/** Short beside what a person notices and what Slack waits for. */
const HOLD_MS = 5;

/** One for each piece of work: it remembers since when that work has not paused. */
export function makeBreathe(holdMs: number = HOLD_MS): Breathe {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < holdMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  };
}
