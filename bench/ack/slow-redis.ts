import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

export type SlowRedis = {
  url: string;
  /** How long every chunk is held back, in each direction. */
  delayMs: number;
  stop(): void;
};

/** Stands between everybody and a Redis on a socket, and holds back what passes. */
export async function startSlowRedis(findTarget: () => string | undefined): Promise<SlowRedis> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const target = findTarget()?.replace(/^unix:\/\//, '');
    if (target === undefined) return void near.destroy();
    const far = createConnection(target);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.setNoDelay(true);
      from.on('error', () => undefined);
      from.once('close', () => {
        open.delete(from);
        to.destroy();
      });
      // Timers of the same length go off in the order they were set, so the bytes keep theirs.
      from.on('data', (bytes) => {
        if (slow.delayMs === 0) to.write(bytes);
        else setTimeout(() => to.writable && to.write(bytes), slow.delayMs);
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const slow: SlowRedis = {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayMs: 0,
    stop: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
  return slow;
}
