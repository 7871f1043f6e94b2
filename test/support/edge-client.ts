import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type SecureVersion, type TLSSocket } from 'node:tls';

export type EdgeAddress = {
  host: string;
  port: number /** PEM of the authority of the servers' certificates. */;
  ca: string;
};
export type ClientIdentity = { certificate: string; key: string };

export type Asked = {
  /** Undefined: no certificate. */
  client?: ClientIdentity | undefined;
  /** Null: no SNI. */
  sni: string | null;
  /** Of the request; the SNI unless it is said. */
  host?: string;
  tls?: SecureVersion;
  http?: '1.1' | '2';
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
};

export type Answered =
  | { status: number; headers: Record<string, string | string[] | undefined>; body: string }
  /** TLS was refused, or the connection ended without an answer. */
  | { refused: string };

/** Opens TLS with exactly this SNI; rejects when it is refused. */
export function openTls(
  edge: EdgeAddress,
  asked: Pick<Asked, 'client' | 'sni' | 'tls'>,
  more: ConnectionOptions = {},
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      socket: connectTcp({ host: edge.host, port: edge.port }),
      ca: edge.ca,
      checkServerIdentity: () => undefined,
      ...(asked.sni === null ? {} : { servername: asked.sni }),
      ...(asked.tls ? { minVersion: asked.tls, maxVersion: asked.tls } : {}),
      ...(asked.client ? { cert: asked.client.certificate, key: asked.client.key } : {}),
      ...more,
    });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.once('secureConnect', () => resolve(socket));
  });
}

/** One request on a connection of its own. */
export async function askEdge(edge: EdgeAddress, asked: Asked): Promise<Answered> {
  try {
    if (asked.http === '2') return await askHttp2(edge, asked);
    const socket = await openTls(edge, asked, { ALPNProtocols: ['http/1.1'] });
    const answer = await askOn(socket, asked);
    socket.destroy();
    return answer;
  } catch (error) {
    return { refused: (error as { code?: string }).code ?? (error as Error).message };
  }
}

/** A request in HTTP/1.1, written out by hand so that nothing corrects it, on an open connection. */
export function askOn(
  socket: TLSSocket,
  asked: Omit<Asked, 'client' | 'sni'> & { sni?: string | null },
): Promise<Answered> {
  const { method = 'GET', path = '/', headers = {}, body } = asked;
  const lines = Object.entries({
    host: asked.host ?? asked.sni ?? '',
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  if (body !== undefined) socket.write(body);
  return readAnswer(socket, method);
}

/** Octets as they are, and the first answer to them. */
export function sendRaw(socket: TLSSocket, octets: string | Buffer): Promise<Answered> {
  socket.write(octets);
  return readAnswer(socket, 'GET');
}

/** The next whole answer in HTTP/1.1. */
export function readAnswer(socket: TLSSocket, method: string): Promise<Answered> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    // Until so much has arrived, there is nothing to be looked at.
    let needed = 0;
    const fail = () => undefined;
    const end = (answer: Answered) => {
      socket.off('error', fail);
      socket.off('data', take);
      socket.off('close', closed);
      resolve(answer);
    };
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size < needed) return;
      const all = Buffer.concat(chunks.splice(0));
      chunks.push(all);
      const answer = parseAnswer(all, method, false);
      if (answer) return end(answer);
      const head = all.indexOf('\r\n\r\n');
      const length = /\r\ncontent-length: (\d+)/i.exec(all.toString('latin1', 0, Math.max(head, 0)))?.[1];
      if (length) needed = head + 4 + Number(length);
    };
    const closed = () => end(parseAnswer(Buffer.concat(chunks), method, true) ?? { refused: 'closed' });
    socket.on('error', fail);
    socket.on('data', take);
    socket.once('close', closed);
  });
}

function parseAnswer(received: Buffer, method: string, isClosed: boolean): Answered | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = received.toString('latin1', 0, end).split('\r\n');
  const status = Number(first.split(' ')[1]);
  if (status === 100) return parseAnswer(received.subarray(end + 4), method, isClosed);
  const headers: Record<string, string> = {};
  for (const line of lines)
    headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim();
  const rest = received.subarray(end + 4);
  const done = (body: Buffer) => ({ status, headers, body: body.toString('utf8') });
  if (method === 'HEAD' || status === 204 || status === 304 || status === 101) return done(Buffer.alloc(0));
  if (headers['content-length'] !== undefined) {
    const length = Number(headers['content-length']);
    return rest.length >= length ? done(rest.subarray(0, length)) : undefined;
  }
  if (headers['transfer-encoding'] === 'chunked') {
    const parts: Buffer[] = [];
    for (let offset = 0; ; ) {
      const line = rest.indexOf('\r\n', offset);
      if (line === -1) return undefined;
      const size = Number.parseInt(rest.toString('latin1', offset, line), 16);
      if (size === 0) return done(Buffer.concat(parts));
      if (rest.length < line + 2 + size + 2) return undefined;
      parts.push(rest.subarray(line + 2, line + 2 + size));
      offset = line + 2 + size + 2;
    }
  }
  return isClosed ? done(rest) : undefined;
}

async function askHttp2(edge: EdgeAddress, asked: Asked): Promise<Answered> {
  const socket = await openTls(edge, asked, { ALPNProtocols: ['h2'] });
  const session = connectHttp2(`https://${asked.sni ?? edge.host}`, { createConnection: () => socket });
  session.on('error', () => undefined);
  try {
    return await askStream(session, asked);
  } finally {
    session.destroy();
  }
}

/** A request as one more stream of an HTTP/2 connection. */
export function askStream(session: ReturnType<typeof connectHttp2>, asked: Omit<Asked, 'client'>): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const stream = session.request(
      {
        ':method': asked.method ?? 'GET',
        ':path': asked.path ?? '/',
        ':authority': asked.host ?? asked.sni ?? '',
        ...asked.headers,
      },
      { endStream: asked.body === undefined },
    );
    let head: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.once('response', (headers) => {
      head = headers;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () =>
      resolve({ status: Number(head[':status']), headers: head, body: Buffer.concat(chunks).toString('utf8') }),
    );
    stream.once('error', reject);
    session.once('close', () => reject(new Error('closed')));
    if (asked.body !== undefined) stream.end(asked.body);
  });
}
