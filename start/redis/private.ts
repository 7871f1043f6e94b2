import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, type GuardedChild, spawnGuarded } from '../guard.ts';

/** sockaddr_un.sun_path holds 108 octets on Linux and 104 on macOS, the final NUL included. */
const LONGEST_SOCKET_PATH = 103;
/** Longer than any AOF of a queue takes to load. */
const READY_WITHIN_MS = 30_000;

export type PrivateRedis = {
  url: string;
  pid: number;
  /** Ends the server; everything written is on disk when it resolves. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type RedisPlan = { socket: string; url: string; command: Command };

/**
 * How the private Redis of a data folder is started. It listens on a socket only its owner can open and on no port, keeps
 * every write in an append-only file, and refuses writes instead of forgetting jobs when memory ends.
 */
export function planRedis(dataDir: string, serverPath: string): RedisPlan {
  const folder = resolve(dataDir, 'redis');
  const socket = socketPath(folder);
  const args = [
    ...['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--daemonize', 'no'],
    ...['--dir', folder, '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
    ...['--maxmemory-policy', 'noeviction', '--loglevel', 'warning'],
  ];
  return { socket, url: `unix://${socket}`, command: { file: serverPath, args } };
}

/**
 * Beside the data; in a short private folder when that path is too long for a socket or has characters a URL would
 * need to escape. The same data folder always leads to the same socket: that is how a second start notices the first.
 */
export function socketPath(folder: string, temporary = tmpdir()): string {
  const beside = join(folder, 'redis.sock');
  if (fits(beside)) return beside;
  const name = `countersign-${userInfo().uid}-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  const short = join(temporary, name, 'redis.sock');
  return fits(short) ? short : join('/tmp', name, 'redis.sock');
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST_SOCKET_PATH && /^[\w./-]+$/.test(path);
}

/**
 * Makes the folders the server needs, and waits for an earlier server of the same folder to be gone.
 * @throws Error when one keeps running (two servers would ruin one append-only file), or when the folder of the socket
 * belongs to somebody else.
 */
export async function prepareRedis(dataDir: string, socket: string, patienceMs = 12_000): Promise<void> {
  mkdirSync(join(resolve(dataDir), 'redis'), { recursive: true, mode: 0o700 });
  const folder = dirname(socket);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(folder);
  if (!lstatSync(folder).isDirectory() || uid !== userInfo().uid) {
    throw new Error(`${folder} belongs to somebody else. Remove it or set DATA_DIR to a shorter path.`);
  }
  chmodSync(folder, 0o700);
  const deadline = Date.now() + patienceMs;
  while (await answers(socket)) {
    if (Date.now() > deadline) {
      throw new Error(`Countersign is already running with this data folder (${resolve(dataDir)}). Stop it first.`);
    }
    await delay(100);
  }
}

/** Whether a Redis that is ready for commands (its file loaded) answers at this socket. */
export function answers(socket: string): Promise<boolean> {
  return new Promise((settle) => {
    const connection = createConnection(socket);
    const finish = (result: boolean) => {
      connection.destroy();
      settle(result);
    };
    connection.setTimeout(1000, () => finish(false));
    connection.once('error', () => finish(false));
    connection.once('close', () => finish(false));
    connection.once('data', (bytes) => finish(bytes.toString('latin1').startsWith('+PONG')));
    connection.write('PING\r\n');
  });
}

/**
 * A private Redis that is ready when this resolves, and that ends with this process however this process ends.
 * @throws Error with the server's own words when it does not come up
 */
export async function startPrivateRedis(options: { dataDir: string; serverPath: string }): Promise<PrivateRedis> {
  const plan = planRedis(options.dataDir, options.serverPath);
  await prepareRedis(options.dataDir, plan.socket);
  const child = spawnGuarded(plan.command, { PATH: process.env['PATH'] });
  const stop = async () => {
    child.signal('SIGTERM');
    await child.exited;
  };
  await untilReady(plan.socket, child);
  return { url: plan.url, pid: child.pid, stop, [Symbol.asyncDispose]: stop };
}

async function untilReady(socket: string, child: GuardedChild): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      output = `${output}${bytes.toString()}`.slice(-4000);
    });
  }
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(socket))) {
    if (!ended && Date.now() < deadline) await delay(20);
    else {
      child.kill();
      throw new Error(`The private Redis did not start.\n${output.trim()}`);
    }
  }
}
