import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CountersignError } from '../../../core/errors.ts';
import { type ApiRig, startApiRig } from '../../support/api-rig.ts';

let rig: ApiRig;
let failure: Error | undefined;
beforeAll(async () => {
  rig = await startApiRig((store) => {
    const failing = async () => {
      if (failure) throw failure;
    };
    return {
      ...store,
      countAccounts: () => failing().then(() => store.countAccounts()),
      authority: (id) => failing().then(() => store.authority(id)),
    };
  });
});
afterAll(() => rig[Symbol.asyncDispose]());

const get = (path: string, init: RequestInit = {}) => fetch(`${rig.url}${path}`, init);

describe('health', () => {
  test('the process lives, and is ready while the database answers', async () => {
    failure = new CountersignError('busy');
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(503);
    failure = undefined;
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/readyz', { method: 'HEAD' })).status).toBe(200);
    expect((await get('/healthz', { method: 'POST' })).headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('a problem', () => {
  test('is told as RFC 9457 wants it, to be kept nowhere', async () => {
    const response = await get('/nowhere');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'http_404',
      detail: 'There is nothing at this address.',
    });
  });

  test('of a known kind has its status, its words, and when to ask again', async () => {
    failure = new CountersignError('rate_limited', { details: { retryAfterSeconds: 7 } });
    const response = await get('/ca/x.cer');
    failure = undefined;
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await response.json()).toMatchObject({ title: 'Too Many Requests', code: 'rate_limited' });
  });

  test('of ours says no more than the number of an incident, which the log explains', async () => {
    failure = new Error('no such table: secrets at /place/of/ours');
    const response = await get('/ca/x.cer?secret=in-the-query');
    failure = undefined;
    expect(response.status).toBe(500);
    const body = await response.text();
    expect(body).not.toMatch(/table|place|stack|at \//);
    const { incident } = JSON.parse(body) as { incident: string };
    expect(incident).toMatch(/^[0-9a-f]{8}$/);
    expect(rig.log.find((line) => line.includes(incident))).toContain('no such table');
    expect(rig.log.join('')).not.toContain('in-the-query');
  });
});

describe('nonsense', () => {
  const CASES: [string, string, RegExp][] = [
    ['that is not HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['with a broken escape', 'GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'with a name that is too long',
      `GET /ca/${'x'.repeat(500)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      /^HTTP\/1\.1 414 /,
    ],
    [
      'with headers that are too large',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    ['without a host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'with two lengths',
      'POST /ocsp/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'with a length and chunks',
      'POST /ocsp/x HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'with a length of 4 GiB',
      'POST /ocsp/x HTTP/1.1\r\nhost: x\r\ncontent-type: application/ocsp-request\r\ncontent-length: 4294967296\r\n\r\n',
      /^HTTP\/1\.1 413 /,
    ],
    [
      'in endless chunks',
      `POST /ocsp/x HTTP/1.1\r\nhost: x\r\ncontent-type: application/ocsp-request\r\ntransfer-encoding: chunked\r\n\r\n${`1000\r\n${'x'.repeat(4096)}\r\n`.repeat(5)}`,
      /^HTTP\/1\.1 413 /,
    ],
  ];
  test.each(CASES)('%s is refused, and the connection closed', async (_, text, expected) => {
    const { answer } = await send(text);
    expect(answer).toMatch(expected);
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  test('that comes drop by drop is cut off', { timeout: 40_000 }, async () => {
    const { answer, ms } = await send('GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ');
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(ms).toBeLessThan(20_000);
  });
});

test('stopping ends what is idle at once, and what is asked then gets no answer', async () => {
  await using other = await startApiRig();
  const idle = connect(other.port, '127.0.0.1');
  await once(idle, 'connect');
  idle.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(idle, 'data');
  const closed = once(idle, 'close');
  await other.api.stop();
  await closed;
  await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
});

/** Sends these octets and waits for the other side to close. */
async function send(text: string): Promise<{ answer: string; ms: number }> {
  const socket = connect(rig.port, '127.0.0.1');
  const start = performance.now();
  socket.write(text);
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return { answer, ms: performance.now() - start };
}
