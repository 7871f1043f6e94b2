import { request } from 'node:http';
import type { Scene } from '../../../sandbox/contract.ts';
import type { Sandbox } from '../../../sandbox/server/sandbox.ts';

type Reply = { status: number; headers: Record<string, unknown>; body: string };

/** `fetch` may set neither Host nor Origin. */
export function ask(
  sandbox: Sandbox,
  path: string,
  options: { method?: string; headers?: object; body?: string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${sandbox.url}${path}`,
      { method: options.method ?? 'GET', headers: { ...options.headers } },
      (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    call.on('error', reject);
    call.end(options.body);
  });
}

export async function logIn(sandbox: Sandbox): Promise<string> {
  const { headers } = await ask(sandbox, `/?token=${sandbox.pageToken}`);
  return String(headers['set-cookie']).split(';')[0] ?? '';
}

/** A window as the page opens it: a stream of scenes, and acts. */
export async function openWindow(sandbox: Sandbox, userId: string) {
  const cookie = await logIn(sandbox);
  const stop = new AbortController();
  const response = await fetch(`${sandbox.url}/page/events?as=${userId}`, { headers: { cookie }, signal: stop.signal });
  const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  const next = async (): Promise<Scene> => {
    for (;;) {
      const end = buffer.indexOf('\n\n');
      const event = end >= 0 ? buffer.slice(0, end) : undefined;
      if (event !== undefined) buffer = buffer.slice(end + 2);
      if (event?.startsWith('data: ')) return JSON.parse(event.slice('data: '.length)) as Scene;
      if (event === undefined) buffer += (await reader.read()).value ?? '';
    }
  };
  const first = await next();
  return {
    first,
    until: async (holds: (scene: Scene) => boolean): Promise<Scene> => {
      let scene = await next();
      while (!holds(scene)) scene = await next();
      return scene;
    },
    act: async (act: string, body: object): Promise<[number, Record<string, unknown>]> => {
      const headers = { cookie, 'content-type': 'application/json', origin: sandbox.url };
      const answer = await ask(sandbox, `/page/${act}`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ client: first.client, ...body }),
      });
      return [answer.status, JSON.parse(answer.body) as Record<string, unknown>];
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}
