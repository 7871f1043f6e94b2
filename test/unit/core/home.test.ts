import { describe, expect, it } from 'vitest';
import { homeSubject, planHome, readHomeSubject } from '../../../core/inventory/home-plan.ts';
import type { OpenRequest, Overview, OverviewRow } from '../../../core/inventory/overview.ts';
import { buildHome, type HomeModel } from '../../../core/slack/home.ts';
import type { Approval, Role } from '../../../core/store/rows.ts';
import { assertView } from '../../../sandbox/blockkit/assert.ts';
import { aCertificate, aRequest, aSite } from '../../support/rows.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const everything: ReadonlySet<Role> = new Set(['administrator', 'operator', 'approver', 'viewer'] as const);
const nothing: Overview = {
  ending: [],
  suspended: [],
  active: [],
  hasMore: false,
  requests: [],
  waiting: [],
  sites: [],
};

const home = (overview: Partial<Overview> = {}, set: Partial<HomeModel> = {}) =>
  buildHome({
    userId: 'U0ALICE',
    roles: new Set<Role>(['operator']),
    administrators: ['U0ADA'],
    overview: { ...nothing, ...overview },
    now: NOW,
    ...set,
  });
const text = (...given: Parameters<typeof home>) => JSON.stringify(home(...given).blocks);
const row = (set: Parameters<typeof aCertificate>[0] = {}): OverviewRow => ({
  certificate: aCertificate(set),
  possible: { renew: true, revoke: true, release: false },
});

function anApproval(set: Partial<Approval> = {}): Approval {
  return {
    id: 'approval-1',
    accountId: 'T0ACME',
    requestId: 'r',
    purpose: 'decision',
    gate: 'revoke',
    state: 'waiting',
    targets: [],
    contentHash: '',
    onBehalfOf: null,
    card: { what: 'Revoke *device-1*', plain: 'Revoke device-1', facts: [], because: '', evidence: null, risk: '' },
    expiresAt: NOW,
    decidedBy: null,
    decidedAt: null,
    because: null,
    createdAt: NOW,
    version: 1,
    ...set,
  };
}

describe('the Home', () => {
  it('begins with what waits for the person and what they wait for', () => {
    const requests: OpenRequest[] = [
      { request: aRequest({ state: 'waiting' }), certificate: undefined, approval: undefined },
      {
        request: aRequest({ kind: 'revoke', state: 'waiting', payload: { certificateId: 'c' } }),
        certificate: { name: 'old-phone', siteName: 'example.com' },
        approval: anApproval({ id: 'mine' }),
      },
    ];
    const waiting = [{ approval: anApproval(), requesterId: 'U0BOB', channel: 'C0APPROVE' }];
    const shown = text({ requests, waiting, active: [row()] });
    expect(shown).toMatch(/Waiting for you.*Your open requests.*Your certificates/);
    expect(shown).toContain('Decide in <#C0APPROVE>');
    expect(shown).toContain('press *Show once*');
    expect(shown).toContain('Revoke *old-phone* for example.com');
    expect(shown).toContain('Waits for a second person');
    expect(shown).toContain('"value":"approval-1"');
  });

  it('shows what ends soon before the rest, each with what can be done', () => {
    const shown = text({
      ending: [row({ name: 'soon' })],
      suspended: [row({ name: 'held' })],
      active: [row({ name: 'new' })],
    });
    expect(shown).toMatch(/Ends within 30 days.*soon.*Suspended.*held.*Your certificates.*new.*All my certificates/);
    expect(shown).toContain('open_renew');
  });

  it('tells somebody without a role whom to ask, and still shows their own', () => {
    const without = { roles: new Set<Role>() };
    expect(text({}, without)).toContain('Ask <@U0ADA>');
    expect(text({}, without)).not.toContain('Your certificates');
    expect(text({ active: [row({ name: 'left' })] }, without)).toContain('left');
  });

  it('is a view that Slack takes, at its emptiest and at its fullest', () => {
    for (const roles of [new Set<Role>(), new Set<Role>(['viewer']), everything]) {
      assertView(home({}, { roles }));
      for (const monster of ['x'.repeat(300), '💥'.repeat(150), '<!channel>&*_`~'.repeat(30)]) {
        const rows = (count: number) =>
          Array.from({ length: count }, () => ({
            ...row({ name: monster, siteName: monster, ownerId: 'U0BOB' }),
            possible: { renew: true, revoke: true, release: true },
          }));
        const approval = () =>
          anApproval({
            id: String(Math.random()),
            card: { what: monster.repeat(20), plain: monster, facts: [], because: '', evidence: null, risk: '' },
          });
        const request = () => aRequest({ kind: 'revoke', payload: { name: monster } });
        const view = home(
          {
            ending: rows(5),
            suspended: rows(3),
            active: rows(6),
            hasMore: true,
            requests: Array.from({ length: 5 }, () => ({
              request: request(),
              certificate: { name: monster, siteName: monster },
              approval: approval(),
            })),
            waiting: Array.from({ length: 5 }, () => ({ approval: approval(), requesterId: 'U0BOB', channel: null })),
            sites: Array.from({ length: 500 }, () => aSite({ name: `${monster}.example`.slice(-253) })),
          },
          { roles, administrators: ['U0ADA'] },
        );
        assertView(view);
        expect(view.blocks.length).toBeLessThan(80);
      }
    }
  });

  it('is woken once for each person', () => {
    const plan = planHome('T0ACME', ['U0ALICE', 'U0BOB', 'U0ALICE'], NOW);
    expect(plan).toMatchObject([
      { op: 'wake', message: { subjectId: 'HOME:T0ACME:U0ALICE', place: 'home' } },
      { op: 'wake', message: { subjectId: 'HOME:T0ACME:U0BOB' } },
    ]);
    expect(readHomeSubject(homeSubject('T0ACME', 'U0BOB'))).toEqual({ accountId: 'T0ACME', userId: 'U0BOB' });
    for (const other of ['', 'HOME', 'HOME:T', '4f00:a:b']) expect(readHomeSubject(other)).toBeUndefined();
  });
});
