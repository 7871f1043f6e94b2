import { BAD_CONFIGURATION, Child, DELAYS, type Delays, type ProcessSpec } from './child.ts';
import { renderLine } from './print.ts';

export type SupervisorOptions = {
  /** In the order they start; they stop in the opposite order. */
  processes: readonly ProcessSpec[];
  write(text: string): void;
  colour: boolean;
  /** What to print when everything is ready, once. */
  announcement: string;
  delays?: Delays;
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** When a start takes this long, it is said what is being waited for. */
const SLOW_START_MS = 20_000;

/**
 * Runs the processes until a signal, or until one of them refuses its configuration; then stops them one after the
 * other. A second signal kills what is left at once.
 * @returns the exit code: 0 after a clean stop, 1 after a second signal, BAD_CONFIGURATION
 */
export async function supervise(options: SupervisorOptions): Promise<number> {
  const { processes, write, colour, delays = DELAYS } = options;
  const print = (name: string, text: string) => write(`${renderLine(name, text, colour)}\n`);
  const readiness = makeReadiness(processes.map((spec) => spec.name));
  const end = listenForEnd();

  const children = processes.map(
    (spec) =>
      new Child(spec, delays, {
        line: print,
        ready: (name) => {
          if (!readiness.report(name)) print(name, '{"msg":"is ready again"}');
        },
        badConfiguration: () => end.come(BAD_CONFIGURATION),
      }),
  );
  const started: Child[] = [];
  const startAll = async () => {
    for (const [index, child] of children.entries()) {
      if (end.has()) return;
      started.push(child);
      child.start();
      if (processes[index]?.needed) await Promise.race([readiness.of(child.name), end.reason]);
    }
    await Promise.race([readiness.all, end.reason]);
    if (!end.has()) write(options.announcement);
  };
  const slow = setTimeout(
    () => write(`Still waiting for ${readiness.missing().join(', ')}; what is wrong is said above.\n`),
    SLOW_START_MS,
  );
  void readiness.all.then(() => clearTimeout(slow));

  void startAll();
  const code = await end.reason;
  clearTimeout(slow);
  if (code === 0) write('\nStopping. Once more kills at once.\n');
  const killed = end.again.then(() => {
    for (const child of started) child.kill();
    return 1;
  });
  const result = await Promise.race([stopInOrder(started, code), killed]);
  end.stopListening();
  return result;
}

async function stopInOrder(started: readonly Child[], code: number): Promise<number> {
  for (const child of [...started].reverse()) await child.stop();
  return code;
}

/** The first end counts: a signal (0) or an exit code. A signal after it is `again`. */
function listenForEnd() {
  const first = defer<number>();
  const second = defer<void>();
  let come = false;
  const end = (code: number) => {
    come = true;
    first.resolve(code);
  };
  const onSignal = () => (come ? second.resolve() : end(0));
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    reason: first.promise,
    again: second.promise,
    come: end,
    has: () => come,
    stopListening: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}

function makeReadiness(names: readonly string[]) {
  const each = new Map(names.map((name) => [name, { ...defer<void>(), is: false }]));
  return {
    all: Promise.all([...each.values()].map((entry) => entry.promise)),
    of: (name: string) => each.get(name)?.promise,
    missing: () => names.filter((name) => !each.get(name)?.is),
    /** @returns false when it was ready before. */
    report: (name: string) => {
      const entry = each.get(name);
      if (entry === undefined || entry.is) return false;
      entry.is = true;
      entry.resolve();
      return true;
    },
  };
}

/** Promise.withResolvers, which Node 20 does not have. */
function defer<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
