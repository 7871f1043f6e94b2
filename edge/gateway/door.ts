import { createServer, type Server, type Socket } from 'node:net';
import { normaliseHostname } from '../decide/hostname.ts';
import { MAX_HELLO, peekClientHello } from './client-hello.ts';

/** TLS alert, fatal: unrecognized_name (RFC 6066 3). */
const UNRECOGNIZED_NAME = Uint8Array.of(21, 3, 1, 0, 2, 2, 112);
/** Octet by octet is allowed, endlessly is not: what has arrived is read anew each time. */
const MAX_CHUNKS = 1_024;
const NOT_TLS =
  'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\nThis port speaks HTTPS.\n';

/**
 * Takes connections in, reads which hostname is asked for, and hands each on with everything that was read still in
 * front of it. Who sends nothing, something else, no name or an unknown one goes no further.
 */
export function makeDoor(options: {
  maxConnections: number;
  helloTimeoutMs: number;
  /** @returns false when the hostname is not served here */
  admit(hostname: string, socket: Socket): boolean;
  refused(why: string): void;
}): Server {
  const server = createServer(
    { pauseOnConnect: false, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
    (socket) => {
      receiveHello(socket, options);
    },
  );
  server.maxConnections = options.maxConnections;
  // One refused beyond the limit has nothing to be told: it would cost what is missing.
  server.on('drop', () => options.refused('too_many_connections'));
  return server;
}

function receiveHello(socket: Socket, { helloTimeoutMs, admit, refused }: Parameters<typeof makeDoor>[0]): void {
  const chunks: Buffer[] = [];
  let received = 0;
  const leave = () => {
    clearTimeout(timer);
    socket.off('readable', read);
    socket.off('error', drop);
    socket.off('end', drop);
  };
  const refuse = (why: string, words?: Uint8Array | string) => {
    leave();
    refused(why);
    socket.on('error', () => undefined);
    if (words === undefined) socket.destroy();
    else socket.end(words, () => socket.destroy());
  };
  const drop = () => refuse('gone');
  const read = () => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      chunks.push(chunk);
      received += chunk.length;
    }
    const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    if (all.length === 0) return;
    const peeked = peekClientHello(all);
    // Records add five octets to each fragment.
    if (peeked.state === 'more') {
      if (received > 2 * MAX_HELLO || chunks.length > MAX_CHUNKS) refuse('hello_too_long');
      return;
    }
    if (peeked.state === 'garbage')
      return refuse('no_tls', /^[A-Z]{3,10} /.test(all.toString('latin1', 0, 12)) ? NOT_TLS : undefined);
    if (peeked.state === 'nameless') return refuse('no_server_name', UNRECOGNIZED_NAME);
    const hostname = normaliseHostname(peeked.serverName);
    leave();
    socket.unshift(all);
    if (hostname === undefined || !admit(hostname, socket)) refuse('unknown_server_name', UNRECOGNIZED_NAME);
  };
  const timer = setTimeout(() => refuse('hello_timeout'), helloTimeoutMs);
  socket.on('error', drop);
  socket.on('end', drop);
  socket.on('readable', read);
}
