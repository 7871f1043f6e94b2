import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { recordEvent } from '../../../core/audit/event.ts';
import { type AuditFilter, searchAudit } from '../../../core/audit/search.ts';
import { sequenceEvents } from '../../../core/audit/sequence.ts';
import { insert } from '../../../core/store/plan.ts';
import type { EventWalk } from '../../../core/store/questions/audit.ts';
import { aCertificate, aRequest } from '../../support/rows.ts';
import { type TemporaryStore, temporaryStore } from '../../support/store.ts';

const NEWEST: EventWalk = { towards: 'older', place: undefined };
const START = Date.parse('2026-03-01T12:00:00Z');
const now = new Date(START + 365 * 86_400_000);

type Happening = { n: number; actor?: string; action?: string; subject?: string; account?: string; at?: number };

async function happen(store: TemporaryStore, happenings: readonly Happening[]): Promise<void> {
  for (const { n, actor = 'U0ADA', action = 'site.added', subject = `s${n}`, account = 'T0ACME', at } of happenings) {
    const facts = { accountId: account, at: new Date(at ?? START + n * 1_000), actorId: actor, subjectId: subject };
    await store.commit(recordEvent(action, 'site', { ...facts, details: { n } }));
  }
  await sequenceEvents(store);
}

const search = (store: TemporaryStore, filter: AuditFilter, walk = NEWEST, limit = 10) =>
  searchAudit(store, { accountId: 'T0ACME', filter, walk, limit, now });
const numbers = (page: Awaited<ReturnType<typeof search>>) => page.found.map(({ event }) => event.details['n']);

describe('searching the audit', () => {
  it('goes through everything page by page, there and back, also where many happened at once', async () => {
    await using store = temporaryStore();
    await happen(
      store,
      Array.from({ length: 53 }, (_, n) => ({ n, at: START + Math.floor(n / 20) * 1_000 })),
    );
    await happen(store, [{ n: 999, account: 'T0OTHER' }]);
    const pages = [];
    let walk = NEWEST;
    for (;;) {
      const page = await search(store, {}, walk);
      pages.push(page);
      if (!page.older) break;
      walk = { towards: 'older', place: page.older };
    }
    expect(pages.flatMap(numbers)).toEqual(Array.from({ length: 53 }, (_, n) => 52 - n));
    expect(pages[0]?.newer).toBeUndefined();
    expect(pages[0]?.found[0]?.sequence).toBe(53);

    const back = [];
    for (let place = pages.at(-1)?.newer; place; ) {
      const page = await search(store, {}, { towards: 'newer', place });
      back.push(numbers(page));
      place = page.newer;
    }
    expect(back).toEqual(pages.slice(0, -1).map(numbers).toReversed());
  });

  it('shows what is not chained yet, without a number', async () => {
    await using store = temporaryStore();
    await happen(store, [{ n: 1 }]);
    const facts = { accountId: 'T0ACME', at: now, actorId: 'U0ADA', subjectId: 's', details: { n: 2 } };
    await store.commit(recordEvent('site.added', 'site', facts));
    expect((await search(store, {})).found.map(({ sequence }) => sequence)).toEqual([undefined, 1]);
  });

  it('restricts by who, what and when, alone and together', async () => {
    await using store = temporaryStore();
    const day = 86_400_000;
    await happen(store, [
      { n: 1, actor: 'U0ALICE', at: START },
      { n: 2, actor: 'U0ALICE', action: 'site.removed', at: START + day },
      { n: 3, actor: 'U0BOB', action: 'site.removed', at: START + 2 * day },
      { n: 4, actor: 'U0ALICE', action: 'site.removed', at: START + 3 * day },
    ]);
    expect(numbers(await search(store, { actor: 'U0ALICE' }))).toEqual([4, 2, 1]);
    expect(numbers(await search(store, { action: 'site.removed' }))).toEqual([4, 3, 2]);
    expect(numbers(await search(store, { actor: 'U0ALICE', action: 'site.removed' }))).toEqual([4, 2]);
    expect(numbers(await search(store, { from: '2026-03-02' }))).toEqual([4, 3, 2]);
    expect(numbers(await search(store, { from: '2026-03-02', to: '2026-03-03' }))).toEqual([3, 2]);
    expect(numbers(await search(store, { actor: 'U0ALICE', action: 'site.removed', to: '2026-03-02' }))).toEqual([2]);
  });

  it('finds what is about a certificate by its serial in any notation, its name, and a request by its number', async () => {
    await using store = temporaryStore();
    const request = aRequest();
    const theirs = aRequest({ accountId: 'T0OTHER' });
    const certificate = aCertificate({ requestId: request.id, madeBy: 'show', name: 'alice-laptop' });
    await store.commit([insert('requests', request), insert('requests', theirs), insert('certificates', certificate)]);
    await happen(store, [
      { n: 1, subject: request.id },
      { n: 2, subject: certificate.id },
      { n: 3, subject: randomUUID() },
      { n: 4, subject: certificate.id, account: 'T0OTHER' },
    ]);
    const serials = [
      '4f00112233445566778899aabbccddee',
      '4F:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE',
      '0x4f00112233445566778899AABBCCDDEE',
    ];
    for (const about of [...serials, 'alice-laptop', 'LAPTOP', 'cd'.repeat(32)]) {
      expect(numbers(await search(store, { about })), about).toEqual([2, 1]);
    }
    expect(numbers(await search(store, { about: request.id }))).toEqual([1]);
    expect(numbers(await search(store, { about: request.id.slice(0, 8).toUpperCase() }))).toEqual([1]);
    for (const about of ['nobody', theirs.id, '%', "'; drop table audit_events; --", '~']) {
      expect(await search(store, { about }), about).toMatchObject({ found: [], unknown: true });
    }
    expect(numbers(await search(store, { about: 'alice-laptop', actor: 'U0BOB' }))).toEqual([]);
  });

  it('looks at no more than it may at once, and goes on from there', async () => {
    await using store = temporaryStore();
    await happen(store, [
      { n: 0, action: 'site.removed' },
      ...Array.from({ length: 30 }, (_, n) => ({ n: n + 1 })),
      { n: 31, action: 'site.removed' },
    ]);
    const restriction = { actorId: 'U0ADA', action: 'site.removed' };
    const limits = { limit: 5, examine: 20 };
    const first = await store.auditEventsBy('T0ACME', restriction, NEWEST, limits);
    expect(first.found.map(({ event }) => event.details['n'])).toEqual([31]);
    expect(first.reached).toBeDefined();
    const walk = { towards: 'older', place: first.reached } as const;
    const second = await store.auditEventsBy('T0ACME', restriction, walk, limits);
    expect(second.found.map(({ event }) => event.details['n'])).toEqual([0]);
    expect(second.reached).toBeUndefined();
  });
});
