import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { approvalHash } from '../../../core/approvals/content.ts';
import { decideApproval, possibleDeciders } from '../../../core/approvals/decide.ts';
import { decideGate, isSettingUp, mayBeOff } from '../../../core/approvals/policy.ts';
import type { Role, RoleGrant } from '../../../core/store/rows.ts';
import { anApproval } from '../../support/rows.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);

function grant(userId: string, role: Role, set: Partial<RoleGrant> = {}): RoleGrant {
  const id = `${userId}-${role}-${set.grantedBy ?? ''}`;
  return { id, accountId: 'T', userId, role, grantedBy: 'U0ADA', grantedAt: hoursAgo(100), duringSetup: false, ...set };
}

const account = { fourEyes: true, openGates: [] as string[] };

describe('whether a second person is needed', () => {
  const holders = (...grants: RoleGrant[]) => ({ grants, given: grants });
  const ada = grant('U0ADA', 'administrator');
  const two = holders(ada, grant('U0BOB', 'approver'));

  it('is asked as soon as two people hold roles, whatever the roles are', () => {
    expect(decideGate(['revoke'], account, holders())).toEqual({ needed: false, because: 'setup' });
    expect(isSettingUp(holders(ada, grant('U0ADA', 'operator')))).toBe(true);
    expect(decideGate(['revoke'], account, two)).toEqual({ needed: true });
    expect(decideGate(['revoke'], account, holders(ada, grant('U0EVE', 'viewer')))).toEqual({ needed: true });
  });

  it('is asked for although the user group of the approvers has been emptied', () => {
    const emptied = { grants: [ada], given: [ada, grant('S0PLATFORM', 'approver')] };
    expect(decideGate(['revoke'], account, emptied)).toEqual({ needed: true });
  });

  it('off counts only while fewer than two people could decide', () => {
    const off = { ...account, fourEyes: false };
    expect(decideGate(['revoke'], off, two)).toEqual({ needed: false, because: 'four_eyes_off' });
    const three = holders(...two.grants, grant('U0EVE', 'approver'));
    expect(mayBeOff(three)).toBe(false);
    expect(decideGate(['revoke'], off, three)).toEqual({ needed: true });
  });

  it('a gate taken off the table is open, and one closed gate among several is enough', () => {
    const open = { ...account, openGates: ['release'] };
    expect(decideGate(['release'], open, two)).toEqual({ needed: false, because: 'open_gate' });
    expect(decideGate(['release', 'roles'], open, two)).toEqual({ needed: true });
  });
});

describe('who decides', () => {
  const approval = anApproval({ expiresAt: new Date(NOW.getTime() + 1000) });
  const request = { actorId: 'U0ALICE' };
  const decide = (
    actorId: string,
    grants: RoleGrant[],
    decision: 'approve' | 'deny' | 'acknowledge' | 'withdraw' = 'approve',
  ) => decideApproval(approval, request, { decision, actorId, grants, now: NOW });
  const because = (answer: ReturnType<typeof decide>) => (answer.allowed ? '' : answer.because);

  it('an approver other than the requester', () => {
    expect(decide('U0BOB', [grant('U0BOB', 'approver')])).toEqual({ allowed: true });
    expect(decide('U0BOB', [grant('U0BOB', 'approver')], 'deny')).toEqual({ allowed: true });
  });

  it('never the requester, whatever their roles', () => {
    const all = (['administrator', 'operator', 'approver'] as const).map((role) => grant('U0ALICE', role));
    expect(because(decide('U0ALICE', all))).toContain('You asked for this');
  });

  it('nobody without the role, administrators included', () => {
    expect(because(decide('U0EVE', []))).toContain('Only approvers');
    expect(because(decide('U0ADA', [grant('U0ADA', 'administrator')]))).toContain('Only approvers');
  });

  it('nobody whom the requester made an approver within 24 hours, except during the first set-up', () => {
    const fresh = { grantedBy: 'U0ALICE', grantedAt: hoursAgo(1) };
    expect(because(decide('U0BOB', [grant('U0BOB', 'approver', fresh)]))).toContain('less than 24 hours ago');
    expect(decide('U0BOB', [grant('U0BOB', 'approver', { ...fresh, grantedAt: hoursAgo(24) })]).allowed).toBe(true);
    expect(decide('U0BOB', [grant('U0BOB', 'approver', { ...fresh, grantedBy: 'U0ADA' })]).allowed).toBe(true);
    expect(decide('U0BOB', [grant('U0BOB', 'approver', { ...fresh, duringSetup: true })]).allowed).toBe(true);
    // Somebody else had given it before, for example through a user group.
    expect(decide('U0BOB', [grant('U0BOB', 'approver', fresh), grant('U0BOB', 'approver')]).allowed).toBe(true);
    expect(possibleDeciders('U0ALICE', [grant('U0BOB', 'approver', fresh), grant('U0EVE', 'approver')], NOW)).toEqual([
      'U0EVE',
    ]);
  });

  it('once, in time, and with the button that belongs to it', () => {
    const bob = [grant('U0BOB', 'approver')];
    const click = { decision: 'approve' as const, actorId: 'U0BOB', grants: bob, now: NOW };
    const decided = anApproval({ state: 'denied', decidedBy: 'U0EVE', decidedAt: NOW });
    expect(because(decideApproval(decided, request, click))).toContain('Denied by <@U0EVE>');
    expect(because(decideApproval(approval, request, { ...click, now: approval.expiresAt }))).toContain('has passed');
    expect(decide('U0BOB', bob, 'acknowledge').allowed).toBe(false);
    const glass = anApproval({ purpose: 'acknowledgement', expiresAt: approval.expiresAt });
    expect(decideApproval(glass, request, { ...click, decision: 'acknowledge' }).allowed).toBe(true);
    expect(decideApproval(glass, request, click).allowed).toBe(false);
  });

  it('the requester alone withdraws', () => {
    expect(decide('U0ALICE', [], 'withdraw')).toEqual({ allowed: true });
    expect(decide('U0BOB', [grant('U0BOB', 'approver')], 'withdraw').allowed).toBe(false);
  });
});

describe('the hash of what is approved', () => {
  const content = {
    accountId: 'T',
    requestId: 'r',
    kind: 'revoke',
    payload: { certificateId: 'c', reason: 'superseded', nested: { b: 1, a: [1, 2] } },
    targets: [{ table: 'certificates' as const, id: 'c', version: 3 }],
    expiresAt: NOW,
  };
  const hash = (set: Partial<typeof content> = {}) =>
    approvalHash({ ...content, ...set }, (text) => createHash('sha256').update(text).digest('hex'));

  it('is the same for the same content, however its keys are ordered', () => {
    expect(hash({ payload: { nested: { a: [1, 2], b: 1 }, reason: 'superseded', certificateId: 'c' } })).toBe(hash());
  });

  it('changes with every part of it', () => {
    const others = [
      { accountId: 'U' },
      { requestId: 's' },
      { kind: 'release' },
      { payload: { ...content.payload, reason: 'keyCompromise' } },
      { payload: { ...content.payload, nested: { b: 1, a: [2, 1] } } },
      { targets: [{ table: 'certificates' as const, id: 'c', version: 4 }] },
      { targets: [{ table: 'certificates' as const, id: 'd', version: 3 }] },
      { targets: [] },
      { expiresAt: new Date(NOW.getTime() + 1) },
    ];
    const hashes = others.map((set) => hash(set));
    expect(new Set([hash(), ...hashes]).size).toBe(others.length + 1);
  });
});
