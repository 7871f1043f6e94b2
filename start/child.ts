import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, type Exit, type GuardedChild, spawnGuarded } from './guard.ts';
import { parseLogLine } from './print.ts';

/** EX_CONFIG of sysexits.h: the process has said what is wrong with its configuration; starting it again is useless. */
export const BAD_CONFIGURATION = 78;

export type ProcessSpec = {
  name: string;
  command: Command;
  env: NodeJS.ProcessEnv;
  /** How it is known to be ready: a log line whose message is `ready`, or a question that is asked until it is true. */
  ready: 'line' | (() => Promise<boolean>);
  /** The next ones are started only when this one is ready. */
  needed?: boolean;
  /** Its lines about starting and stopping matter only when that fails, and are shown only then. */
  quiet?: boolean;
};

export type Delays = {
  /** Before the first restart; doubled for each one after it. */
  restartMs: number;
  longestRestartMs: number;
  /** A process that ran this long starts over with the first delay. */
  stableMs: number;
  /** Between SIGTERM and SIGKILL. */
  stopMs: number;
};

export const DELAYS: Delays = { restartMs: 1000, longestRestartMs: 30_000, stableMs: 60_000, stopMs: 10_000 };
const PROBE_EVERY_MS = 100;

export type Reports = {
  line(name: string, text: string): void;
  ready(name: string): void;
  badConfiguration(name: string): void;
};

/**
 * One process, kept running. It is started; when it ends without being asked to, it is started again after a delay that
 * doubles; when it ends with BAD_CONFIGURATION, that is reported and it stays down. Once stopped it stays stopped.
 */
export class Child {
  readonly name: string;
  readonly #spec: ProcessSpec;
  readonly #delays: Delays;
  readonly #reports: Reports;
  readonly #stopping = new AbortController();
  #current: GuardedChild | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(spec: ProcessSpec, delays: Delays, reports: Reports) {
    this.name = spec.name;
    this.#spec = spec;
    this.#delays = delays;
    this.#reports = reports;
  }

  start(): void {
    this.#ended = this.#keepRunning();
  }

  /** Asks it to end, and kills it when it has not within the limit. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#current?.signal('SIGTERM');
    const limit = setTimeout(() => {
      this.#say(`did not stop within ${this.#delays.stopMs / 1000} s and is killed`);
      this.kill();
    }, this.#delays.stopMs);
    await this.#ended;
    clearTimeout(limit);
  }

  kill(): void {
    this.#stopping.abort();
    this.#current?.kill();
  }

  async #keepRunning(): Promise<void> {
    const { restartMs, longestRestartMs, stableMs } = this.#delays;
    let wait = restartMs;
    while (!this.#stopping.signal.aborted) {
      const startedAt = performance.now();
      const exit = await this.#runOnce();
      if (this.#stopping.signal.aborted) return;
      if (exit.code === BAD_CONFIGURATION) return this.#reports.badConfiguration(this.name);
      if (performance.now() - startedAt >= stableMs) wait = restartMs;
      this.#say(`ended unexpectedly (${describeExit(exit)}); starting it again in ${wait / 1000} s`);
      await delay(wait, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      wait = Math.min(wait * 2, longestRestartMs);
    }
  }

  /** From its start to its end, with every line it wrote handed on. */
  async #runOnce(): Promise<Exit> {
    const child = spawnGuarded(this.#spec.command, this.#spec.env);
    this.#current = child;
    const gone = new AbortController();
    const unshown: string[] = [];
    let isReady = false;
    const report = () => {
      if (isReady) return;
      isReady = true;
      this.#reports.ready(this.name);
    };
    const { ready } = this.#spec;
    if (ready !== 'line') void probe(ready, gone.signal).then((is) => (is ? report() : undefined));
    const read = async (stream: Readable) => {
      for await (const line of createInterface({ input: stream })) {
        if (this.#spec.quiet && (!isReady || this.#stopping.signal.aborted)) unshown.push(line);
        else this.#reports.line(this.name, line);
        if (ready === 'line' && parseLogLine(line)?.msg === 'ready') report();
      }
    };
    const [exit] = await Promise.all([child.exited, read(child.stdout), read(child.stderr)]);
    gone.abort();
    if (!this.#stopping.signal.aborted) for (const line of unshown) this.#reports.line(this.name, line);
    return exit;
  }

  #say(message: string): void {
    this.#reports.line(this.name, JSON.stringify({ time: new Date().toISOString(), level: 'warn', msg: message }));
  }
}

async function probe(ask: () => Promise<boolean>, gone: AbortSignal): Promise<boolean> {
  while (!gone.aborted) {
    if (await ask().catch(() => false)) return !gone.aborted;
    await delay(PROBE_EVERY_MS, undefined, { signal: gone }).catch(() => undefined);
  }
  return false;
}

function describeExit(exit: Exit): string {
  if (exit.signal) return exit.signal;
  return exit.code === 127 ? 'exit code 127: there is no such program' : `exit code ${exit.code}`;
}
