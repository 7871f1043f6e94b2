import { describe, expect, it } from 'vitest';
import { firstPage, type ListState, nextPage, previousPage, readListState } from '../../../bot/views/list/form.ts';
import { buildListView, type ListModel, type ListRow } from '../../../bot/views/list/view.ts';
import { askedFor, formOf, USUAL } from '../../../bot/views/list/words.ts';
import { splitMetadata, withUnder } from '../../../bot/views/under.ts';
import type { CertificateFilter } from '../../../core/inventory/filter.ts';
import type { Certificate } from '../../../core/store/rows.ts';
import { assertView } from '../../../sandbox/blockkit/assert.ts';
import { aCertificate } from '../../support/rows.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const monsters = [
  'x'.repeat(300),
  '💥👩‍👩‍👧‍👦'.repeat(60),
  '\u202eمرحبا بالعالم'.repeat(20),
  '*_`~<@U1>&amp;<!channel>|'.repeat(12),
];

const row = (set: Partial<Certificate> = {}, possible: Partial<ListRow['possible']> = {}): ListRow => ({
  certificate: aCertificate(set),
  possible: { renew: true, revoke: true, release: false, ...possible },
  lastUse: 'Never used',
});

const model = (set: Partial<ListModel> = {}): ListModel => ({
  viewerId: 'U0ALICE',
  choices: { seesAll: true, sites: [{ id: 's', name: 'example.com' }] },
  form: { ...USUAL, search: '' },
  state: firstPage({ owner: 'U0ALICE', state: 'active' }, 0),
  rows: [row()],
  next: null,
  exhausted: false,
  summary: 'your active certificates',
  notices: [],
  mayRevokeAll: true,
  now: NOW,
  ...set,
});

describe('the list', () => {
  it('says the state in words and by a form, never by colour alone, and how far away the end is', () => {
    const text = (set: Partial<Certificate>) => JSON.stringify(buildListView(model({ rows: [row(set)] })).blocks);
    const day = 86_400_000;
    expect(text({ notAfter: new Date(NOW.getTime() + 100 * day) })).toMatch(/● Active until .*\(in 100 days\)/);
    expect(text({ notAfter: new Date(NOW.getTime() + day) })).toMatch(/◐ \*Ends soon\*.*\(in 1 day\)/);
    expect(text({ notAfter: new Date(NOW.getTime() - 3 * day) })).toMatch(/○ Expired/);
    expect(text({ state: 'held', heldAt: NOW })).toMatch(/‖ \*Suspended\* since .*, ends in 273 days/);
    expect(text({ state: 'revoked', revokedAt: NOW, revocationReason: 'keyCompromise' })).toMatch(
      /✕ \*Revoked\*.*leaked/,
    );
  });

  it('names the owner of what is somebody else’s', () => {
    const text = JSON.stringify(buildListView(model({ rows: [row({ ownerId: 'U0BOB' }), row()] })).blocks);
    expect(text.match(/<@U0\w+>/g)).toEqual(['<@U0BOB>']);
  });

  it('offers what is possible and nothing else', () => {
    const offered = (set: Partial<ListModel>) =>
      [...JSON.stringify(buildListView(model(set)).blocks).matchAll(/"action_id":"((?:open|list)_\w+)"/g)]
        .map(([, action]) => action)
        .filter((action) => !/list_(search|owner|person|site|state)$/.test(action ?? ''));
    expect(offered({})).toEqual(['list_pick', 'open_certificate', 'open_renew', 'open_revoke']);
    expect(offered({ rows: [row({}, { release: true })] })).toContain('open_release');
    expect(offered({ rows: [row({}, { renew: false, revoke: false })] })).toEqual(['open_certificate']);
    expect(offered({ rows: [row(), row()] })).toEqual(
      expect.arrayContaining(['list_revoke_selected', 'list_revoke_all']),
    );
    expect(offered({ rows: [row(), row()], mayRevokeAll: false })).not.toContain('list_revoke_all');
    expect(offered({ next: 'c' })).toContain('list_next');
    expect(offered({ state: { ...firstPage({}, 0), page: 2, trail: [''] } })).toContain('list_previous');
  });

  it('says what to do when nothing is there', () => {
    const said = (set: Partial<ListModel>) => JSON.stringify(buildListView(model({ rows: [], ...set })).blocks);
    expect(said({})).toContain('/mtls issue');
    expect(said({ state: firstPage({ name: 'x' }, 0) })).toContain('Nothing fits');
    expect(said({ exhausted: true, next: 'c' })).toContain('Search further');
  });

  it.each(monsters)('is a view that Slack takes, whatever it holds: %s', (monster) => {
    for (const count of [0, 1, 10]) {
      for (const sites of [
        [],
        [{ id: 's', name: monster }],
        Array.from({ length: 150 }, (_, i) => ({ id: `${i}`, name: monster })),
      ]) {
        const rows = Array.from({ length: count }, () =>
          row({ name: monster.slice(0, 64), siteName: monster.slice(0, 253), ownerId: 'U0BOB' }),
        );
        for (const seesAll of [true, false]) {
          assertView(
            buildListView(
              model({
                choices: { seesAll, sites },
                form: {
                  search: monster,
                  owner: 'person',
                  person: 'U0BOB',
                  siteId: '149',
                  state: { state: 'expiring', withinDays: 9 },
                },
                rows,
                notices: Array.from({ length: 20 }, () => monster.repeat(10)),
                summary: monster.repeat(10),
                next: 'c'.repeat(200),
                state: { ...firstPage({ name: monster.slice(0, 64) }, 9), page: 7, trail: ['', 'c'.repeat(200)] },
              }),
            ),
          );
        }
      }
    }
  });
});

