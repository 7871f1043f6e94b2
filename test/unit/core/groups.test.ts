import { describe, expect, it } from 'vitest';
import { administratorsOf, rolesOf } from '../../../core/access/access.ts';
import { expandGroups, groupsOf } from '../../../core/access/groups.ts';
import { makeMembership } from '../../../core/access/membership.ts';
import { decideApproval, possibleDeciders } from '../../../core/approvals/decide.ts';
import { isSettingUp, mayBeOff } from '../../../core/approvals/policy.ts';
import type { Approval, Role, RoleGrant } from '../../../core/store/rows.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;

const grant = (userId: string, role: Role, set: Partial<RoleGrant> = {}): RoleGrant => ({
  id: `${userId}-${role}`,
  accountId: 'T1',
  userId,
  role,
  grantedBy: 'UADA',
  grantedAt: new Date(0),
  duringSetup: false,
  ...set,
});

const members: Record<string, string[]> = { S1: ['UALICE', 'UBOB', 'UBOB'], SEMPTY: [] };
const expand = (...grants: RoleGrant[]) => expandGroups(grants, (group) => members[group] ?? []);

describe('a role given to a group', () => {
  it('is that of each member, by whom and when the group got it', () => {
    const given = { grantedBy: 'UEVE', grantedAt: NOW, duringSetup: true };
    expect(expand(grant('S1', 'approver', given), grant('WORG', 'viewer'))).toEqual([
      { ...grant('UALICE', 'approver', given), id: 'S1-approver:UALICE' },
      { ...grant('UBOB', 'approver', given), id: 'S1-approver:UBOB' },
      grant('WORG', 'viewer'),
    ]);
    expect(groupsOf([grant('S1', 'approver'), grant('S1', 'viewer'), grant('USAM', 'viewer')])).toEqual(['S1']);
  });

  it('is nobody’s when the group is empty or gone', () => {
    expect(expand(grant('SEMPTY', 'approver'), grant('SGONE', 'administrator'))).toEqual([]);
  });

  it('counts for every decision as if each had it', () => {
    const grants = expand(grant('S1', 'approver'), grant('UADA', 'administrator'));
    expect(rolesOf({ accountId: 'T1', userId: 'UBOB' }, grants, [])).toEqual(new Set(['approver']));
    expect(administratorsOf('T1', grants, [])).toEqual(['UADA']);
    expect(isSettingUp({ given: [grant('S1', 'approver'), grant('UADA', 'administrator')] })).toBe(false);
    expect(mayBeOff({ grants })).toBe(false);
    expect(possibleDeciders('UALICE', grants, NOW)).toEqual(['UBOB']);
  });

  it('makes nobody approver on the requests of whoever gave it less than a day ago', () => {
    const fresh = { grantedBy: 'UADA', grantedAt: new Date(NOW.getTime() - HOUR) };
    const approval = { state: 'waiting', purpose: 'decision', expiresAt: new Date(NOW.getTime() + HOUR) } as Approval;
    const decide = (...grants: RoleGrant[]) =>
      decideApproval(approval, { actorId: 'UADA' }, { decision: 'approve', actorId: 'UBOB', grants, now: NOW });
    expect(decide(...expand(grant('S1', 'approver', fresh)))).toMatchObject({ allowed: false });
    expect(decide(...expand(grant('S1', 'approver', { ...fresh, grantedBy: 'UEVE' })))).toEqual({ allowed: true });
    // Who was an approver before is one still, also when the group has become one.
    expect(decide(...expand(grant('S1', 'approver', fresh), grant('UBOB', 'approver')))).toEqual({ allowed: true });
  });
});

describe('the members of a group', () => {
  function makeSlack() {
    let now = 0;
    const asked: string[] = [];
    const answers: ((members: string[] | Error) => void)[] = [];
    const ask = (group: string) => {
      asked.push(group);
      return new Promise<string[]>((resolve, reject) => {
        answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      });
    };
    const membership = makeMembership(ask, () => now, 60_000);
    const later = (ms: number) => {
      now += ms;
    };
    const who = async () => (await membership.expand([grant('S1', 'viewer')])).map(({ userId }) => userId);
    return { asked, answers, membership, who, later };
  }

  it('are asked for nobody who needs none', async () => {
    const { membership, asked } = makeSlack();
    expect(await membership.expand([grant('UALICE', 'viewer')])).toHaveLength(1);
    expect(asked).toEqual([]);
  });

  it('are asked for once by many, and again after a while', async () => {
    const { who, answers, asked, later } = makeSlack();
    const both = [who(), who()];
    answers[0]?.(['UALICE']);
    expect(await Promise.all(both)).toEqual([['UALICE'], ['UALICE']]);
    later(59_999);
    await who();
    expect(asked).toHaveLength(1);
    later(1);
    const again = who();
    answers[1]?.([]);
    expect(await again).toEqual([]);
  });

  it('are asked for again after a change, also when the answer from before it comes late', async () => {
    const { who, answers, asked, membership } = makeSlack();
    const before = who();
    membership.forget('S1');
    const after = who();
    answers[1]?.([]);
    answers[0]?.(['UEVE']);
    await before;
    expect(await after).toEqual([]);
    expect(await who()).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  it('are not guessed when Slack does not say, and asked for again', async () => {
    const { who, answers } = makeSlack();
    const failed = who();
    answers[0]?.(new Error('away'));
    await expect(failed).rejects.toThrow('away');
    const again = who();
    answers[1]?.(['UBOB']);
    expect(await again).toEqual(['UBOB']);
  });
});
