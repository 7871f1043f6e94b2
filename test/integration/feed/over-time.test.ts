import { expect, test } from 'vitest';
import { FEED_KEY_LIFE_MS } from '../../../core/snapshot/feed-keys.ts';
import { insert } from '../../../core/store/plan.ts';
import type { Rule, Ruleset } from '../../../core/store/rows.ts';
import { ACCOUNT, startFeedRig, until } from '../../support/feed-rig.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The time of this computer, and a jump. */
function aJumpingClock() {
  let aheadMs = 0;
  return {
    now: () => new Date(Date.now() + aheadMs),
    jump: (ms: number) => {
      aheadMs += ms;
    },
  };
}

test('a certificate that has ended is taken out of what edges hold, within a day', async () => {
  const clock = aJumpingClock();
  await using rig = await startFeedRig({ clock });
  const { feed } = await rig.connect();
  const { id } = rig.authority.row;
  const soon = await rig.issue({ notAfter: new Date(clock.now().getTime() + HOUR_MS) });
  const late = await rig.issue({ notAfter: new Date(clock.now().getTime() + 90 * DAY_MS) });
  const held = await rig.issue({ notAfter: new Date(clock.now().getTime() + HOUR_MS) });
  await rig.change([soon, late], 'revoked');
  await rig.change([held], 'held');
  await until(() => [soon, late, held].every(({ serial }) => feed.current()?.isRevoked(id, serial)));
  const { version } = feed.status().place as { version: number };

  clock.jump(DAY_MS + HOUR_MS);
  await until(() => feed.current()?.isRevoked(id, soon.serial) === false);
  expect(feed.current()?.isRevoked(id, held.serial)).toBe(false);
  expect(feed.current()?.isRevoked(id, late.serial)).toBe(true);
  expect(feed.current()?.sets.get(id)?.count).toBe(1);
  // One version took both out, as a delta: nothing was fetched anew.
  expect(feed.status().place?.version).toBe(version + 1);
  expect((await rig.store.snapshot(ACCOUNT))?.deltas).toBeGreaterThan(0);
  // One that is revoked after its end is never put in.
  await rig.change([await rig.issue({ notAfter: new Date(clock.now().getTime() - HOUR_MS) })], 'revoked');
  await rig.change([await rig.issue({ notAfter: new Date(clock.now().getTime() + DAY_MS) })], 'revoked');
  await until(() => feed.current()?.sets.get(id)?.count === 2);
});

test('when the feed key is followed by another, edges go on: connected, away, and from the disk alone', async () => {
  const clock = aJumpingClock();
  await using rig = await startFeedRig({ clock });
  const connected = await rig.connect();
  const pin = await rig.pin();
  const away = await rig.connect();
  const { id } = rig.authority.row;
  const far = { notAfter: new Date(clock.now().getTime() + 5 * FEED_KEY_LIFE_MS) };
  const [one, two, three] = await rig.issueMany(3, far);
  if (!one || !two || !three) throw new Error('there are none');
  await rig.change([one], 'revoked');
  await until(() => [connected, away].every(({ feed }) => feed.current()?.isRevoked(id, one.serial)));
  await away.feed.stop();

  // A year later the next key signs; and again.
  for (const [keys, revoked] of [
    [2, two],
    [3, three],
  ] as const) {
    clock.jump(FEED_KEY_LIFE_MS + DAY_MS);
    await rig.change([revoked], 'revoked');
    await until(() => connected.feed.current()?.isRevoked(id, revoked.serial));
    expect(await rig.store.feedKeys(ACCOUNT)).toHaveLength(keys);
    await until(() => connected.feed.status().problems.length === 0, 20_000);
  }
  // One that is added now begins with what the first key has signed.
  const added = await rig.connect({ trust: pin });
  await until(() => added.feed.current()?.isRevoked(id, three.serial));

  const back = await rig.startFeed(away.credential, { trust: pin });
  expect(back.current()?.isRevoked(id, one.serial)).toBe(true);
  expect(back.current()?.isRevoked(id, three.serial)).toBe(false);
  await until(() => back.current()?.isRevoked(id, three.serial));
  expect(back.current()?.isRevoked(id, two.serial)).toBe(true);

  await Promise.all([connected.feed.stop(), back.stop()]);
  await rig.stopApi();
  for (const { credential } of [connected, away]) {
    const alone = await rig.startFeed(credential, { trust: pin });
    expect([one, two, three].map(({ serial }) => alone.current()?.isRevoked(id, serial))).toEqual([true, true, true]);
    expect(alone.status().problems.filter((problem) => problem.includes('disk'))).toEqual([]);
  }
}, 60_000);

