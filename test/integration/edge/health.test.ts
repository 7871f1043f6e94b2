import { request } from 'node:http';
import { expect, test } from 'vitest';
import { systemClock } from '../../../core/clock.ts';
import { type Health, startHealth, tellHealth } from '../../../edge/health.ts';
import { startFeedRig, until } from '../../support/feed-rig.ts';

test('an edge says whether it enforces, which version, and how old that is', async () => {
  await using rig = await startFeedRig();
  const { feed } = await rig.connect();
  const health = await startHealth(0, feed, systemClock);
  try {
    await until(() => feed.status().lastHeartbeatAt);
    const answer = await fetch(`http://127.0.0.1:${health.port}/healthz`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    const told = (await answer.json()) as Health;
    const { epoch, version } = feed.status().place ?? {};
    expect(told).toMatchObject({ status: 'enforcing', version: `${epoch}.${version}`, connected: true, stale: false });
    expect(told.heardSecondsAgo).toBeGreaterThanOrEqual(0);
    expect(Date.parse(told.appliedAt ?? '')).toBeLessThanOrEqual(Date.now());
    expect(told.problems).toEqual([]);
  } finally {
    await health.stop();
  }
});

test('with nothing to enforce it is not healthy', () => {
  expect(tellHealth(nothing, new Date())).toEqual({
    status: 'waiting',
    version: null,
    appliedAt: null,
    waiting: null,
    connected: false,
    heardAt: null,
    heardSecondsAgo: null,
    stale: false,
    problems: [],
  });
});

test('it stays healthy, and says that it is old, when the api is gone', async () => {
  await using rig = await startFeedRig();
  const { feed } = await rig.connect();
  await until(() => feed.current());
  const health = await startHealth(0, feed, systemClock);
  try {
    await rig.stopApi();
    await until(() => feed.status().problems.length > 0);
    const answer = await fetch(`http://127.0.0.1:${health.port}/healthz`);
    expect(answer.status).toBe(200);
    const told = (await answer.json()) as Health;
    expect(told).toMatchObject({ status: 'enforcing', connected: false });
    expect(told.problems).not.toEqual([]);
  } finally {
    await health.stop();
  }
});

test('it answers one question, to this machine alone', async () => {
  const health = await startHealth(0, nothing, systemClock);
  const ask = (method: string, path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ host: '127.0.0.1', port: health.port, method, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  expect(await ask('GET', '/healthz?x')).toBe(404);
  expect(await ask('GET', '/')).toBe(404);
  expect(await ask('POST', '/healthz')).toBe(405);
  expect(await ask('HEAD', '/healthz')).toBe(503);
  await health.stop();
  await expect(fetch(`http://127.0.0.1:${health.port}/healthz`)).rejects.toThrow();
});

const nothing: Parameters<typeof startHealth>[1] = {
  current: () => undefined,
  status: () => ({
    account: undefined,
    place: undefined,
    appliedAt: undefined,
    waiting: undefined,
    connected: false,
    stale: false,
    lastHeartbeatAt: undefined,
    problems: [],
  }),
};
