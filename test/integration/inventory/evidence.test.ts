import { beforeEach, describe, expect, it } from 'vitest';
import { evidenceOf, evidenceOfMany, evidenceOfManyText, evidenceText } from '../../../core/inventory/evidence.ts';
import {
  recordSightings,
  type SightingsReport,
  sightingsSchema,
  USAGE_KEPT_MS,
} from '../../../core/inventory/sightings.ts';
import { insert } from '../../../core/store/plan.ts';
import { aCertificate } from '../../support/rows.ts';
import { type TemporaryStore, temporaryStore } from '../../support/store.ts';

const NOW = new Date('2026-03-01T12:30:00Z');
const ACCOUNT = 'T0ACME';
const hour = (back: number) => new Date(Date.parse('2026-03-01T12:00:00Z') - back * 3_600_000).toISOString();

let store: TemporaryStore;
beforeEach(async () => {
  store = temporaryStore();
  const certificate = Buffer.from([0x30, 0]);
  const row = (id: string, serial: string, accountId = ACCOUNT) =>
    insert(
      'certificates',
      aCertificate({ id, serial, requestId: id, accountId, authorityId: `a-${accountId}`, certificate }),
    );
  await store.commit([row('c1', '11'), row('c2', '22'), row('c3', '33'), row('other', '44', 'T0OTHER')]);
  return () => store[Symbol.asyncDispose]();
});

type Seen = SightingsReport['seen'][number];
const seen = (set: Partial<Seen> = {}): Seen => ({
  authorityId: `a-${ACCOUNT}`,
  serial: '11',
  hostname: 'api.example.com',
  lastSeenAt: hour(0),
  hourAt: hour(0),
  count: 3,
  ...set,
});
const report = (lines: Seen[], set: Partial<SightingsReport> = {}): SightingsReport =>
  sightingsSchema.parse({ edge: 'edge-1', run: 'r1', seen: lines, ...set });
const take = (lines: Seen[], set?: Partial<SightingsReport>) =>
  recordSightings(store, ACCOUNT, report(lines, set), NOW);
const evidence = async (id: string) => (await evidenceOf(store, ACCOUNT, [id], NOW)).get(id);

describe('what edges report', () => {
  it('is told apart: no edge yet, never seen, seen', async () => {
    expect(await evidence('c1')).toEqual({ kind: 'no_edge' });
    await take([seen()]);
    expect(await evidence('c1')).toEqual({
      kind: 'seen',
      lastSeenAt: new Date(hour(0)),
      edge: 'edge-1',
      hostname: 'api.example.com',
      timesInADay: 3,
    });
    expect(await evidence('c2')).toEqual({ kind: 'never_seen' });
  });

  it('counts once however often and in whatever order the same reports come', async () => {
    const [early, late] = [
      seen({ count: 2, lastSeenAt: hour(0) }),
      seen({ count: 5, hostname: 'www.example.com', lastSeenAt: '2026-03-01T12:20:00Z' }),
    ];
    for (const lines of [[late], [early], [late], [early, late]]) await take(lines);
    expect(await evidence('c1')).toMatchObject({
      timesInADay: 5,
      hostname: 'www.example.com',
      lastSeenAt: new Date('2026-03-01T12:20:00Z'),
    });
  });

  it('adds up hours, edges, and the runs of an edge that was started again', async () => {
    await take([seen({ count: 2 }), seen({ count: 4, hourAt: hour(1), lastSeenAt: hour(1) })]);
    await take([seen({ count: 8 })], { run: 'r2' });
    await take([seen({ count: 16, lastSeenAt: '2026-03-01T12:25:00Z' })], { edge: 'edge-2' });
    expect(await evidence('c1')).toMatchObject({ timesInADay: 30, edge: 'edge-2' });
  });

  it('counts the last 24 hours alone, and forgets the hours after two days', async () => {
    await take([
      seen({ count: 1, hourAt: hour(23), lastSeenAt: hour(23) }),
      seen({ count: 7, hourAt: hour(25), lastSeenAt: hour(25) }),
    ]);
    expect(await evidence('c1')).toMatchObject({ timesInADay: 1 });
    await store.sweepUsage(new Date(NOW.getTime() + 24.5 * 3_600_000 - USAGE_KEPT_MS));
    expect(await store.countUses(['c1'], new Date(0))).toEqual([{ certificateId: 'c1', count: 1 }]);
    // When it was last seen is kept: that is the evidence.
    expect(await evidence('c1')).toMatchObject({ kind: 'seen', lastSeenAt: new Date(hour(23)) });
  });

  it('is taken for certificates of its own account alone, and for the present', async () => {
    const foreign = await take([
      seen({ authorityId: 'a-T0OTHER', serial: '44' }),
      seen({ serial: '99' }),
      seen({ lastSeenAt: '2026-03-01T12:36:00Z' }),
      seen({ hourAt: '2026-03-01T12:10:00Z' }),
      seen({ hourAt: hour(49), lastSeenAt: hour(49) }),
    ]);
    expect(foreign).toBe(0);
    expect(await store.hasSightings(ACCOUNT)).toBe(false);
    expect(await store.lastSightings(['other', 'c1'])).toEqual([]);
  });

  it('is bounded before anything of it is read', () => {
    const bad = [
      { edge: 'a:b' },
      { edge: '' },
      { run: 'a/b' },
      { seen: Array.from({ length: 1_001 }, () => seen()) },
      { seen: [seen({ count: 0 })] },
      { seen: [seen({ serial: 'XY' })] },
      { seen: [seen({ hostname: 'x'.repeat(254) })] },
      { more: 1 },
    ];
    for (const set of bad) {
      expect(sightingsSchema.safeParse({ edge: 'e', run: 'r', seen: [seen()], ...set }).success).toBe(false);
    }
  });
});

describe('the evidence about many', () => {
  it('says how many were seen, and the last of them', async () => {
    expect(evidenceOfManyText(await evidenceOfMany(store, ACCOUNT, ['c1', 'c2'], NOW))).toMatch(/No edge has reported/);
    await take([seen(), seen({ serial: '22', lastSeenAt: hour(30), hourAt: hour(30) })]);
    const many = await evidenceOfMany(store, ACCOUNT, ['c1', 'c2', 'c3'], NOW);
    expect(many).toMatchObject({ kind: 'reported', count: 3, seenInADay: 1, everSeen: 2 });
    expect(many.kind === 'reported' && many.latest.map(({ certificateId }) => certificateId)).toEqual(['c1', 'c2']);
    expect(evidenceOfManyText(many)).toMatch(
      /^\*1\* of the 3 were seen in the last 24 hours, 2 ever\. The last: <!date.*`api\.example\.com`\.$/,
    );
    expect(evidenceOfManyText(await evidenceOfMany(store, ACCOUNT, ['c3'], NOW))).toBe(
      'No edge has ever seen any of the 1.',
    );
  });

  it('is a sentence for one, in which a hostname formats nothing', async () => {
    await take([seen({ hostname: '`<!here>', count: 1 })]);
    expect(evidenceText((await evidence('c1')) as never)).toMatch(
      /^Last seen <!date.*> at `ˋ&lt;!here&gt;` \(edge `edge-1`\), once in the last 24 hours\.$/,
    );
  });
});
