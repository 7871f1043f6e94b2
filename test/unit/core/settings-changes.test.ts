import { describe, expect, it } from 'vitest';
import { gatesOf, settingsCard, settingsChanges, showsAll } from '../../../core/settings/changes.ts';
import { type Settings, settingsInForce } from '../../../core/settings/in-force.ts';
import { assertMessage } from '../../../sandbox/blockkit/assert.ts';
import { approvalMessage } from '../../../worker/delivery/messages/approval.ts';
import { anAccount, anApproval, aRequest, aSite } from '../../support/rows.ts';

const inForce: Settings = {
  administrators: ['U0ADA'],
  operators: ['U0ALICE'],
  approvers: ['U0BOB'],
  viewers: [],
  auditChannel: null,
  approvalChannel: null,
  defaultValidityDays: 365,
  longValidityDays: 1825,
  fourEyes: true,
  openGates: ['release'],
  guardedSites: ['one'],
  keyDelivery: 'message',
  reminderDays: [30, 7],
  uploadedLimit: 5,
};
const change = (set: Partial<Settings>, from: Partial<Settings> = {}) =>
  settingsChanges({ ...inForce, ...from }, { ...inForce, ...from, ...set }, (id) => `${id}.example`);

describe('what needs a second person in a change of settings', () => {
  it.each<[string, Partial<Settings>, string[]]>([
    ['nothing', {}, []],
    ['the same people in another order', { reminderDays: [30, 7] }, []],
    ['a default', { defaultValidityDays: 30, reminderDays: [] }, []],
    ['place for more custom CAs', { uploadedLimit: 6 }, ['four_eyes']],
    ['place for fewer custom CAs', { uploadedLimit: 4 }, []],
    ['one guarded site more', { guardedSites: ['one', 'two'] }, []],
    ['one guarded site less', { guardedSites: ['two'] }, ['four_eyes']],
    ['longer without one', { longValidityDays: 1826 }, ['four_eyes']],
    ['shorter without one', { longValidityDays: 30 }, []],
    ['a gate opened', { openGates: ['release', 'revoke'] }, ['four_eyes']],
    ['a gate closed', { openGates: [] }, ['four_eyes']],
    ['a role', { viewers: ['S0PLATFORM'] }, ['roles']],
    ['a role and a way', { operators: [], keyDelivery: 'link' }, ['roles', 'key_delivery']],
  ])('%s', (_, set, gates) => {
    expect(gatesOf(change(set))).toEqual(gates);
  });

  it('is told as before and after, in words', () => {
    const told = (set: Partial<Settings>) => change(set).map((one) => one.told);
    expect(told({ viewers: ['S0PLATFORM', 'U0EVE'], operators: [] })).toEqual([
      'taken off: <@U0ALICE>',
      'added: <!subteam^S0PLATFORM>, <@U0EVE>',
    ]);
    expect(told({ auditChannel: 'C1', approvalChannel: null })).toEqual(['none → <#C1>']);
    expect(told({ openGates: ['revoke'] })).toEqual([
      'added: Release of a suspended certificate; taken off: Final revocation',
    ]);
    expect(told({ guardedSites: [] })).toEqual(['taken off: `one.example`']);
    expect(told({ defaultValidityDays: 30 })).toEqual(['1 year (365 days) → 30 days']);
    expect(told({ reminderDays: [] })).toEqual(['30, 7 days before the end → none']);
  });

  it('stands first on a card that Slack takes, also when everything changes at once', () => {
    const many = (letter: string) => Array.from({ length: 100 }, (_, i) => `${letter}0LONGUSERID${i}`);
    const all = change({
      administrators: many('U'),
      operators: many('W'),
      approvers: many('S'),
      viewers: many('U'),
      auditChannel: 'C1',
      approvalChannel: 'C2',
      defaultValidityDays: 1,
      longValidityDays: 3650,
      fourEyes: false,
      openGates: [],
      guardedSites: Array.from({ length: 100 }, (_, i) => `${i}.${'x'.repeat(200)}`),
      keyDelivery: 'link',
      reminderDays: [1],
    });
    const card = settingsCard(all);
    expect(card.facts).toHaveLength(10);
    // More than a message shows is for nobody to approve; what is usual fits.
    expect(showsAll(card)).toBe(false);
    expect(showsAll(settingsCard(change({ viewers: many('U').slice(0, 50), fourEyes: false })))).toBe(true);
    expect(card.facts.slice(0, 4).map(([label]) => label)).toEqual([
      'Administrators',
      'Operators',
      'Approvers',
      'Viewers',
    ]);
    expect(card.facts.at(-1)?.[1]).toMatch(/Default validity: .*\nReminders: /s);
    const seen = { token: 't'.repeat(43), effect: '', now: new Date() };
    assertMessage(approvalMessage(anApproval({ card }), aRequest({ kind: 'settings' }), seen));
  });
});

describe('the settings in force', () => {
  const facts = {
    account: undefined,
    given: [],
    administrators: ['U0ADA'],
    sites: [],
    auditChannel: 'C0AUDIT',
    approvalChannel: undefined,
  };
  it('are the same before there is an account and with a fresh one', () => {
    const fresh = settingsInForce({ ...facts, account: anAccount() });
    expect(settingsInForce(facts)).toEqual(fresh);
    expect(fresh).toMatchObject({ administrators: ['U0ADA'], auditChannel: 'C0AUDIT', approvalChannel: null });
  });

  it('name the guarded sites', () => {
    const sites = [aSite({ id: 'one' }), aSite({ id: 'two', guarded: true })];
    expect(settingsInForce({ ...facts, sites }).guardedSites).toEqual(['two']);
  });
});
