import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** What an origin behind an edge has received. */
export type Echo = {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  bytes: number;
  sha256: string;
};

/**
 * An origin that says what it was asked: JSON of the request, with the length and hash of its body. Special paths:
 * `/stream` sends a line at once and the rest only when `release` is called, `/large?N` sends N octets, `/status?N`
 * answers with N, `/slow` never answers, `/break` ends in the middle of its body. WebSockets are echoed.
 */
export async function startEchoOrigin() {
  const received: Echo[] = [];
  const held = new Set<() => void>();
  const gone: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    response.once('close', () => {
      if (!response.writableFinished) gone.push(url);
    });
    const number = Number(url.split('?')[1] ?? 0);
    if (url.startsWith('/slow')) return;
    if (url.startsWith('/stream')) {
      response.write('first\n');
      const release = () => response.end('last\n');
      held.add(release);
      return;
    }
    if (url.startsWith('/break')) {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('only this');
      setImmediate(() => request.socket.destroy());
      return;
    }
    if (url.startsWith('/large')) {
      response.writeHead(200, { 'content-length': number });
      const chunk = Buffer.alloc(65_536, 0x61);
      let left = number;
      const send = () => {
        while (left > 0) {
          const size = Math.min(left, chunk.length);
          left -= size;
          if (!response.write(chunk.subarray(0, size))) return void response.once('drain', send);
        }
        response.end();
      };
      return send();
    }
    void readBody(request).then((body) => {
      const echo = {
        method: request.method ?? '',
        url,
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        ...body,
      };
      received.push(echo);
      if (url.startsWith('/status')) response.statusCode = number;
      response.setHeader('content-type', 'application/json');
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      response.end(JSON.stringify(echo));
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/declined') {
      socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 4\r\nconnection: close\r\n\r\nnope');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.send(JSON.stringify(request.headers));
      ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary }));
      ws.on('error', () => undefined);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    /** Paths whose answer was broken off by the other side. */
    gone,
    release() {
      for (const one of held) one();
      held.clear();
    },
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readBody(request: IncomingMessage): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      hash.update(chunk);
    }
  } catch {
    // The client has gone; what has arrived is what is told.
  }
  return { bytes, sha256: hash.digest('hex') };
}