describe('the place in the list', () => {
  const filter: CertificateFilter = {
    name: 'x'.repeat(64),
    siteId: 's'.repeat(36),
    owner: 'U0BOB',
    fingerprint: 'ab'.repeat(32),
  };

  it('is remembered forth and back, as far as there is room, and then begins at the beginning', () => {
    let state: ListState = firstPage(filter, 3);
    for (let i = 0; i < 100; i += 1) state = nextPage(state, `${i}`.padEnd(60, 'c'));
    expect(state.page).toBe(101);
    expect(JSON.stringify(state).length).toBeLessThan(1_500);
    expect(readListState(JSON.stringify(state))).toEqual(state);
    const back = previousPage(state);
    expect(back).toMatchObject({ page: 100, after: '98'.padEnd(60, 'c') });
    for (let i = 0; i < 30; i += 1) state = previousPage(state);
    expect(state).toMatchObject({ page: 1, after: '', trail: [] });
  });

  it('fits the metadata of what is pushed on top twice, at its longest', () => {
    const state = {
      ...firstPage(filter, 3),
      after: 'c'.repeat(200),
      trail: Array.from({ length: 3 }, () => 'c'.repeat(200)),
      page: 9,
    };
    const list = { viewId: 'V0123456789', kind: 'list' as const, state: JSON.stringify(state) };
    const certificate = {
      viewId: 'V0123456789',
      kind: 'certificate' as const,
      state: JSON.stringify({ id: 'x'.repeat(36) }),
    };
    const view = {
      type: 'modal' as const,
      title: { type: 'plain_text' as const, text: 't' },
      blocks: [],
      private_metadata: 'x'.repeat(36),
    };
    const pushed = withUnder(view, [list, certificate]);
    expect(pushed.private_metadata?.length).toBeLessThanOrEqual(3000);
    expect(splitMetadata(pushed.private_metadata ?? '')).toEqual({ own: 'x'.repeat(36), under: [list, certificate] });
  });

  it('is left out where it would not fit, and is nothing where it was made up', () => {
    const view = {
      type: 'modal' as const,
      title: { type: 'plain_text' as const, text: 't' },
      blocks: [],
      private_metadata: 'x'.repeat(2900),
    };
    expect(withUnder(view, [{ viewId: 'V', kind: 'list', state: 'y'.repeat(200) }])).toBe(view);
    expect(splitMetadata('own\u001e[{"viewId":1}]')).toEqual({ own: 'own', under: [] });
    expect(splitMetadata('own\u001e[')).toEqual({ own: 'own', under: [] });
  });
});

describe('words and fields', () => {
  const context = { userId: 'U0ALICE', sites: [{ id: 's', name: 'example.com' }] };

  it('words win over fields, and a serial over both', () => {
    expect(askedFor('', USUAL, context).filter).toEqual({ owner: 'U0ALICE', state: 'active' });
    expect(askedFor('all revoked laptop', USUAL, context).filter).toEqual({ state: 'revoked', name: 'laptop' });
    expect(askedFor('example.com', { ...USUAL, owner: 'person', person: 'U0BOB' }, context).filter).toEqual({
      owner: 'U0BOB',
      siteId: 's',
      state: 'active',
    });
    expect(askedFor('4F:00:11:22', { ...USUAL, siteId: 's' }, context).filter).toEqual({ serial: '4f001122' });
  });

  it.each<CertificateFilter>([
    { owner: 'U0ALICE', state: 'active' },
    { owner: 'U0BOB', state: 'expiring', withinDays: 9, siteId: 's', name: 'two words' },
    { owner: 'key:deploy-1', state: 'active', name: 'web' },
    { owner: `key:${'k'.repeat(40)}` },
    { serial: '4f00112233445566' },
    { fingerprint: 'ab'.repeat(32) },
    { owner: 'U0ALICE', issuedBefore: '2026-01-31T00:00:00.000Z', name: 'x' },
  ])('what the fields say of %j means the same again', (filter) => {
    const form = formOf(filter, 'U0ALICE');
    expect(askedFor(form.search, form, context)).toEqual({ filter, notUnderstood: [] });
    // Slack refuses a view with a person who is none.
    assertView(buildListView(model({ form, state: firstPage(filter, 0) })));
    expect(form.person ?? 'U0').toMatch(/^U/);
  });
});
