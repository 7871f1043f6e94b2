import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/**
 * Becomes the program given as arguments, beside a watcher that reads a pipe from our side. The end of that pipe means
 * that we are gone, however that came about (SIGKILL too): the watcher then stops the program's whole process group,
 * gently at first. When the program ends before us, we end what is left of the group, the watcher with it.
 *
 * Chosen over `process.on('disconnect')` in the children because it also ends a child whose event loop is stuck, and
 * Redis, which knows nothing of us; over `setpriv --pdeathsig` because it works on macOS as well.
 * `exec` keeps the pid: signals and the exit code are the program's own.
 */
const GUARD = `
{
  trap '' TERM INT HUP
  read -r word
  kill -TERM -$$
  for second in 1 2 3 4 5 6 7 8 9 10; do
    sleep 1
    kill -0 $$ || exit 0
  done
  kill -KILL -$$
} <&3 3<&- >/dev/null 2>&1 &
exec "$@" 3<&-
`;

export type Command = { file: string; args: readonly string[] };

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type GuardedChild = {
  pid: number;
  stdout: Readable;
  stderr: Readable;
  /** Resolves once, when the program has ended and its output is read. Never rejects. */
  exited: Promise<Exit>;
  /** To the program alone. Does nothing after its end. */
  signal(name: NodeJS.Signals): void;
  /** SIGKILL to the program and everything it started. */
  kill(): void;
};

/**
 * Starts a program in a process group of its own (Ctrl-C in the terminal reaches us alone) that ends when we end.
 * @throws Error when there is no /bin/sh. A program that does not exist exits with code 127.
 */
export function spawnGuarded(command: Command, env: NodeJS.ProcessEnv, cwd?: string): GuardedChild {
  const child = spawn('/bin/sh', ['-c', GUARD, 'countersign', command.file, ...command.args], {
    detached: true,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  }) as ChildProcess & { stdout: Readable; stderr: Readable };
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command.file} could not be started: there is no /bin/sh here.`);
  const pipe = child.stdio[3] as Writable;
  pipe.on('error', () => undefined);
  let running = true;
  child.once('exit', () => {
    running = false;
    killGroup(pid);
    pipe.destroy();
  });
  return {
    pid,
    stdout: child.stdout,
    stderr: child.stderr,
    exited: new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal }))),
    signal: (name) => {
      if (running) child.kill(name);
    },
    kill: () => {
      if (running) killGroup(pid);
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}
