import { describe, expect, it } from 'vitest';
import { type Action, administratorsOf, mayDo, requireRole, rolesOf } from '../../../core/access/access.ts';
import type { Role, RoleGrant } from '../../../core/store/rows.ts';

const grant = (userId: string, role: Role): RoleGrant => ({
  id: `${userId}-${role}`,
  accountId: 'T1',
  userId,
  role,
  grantedBy: 'UADA',
  grantedAt: new Date(0),
  duringSetup: false,
});

describe('who may do what', () => {
  const actions: Action[] = ['issue', 'site_add', 'site_remove', 'site_list', 'ca_show', 'settings'];
  it.each<[Role | 'nobody', Action[]]>([
    ['administrator', ['site_add', 'site_remove', 'site_list', 'ca_show', 'settings']],
    ['operator', ['issue', 'site_list', 'ca_show']],
    ['approver', ['site_list', 'ca_show']],
    ['viewer', ['site_list', 'ca_show']],
    ['nobody', []],
  ])('%s: %j', (role, allowed) => {
    const roles = new Set<Role>(role === 'nobody' ? [] : [role]);
    expect(actions.filter((action) => mayDo(roles, action))).toEqual(allowed);
  });

  it('refuses with the role that is missing and whom to ask', () => {
    expect(() => requireRole(new Set(), 'issue', ['UADA'])).toThrowError(/operator.*<@UADA>.*settings/);
  });
});

describe('the first administrators', () => {
  it('count while nobody has been made administrator', () => {
    expect(rolesOf({ accountId: 'T1', userId: 'UADA' }, [], ['UADA'])).toEqual(new Set(['administrator']));
    expect(
      rolesOf({ accountId: 'T1', userId: 'UADA' }, [grant('UBOB', 'operator')], ['UADA']).has('administrator'),
    ).toBe(true);
  });

  it('count no longer once somebody is', () => {
    const grants = [grant('UBOB', 'administrator')];
    expect(rolesOf({ accountId: 'T1', userId: 'UADA' }, grants, ['UADA'])).toEqual(new Set());
    expect(administratorsOf('T1', grants, ['UADA'])).toEqual(['UBOB']);
  });

  it('can be named for one workspace of several', () => {
    expect(administratorsOf('T1', [], ['T1:UADA', 'T2:UEVE'])).toEqual(['UADA']);
    expect(rolesOf({ accountId: 'T1', userId: 'UEVE' }, [], ['T2:UEVE'])).toEqual(new Set());
  });
});
