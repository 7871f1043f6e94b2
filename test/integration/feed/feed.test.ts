import { expect, test } from 'vitest';
import { startFeedRig, until } from '../../support/feed-rig.ts';

test('an edge has what is bound and who is revoked, and hears of every change', async () => {
  await using rig = await startFeedRig();
  await rig.bind(['api.example.com']);
  const { feed } = await rig.connect();
  await until(() => feed.current()?.policy.hosts.length);
  const { id } = rig.authority.row;
  expect(feed.current()?.policy.hosts).toEqual([{ hostname: 'api.example.com', authorities: [id] }]);

  const one = await rig.issue();
  expect(feed.current()?.isRevoked(id, one.serial)).toBe(false);
  const [held] = await rig.change([one], 'held');
  await until(() => feed.current()?.isRevoked(id, one.serial));
  await rig.change([held as typeof one], 'active');
  await until(() => feed.current()?.isRevoked(id, one.serial) === false);

  await rig.bind(['api.example.com', '*.example.com']);
  await until(() => feed.current()?.policy.hosts.length === 2);
});
