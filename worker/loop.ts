import type { Logger } from '../core/logger.ts';

const EVERY_MS = 1_000;
/** Between two rounds, however often one is asked for: under load they would follow each other without end. */
const REST_MS = 50;

export type Loop = {
  /** Runs now rather than within a second; when a round is running, one more soon after it. */
  soon(): void;
  /** Ends the loop after the round that is running. */
  stop(): Promise<void>;
};

/** Runs `round` every second, one at a time; a round that fails is logged and the next one tries again. */
export function startLoop(name: string, round: () => Promise<void>, logger: Logger): Loop {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let again = false;
  let running: Promise<void> | undefined;
  let endRest = () => {};

  const rest = () =>
    new Promise<void>((resolve) => {
      endRest = resolve;
      setTimeout(resolve, REST_MS);
    });

  const run = async () => {
    do {
      again = false;
      await round().catch((error: unknown) => logger.warn({ loop: name, error }, 'round failed'));
      if (again) await rest();
    } while (again && !stopped);
    running = undefined;
    if (!stopped) timer = setTimeout(soon, EVERY_MS);
  };
  const soon = () => {
    if (stopped) return;
    clearTimeout(timer);
    again = true;
    running ??= run();
  };
  soon();
  return {
    soon,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      endRest();
      await running;
    },
  };
}
