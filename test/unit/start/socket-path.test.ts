import { expect, test } from 'vitest';
import { socketPath } from '../../../start/redis/private.ts';

test('lies beside the data when the path is short enough', () => {
  expect(socketPath('/srv/countersign/redis')).toBe('/srv/countersign/redis/redis.sock');
});

test.each([
  ['is too long for a socket', `/srv/${'long'.repeat(30)}/redis`],
  ['has characters a URL would escape', '/srv/my data/redis'],
])('lies in a short folder, always the same, when the path %s', (_, folder) => {
  const path = socketPath(folder, '/tmp');
  expect(path).toMatch(/^\/tmp\/countersign-\d+-[0-9a-f]{16}\/redis\.sock$/);
  expect(socketPath(folder, '/tmp')).toBe(path);
  expect(socketPath(`${folder}2`, '/tmp')).not.toBe(path);
});

test('does without the temporary folder when that is too long itself', () => {
  expect(socketPath('/srv/my data/redis', `/var/${'long'.repeat(30)}`)).toMatch(/^\/tmp\/countersign-/);
});
