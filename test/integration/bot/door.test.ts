import { request as httpRequest } from 'node:http';
import { createConnection } from 'node:net';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { sign } from '../../../sandbox/server/delivery.ts';
import { type BotRig, end, seed, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';

async function countRequests(rig: BotRig): Promise<number> {
  const db = new Database(rig.store.path, { readonly: true });
  try {
    return (db.prepare('select count(*) as n from requests').get() as { n: number }).n;
  } finally {
    db.close();
  }
}

describe('the door for Slack', () => {
  it('lets in a signed request, once', async () => {
    await using rig = await startBotRig({ carryOut: (request, store) => end(store, request, 'done', 'Added.') });
    await seed(rig.store);
    const ada = rig.sandbox.person('U0ADA');
    const payload = ada.payload.command(WHERE, 'site add second.example');
    const first = await ada.send(payload, { kind: 'slash_commands' });
    expect(first).toMatchObject({ status: 200, body: { text: 'Added.' } });
    const again = await ada.send(payload, { kind: 'slash_commands' });
    expect(again.status).toBe(401);
    expect(await countRequests(rig)).toBe(1);
  });

  it.each([
    ['unsigned', () => ({ signature: '' })],
    ['signed with another secret', () => ({ signingSecret: 'another-secret' })],
    ['old', (now: number) => ({ timestamp: now - 301 })],
    ['from the future', (now: number) => ({ timestamp: now + 301 })],
  ])('keeps out what is %s', async (_, overrides) => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const ada = rig.sandbox.person('U0ADA');
    const payload = ada.payload.command(WHERE, 'site add second.example');
    const seconds = Math.floor(rig.clock.now().getTime() / 1000);
    const answer = await ada.send(payload, { kind: 'slash_commands', ...overrides(seconds) });
    expect(answer).toEqual({ status: 401, body: undefined });
    expect(await countRequests(rig)).toBe(0);
    expect(rig.announced).toEqual([]);
  });

  it('knows the same request in another dress', async () => {
    await using rig = await startBotRig({ carryOut: (request, store) => end(store, request, 'done', 'Added.') });
    await seed(rig.store);
    const ada = rig.sandbox.person('U0ADA');
    const payload = ada.payload.command(WHERE, 'site add second.example');
    await ada.send(payload, { kind: 'slash_commands' });
    // Signed anew a second later, as a person's client would not do but a proxy that repeats might.
    rig.clock.advance(1000);
    const again = await ada.send(payload, { kind: 'slash_commands' });
    expect(again).toMatchObject({ status: 200, body: { text: 'Added.' } });
    expect(await countRequests(rig)).toBe(1);
  });

  it.each([
    ['JSON null', 'application/json', 'null', 400],
    ['JSON that is none', 'application/json', '{', 400],
    ['a form whose payload is null', 'application/x-www-form-urlencoded', 'payload=null', 400],
    ['a form whose payload is none', 'application/x-www-form-urlencoded', 'payload=%7B', 400],
    ['an empty body', 'application/json', '', 400],
    ['a challenge', 'application/json', JSON.stringify({ type: 'url_verification', challenge: 'c' }), 200],
    ['a charset beside the type', 'application/json; charset=utf-8', JSON.stringify({ type: 'url_verification' }), 200],
    [
      'a payload without a person',
      'application/x-www-form-urlencoded',
      `payload=${encodeURIComponent('{"type":"block_actions","actions":[{}]}')}`,
      500,
    ],
  ])('stays up after %s', async (_, contentType, body, status) => {
    await using rig = await startBotRig();
    expect((await post(rig, body, { 'content-type': contentType })).status).toBe(status);
    expect((await fetch(`${rig.url}/healthz`)).status).toBe(200);
  });

  it('refuses more than a megabyte, whether it is announced or not', async () => {
    await using rig = await startBotRig();
    const big = 'x'.repeat(1024 * 1024 + 1);
    expect(await rawPost(rig, { 'content-length': String(big.length) }, '')).toBe(413);
    expect(await rawPost(rig, { 'transfer-encoding': 'chunked' }, big)).toBe(413);
  });

  it('has one path for Slack and one for health', async () => {
    await using rig = await startBotRig();
    const status = async (method: string, path: string) => (await fetch(`${rig.url}${path}`, { method })).status;
    expect(await status('GET', '/healthz')).toBe(200);
    expect(await status('HEAD', '/healthz')).toBe(200);
    expect(await status('POST', '/healthz')).toBe(404);
    expect(await status('GET', '/slack/events')).toBe(405);
    expect(await status('POST', '/slack/events')).toBe(401);
    expect(await status('POST', '/slack/other')).toBe(404);
    expect(await status('GET', '/slack/install')).toBe(404);
    expect(await status('GET', '//')).toBe(404);
  });

  it('says that nothing was recorded while the database is busy', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const ada = rig.sandbox.person('U0ADA');
    const lock = new Database(rig.store.path);
    lock.exec('begin immediate');
    try {
      const begunAt = performance.now();
      const answer = await ada.send(ada.payload.command(WHERE, 'site add second.example'), { kind: 'slash_commands' });
      expect(answer).toMatchObject({ status: 200, body: { text: expect.stringContaining('not recorded') } });
      expect(performance.now() - begunAt).toBeLessThan(2_500);
      // Slack repeats events by itself.
      expect((await ada.send(ada.payload.homeOpened(), { kind: 'events_api' })).status).toBe(503);
    } finally {
      lock.exec('rollback');
      lock.close();
    }
    expect(await countRequests(rig)).toBe(0);
  });

  it('says 503 on the connections that are still open while it drains', async () => {
    const rig = await startBotRig();
    await using _ = rig;
    const socket = createConnection(Number(new URL(rig.url).port), '127.0.0.1');
    const answers: string[] = [];
    const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    // Half a request keeps the connection busy until the bot drains.
    socket.write('GET /healthz HTTP/1.1\r\n');
    await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
    await fetch(`${rig.url}/healthz`, { headers: { connection: 'close' } });
    socket.on('data', (chunk) => answers.push(String(chunk)));
    const stopped = rig.bot.stop();
    socket.write('Host: x\r\n\r\n');
    await Promise.all([ended, stopped]);
    expect(answers.join('')).toMatch(/^HTTP\/1.1 503 /);
    await expect(fetch(`${rig.url}/healthz`)).rejects.toThrow();
  });
});

function post(rig: BotRig, body: string, headers: Record<string, string>): Promise<Response> {
  const time = Math.floor(rig.clock.now().getTime() / 1000);
  return fetch(`${rig.url}/slack/events`, {
    method: 'POST',
    body,
    headers: {
      ...headers,
      'x-slack-request-timestamp': String(time),
      'x-slack-signature': sign(rig.sandbox.signingSecret, time, body),
    },
  });
}

function rawPost(rig: BotRig, headers: Record<string, string>, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${rig.url}/slack/events`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
      request.destroy();
    });
    request.on('error', reject);
    if (body === '') request.flushHeaders();
    else request.end(body);
  });
}