test('a key that the pinned one has not named is not followed', async () => {
  const clock = aJumpingClock();
  await using rig = await startFeedRig({
    clock,
    wrap: (store) =>
      new Proxy(store, {
        get: (target, name: keyof typeof store) =>
          name === 'feedKeys'
            ? async (accountId: string) =>
                (await store.feedKeys(accountId)).map((key) => ({
                  ...key,
                  successor: key.successor && { ...key.successor, signature: 'A'.repeat(86).concat('==') },
                }))
            : Reflect.get(target, name, target),
      }),
  });
  const { feed } = await rig.connect();
  const { id } = rig.authority.row;
  const one = await rig.issue({ notAfter: new Date(clock.now().getTime() + 5 * FEED_KEY_LIFE_MS) });
  clock.jump(FEED_KEY_LIFE_MS + DAY_MS);
  await rig.change([one], 'revoked');
  await until(async () => (await rig.store.snapshot(ACCOUNT))?.snapshot !== feed.status().place?.version);
  await until(() => feed.status().problems.some((problem) => problem.includes('refused')));
  expect(feed.current()?.isRevoked(id, one.serial)).toBe(false);
});

test('what a rule says of its times is in what edges enforce', async () => {
  await using rig = await startFeedRig();
  const { feed } = await rig.connect();
  const at = new Date();
  const row = { accountId: ACCOUNT, siteId: rig.site.id, createdAt: at, updatedAt: at, deletedAt: null, version: 1 };
  const expression = 'http.host eq "api.example.com" and not tls_client_auth.cert_verified';
  const rule = (number: number, config: Rule['config']): Rule => ({
    ...row,
    id: `rule-${number}`,
    rulesetId: 'set',
    number,
    name: 'mtls',
    expression,
    action: 'deny',
    status: 'on',
    createdBy: 'U0ADA',
    config: { Expression: expression, Action: 'deny', ...config },
    acceptedGaps: [],
  });
  const order = ['rule-1', 'rule-2', 'rule-3'];
  const set: Ruleset = { ...row, id: 'set', number: 1, name: 'set', phase: 'http_custom', status: 'on', order };
  const Periods = [{ Start: '2026-01-01T00:00:00Z', End: '2026-01-02T00:00:00Z', Note: 'x' }];
  await rig.store.commit([
    insert('rulesets', set),
    insert('rules', rule(1, { Timer: { Scopes: 'permanent' } })),
    insert('rules', rule(2, { Timer: { Scopes: 'periods', Periods } })),
    insert('rules', rule(3, { Timer: { Scopes: 'weekly', WeeklyPeriods: [{ Days: '1,3', DailyPeriods: [] }] } })),
  ]);
  await until(() => feed.current()?.policy.rules.length);
  expect(feed.current()?.policy.rules.map(({ timer }) => timer)).toEqual([
    undefined,
    { Scopes: 'periods', Periods: [{ Start: '2026-01-01T00:00:00Z', End: '2026-01-02T00:00:00Z' }] },
    { Scopes: 'weekly', Zone: 0, WeeklyPeriods: [{ Days: '1,3', DailyPeriods: [] }] },
  ]);
});
