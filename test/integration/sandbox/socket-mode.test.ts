import { once } from 'node:events';
import { WebClient } from '@slack/web-api';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Sandbox, startSandbox } from '../../../sandbox/server/sandbox.ts';

async function connect(
  sandbox: Sandbox,
): Promise<{ socket: WebSocket; url: string; next: () => Promise<Record<string, unknown>> }> {
  const client = new WebClient(sandbox.appToken, { slackApiUrl: sandbox.apiUrl });
  const { url } = await client.apps.connections.open();
  const socket = new WebSocket(String(url));
  const next = async () => JSON.parse(String((await once(socket, 'message'))[0])) as Record<string, unknown>;
  expect(await next()).toMatchObject({ type: 'hello', num_connections: sandbox.socket.connections });
  return { socket, url: String(url), next };
}

it('envelopes go to one connection at a time and are acknowledged by id', async () => {
  await using sandbox = await startSandbox();
  const [one, two] = [await connect(sandbox), await connect(sandbox)];
  const alice = sandbox.person('U0ALICE');
  const seen: string[] = [];
  for (const [name, { socket }] of Object.entries({ one, two })) {
    socket.on('message', (data) => {
      const { envelope_id, type } = JSON.parse(String(data)) as { envelope_id: string; type: string };
      seen.push(`${name} ${type}`);
      socket.send(JSON.stringify({ envelope_id, payload: { text: name } }));
    });
  }
  await alice.command('C0GENERAL', 'x');
  await alice.command('C0GENERAL', 'x');
  expect(seen.sort()).toEqual(['one slash_commands', 'two slash_commands']);
  expect(
    alice
      .ephemerals('C0GENERAL')
      .map(({ text }) => text)
      .sort(),
  ).toEqual(['one', 'two']);
});

it('a connection is warned before it is recycled; its ticket is spent, a new one works', async () => {
  await using sandbox = await startSandbox();
  const first = await connect(sandbox);
  sandbox.socket.recycle();
  expect(await first.next()).toEqual({ type: 'disconnect', reason: 'refresh_requested' });
  first.socket.close();
  await once(first.socket, 'close');
  const again = new WebSocket(first.url);
  expect(String((await once(again, 'error'))[0])).toContain('401');
  await connect(sandbox);
  expect(sandbox.socket.connections).toBe(1);
});
