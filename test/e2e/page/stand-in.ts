import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSync } from 'esbuild';
import type { Acts, Scene, SharedFile } from '../../../sandbox/contract.ts';

/**
 * A server that knows nothing of Slack: it serves the page under its strict policy, shows it the scenes a test makes up,
 * and records what people do on it.
 */
export type StandIn = AsyncDisposable & {
  url: string;
  show: (scene: Scene) => void;
  /** The next act of this kind that no test has looked at yet. */
  nextAct: <Act extends keyof Acts>(act: Act) => Promise<Acts[Act]>;
  /** How many acts of this kind nobody has looked at. */
  unseen: (act: keyof Acts) => number;
  /** Files that were sent ahead of a form: name and content. */
  uploads: [name: string, content: string][];
  /** What acts of this kind (or uploads) are answered from now on; by default 200 `{}` (or the file). */
  answer: (act: keyof Acts | 'upload', status: number, body: () => object | Promise<object>) => void;
  /** Ends every stream, as a restart of the sandbox does. */
  dropStreams: () => void;
  /** The persons that streams were opened for, in order. */
  openedFor: string[];
};

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'";
const PAGE = new URL('../../../sandbox/page/', import.meta.url);

const bundle = buildSync({
  entryPoints: [new URL('main.ts', PAGE).pathname],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  write: false,
}).outputFiles[0]?.text;

export async function startStandIn(first: Scene): Promise<StandIn> {
  let scene = first;
  const streams = new Set<ServerResponse>();
  const openedFor: string[] = [];
  const uploads: StandIn['uploads'] = [];
  const recorded: { act: string; body: unknown }[] = [];
  const answers = new Map<string, { status: number; body: () => object | Promise<object> }>();
  const happened = new EventEmitter().setMaxListeners(0);

  const send = (stream: ServerResponse) => stream.write(`data: ${JSON.stringify(scene)}\n\n`);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/page/events') {
      openedFor.push(searchParams.get('as') ?? '');
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      streams.add(response);
      response.on('close', () => streams.delete(response));
      send(response);
      return;
    }
    if (pathname.startsWith('/page/file/')) {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' });
      response.end('bytes');
      return;
    }
    if (pathname === '/page/upload') {
      const name = searchParams.get('name') ?? '';
      const bytes = await textOf(request);
      uploads.push([name, bytes]);
      const { status, body } = answers.get('upload') ?? { status: 200, body: () => ({ file: uploaded(name, bytes) }) };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(await body()));
      return;
    }
    if (pathname.startsWith('/page/')) {
      const act = pathname.slice('/page/'.length);
      recorded.push({ act, body: JSON.parse(await textOf(request)) });
      happened.emit('act');
      const { status, body } = answers.get(act) ?? { status: 200, body: () => ({}) };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(await body()));
      return;
    }
    const [type, body] = await asset(pathname);
    response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(body);
  }

  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const take = (act: string): unknown => {
    const index = recorded.findIndex((entry) => entry.act === act);
    return index < 0 ? undefined : recorded.splice(index, 1)[0]?.body;
  };

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openedFor,
    uploads,
    show: (next) => {
      scene = next;
      for (const stream of streams) send(stream);
    },
    nextAct: async <Act extends keyof Acts>(act: Act) => {
      for (;;) {
        const body = take(act);
        if (body !== undefined) return body as Acts[Act];
        await once(happened, 'act');
      }
    },
    unseen: (act) => recorded.filter((entry) => entry.act === act).length,
    answer: (act, status, body) => answers.set(act, { status, body }),
    dropStreams: () => {
      for (const stream of streams) stream.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const uploaded = (name: string, content: string): SharedFile => ({
  id: `F0${name.toUpperCase().replace(/[^A-Z]/g, '')}`,
  name,
  title: name,
  sizeBytes: content.length,
  kind: 'Plain Text',
});

async function asset(pathname: string): Promise<[string, string]> {
  if (pathname === '/main.js') return ['text/javascript', bundle ?? ''];
  if (pathname === '/style.css') return ['text/css', await readFile(new URL('style.css', PAGE), 'utf8')];
  return ['text/html; charset=utf-8', await readFile(new URL('index.html', PAGE), 'utf8')];
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
