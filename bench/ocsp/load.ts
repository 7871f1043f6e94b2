import { connect, type Socket } from 'node:net';

export type Load = {
  port: number;
  path: string;
  clients: number;
  /** Whether a client goes on with its connection, or opens one for each question. */
  keepAlive: boolean;
  request: () => Uint8Array;
  /** When to stop: after a time, or after so many questions. */
  until: { seconds: number } | { times: number };
};

export type Measured = { answers: number; perSecond: number; p50Ms: number; p99Ms: number; failed: number };

/** A signed answer of OCSP begins with a SEQUENCE in which the status 0 comes first. */
const SUCCESSFUL = Buffer.from([0x0a, 0x01, 0x00]);

/** Clients that ask without a pause, on bare sockets so that asking costs little beside answering. */
export async function ask(load: Load): Promise<Measured> {
  const took: number[] = [];
  let failed = 0;
  let begun = 0;
  const start = performance.now();
  const over = () =>
    'times' in load.until ? begun >= load.until.times : performance.now() - start >= load.until.seconds * 1_000;

  const client = async () => {
    let connection: Connection | undefined;
    while (!over()) {
      begun += 1;
      const at = performance.now();
      connection ??= open(load.port);
      const body = await connection.exchange(message(load, load.request())).catch(() => undefined);
      if (body === undefined || body.indexOf(SUCCESSFUL) !== 4) failed += 1;
      took.push(performance.now() - at);
      if (!load.keepAlive || body === undefined) {
        connection.end();
        connection = undefined;
      }
    }
    connection?.end();
  };
  await Promise.all(Array.from({ length: load.clients }, client));
  const seconds = (performance.now() - start) / 1_000;
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN;
  const answers = took.length - failed;
  return { answers, perSecond: answers / seconds, p50Ms: at(0.5), p99Ms: at(0.99), failed };
}

function message({ path, keepAlive }: Load, body: Uint8Array): Buffer {
  const head =
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/ocsp-request\r\n` +
    `Content-Length: ${body.length}\r\nConnection: ${keepAlive ? 'keep-alive' : 'close'}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

type Connection = { exchange(request: Buffer): Promise<Buffer>; end(): void };

function open(port: number): Connection {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = Buffer.alloc(0);
  let waiting: { resolve: (body: Buffer) => void; reject: (error: Error) => void } | undefined;
  socket.on('data', (data) => {
    received = received.length === 0 ? data : Buffer.concat([received, data]);
    const body = bodyOf(received);
    if (!body) return;
    received = Buffer.alloc(0);
    waiting?.resolve(body);
  });
  socket.on('error', (error) => waiting?.reject(error));
  socket.on('close', () => waiting?.reject(new Error('closed')));
  return {
    exchange: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    end: () => void socket.destroy(),
  };
}

/** The body once it is whole; both servers say how long it is. */
function bodyOf(received: Buffer): Buffer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const length = Number(/content-length: *(\d+)/i.exec(received.toString('latin1', 0, end))?.[1] ?? Number.NaN);
  const body = received.subarray(end + 4);
  return body.length >= length ? body : undefined;
}
