import { describe, expect, it } from 'vitest';
import { GATE_NAMES } from '../../../core/approvals/gates.ts';
import { insert, update } from '../../../core/store/plan.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { aSite } from '../../support/rows.ts';
import { ACCOUNT, type BotRig, end, grant, seed, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';
const done: NonNullable<BotRig['carryOut']> = (request, store) => end(store, request, 'done', 'Saved.');

async function openSettings(rig: BotRig): Promise<Person> {
  const ada = rig.sandbox.person('U0ADA');
  await ada.command(WHERE, '/mtls settings');
  expect(ada.modal?.title?.text).toBe('Settings');
  return ada;
}

/** Chooses another section and waits until its fields are there. */
async function turnTo(person: Person, section: string, field: string): Promise<void> {
  await person.change('modal', 'Section', section);
  await person.until(({ modal }) => JSON.stringify(modal?.blocks).includes(`"${field}"`));
}

describe('Settings', () => {
  it('are saved from all sections at once, and the form closes', async () => {
    await using rig = await startBotRig({ carryOut: done });
    const ada = await openSettings(rig);
    await ada.change('modal', 'Operators', ['U0ALICE']);
    await ada.change('modal', 'Approvers', ['U0BOB']);
    await turnTo(ada, 'Reminders', 'Remind (days before the end)');
    await ada.change('modal', 'Remind (days before the end)', '7, 60');
    await turnTo(ada, 'Channels', 'Audit Channel');
    await ada.change('modal', 'Audit Channel', 'C0AUDIT');
    await turnTo(ada, 'Four Eyes', 'Needs a Second Person');
    const closed = ['revoke', 'roles', 'four_eyes', 'key_delivery'];
    await ada.change('modal', 'Needs a Second Person', closed);
    await turnTo(ada, 'Certificates', 'Default Validity');
    const { outcome } = await ada.submit({
      'Default Validity': '30',
      'Second Person for Validity Longer Than': '365',
      'Custom CAs at Most': '8',
    });
    expect(outcome).toBe('cleared');
    expect(rig.announced).toMatchObject([
      {
        kind: 'settings',
        actorId: 'U0ADA',
        payload: {
          seenVersion: 0,
          administrators: ['U0ADA'],
          operators: ['U0ALICE'],
          approvers: ['U0BOB'],
          viewers: [],
          auditChannel: 'C0AUDIT',
          approvalChannel: null,
          defaultValidityDays: 30,
          longValidityDays: 365,
          fourEyes: true,
          openGates: GATE_NAMES.filter((gate) => !closed.includes(gate)),
          guardedSites: [],
          keyDelivery: 'message',
          reminderDays: [60, 7],
          uploadedLimit: 8,
        },
      },
    ]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it.each(['0', '51', ''])('refuse %j custom CAs', async (typed) => {
    await using rig = await startBotRig({ carryOut: done });
    const ada = await openSettings(rig);
    await turnTo(ada, 'Certificates', 'Default Validity');
    const { errors } = await ada.submit({ 'Custom CAs at Most': typed }, { force: true });
    expect(errors['Custom CAs at Most']).toMatch(/from 1 to 50/);
    expect(rig.announced).toEqual([]);
  });

  it('keep an administrator', async () => {
    await using rig = await startBotRig({ carryOut: done });
    const ada = await openSettings(rig);
    const { errors } = await ada.submit({ Administrators: null }, { force: true });
    expect(errors['Administrators']).toMatch(/must be an administrator/);
    expect(rig.announced).toEqual([]);
  });

  it.each([
    ['a guest', { isRestricted: true }, /guest/],
    ['a deactivated person', { deleted: true }, /deactivated/],
    ['an app', { isBot: true }, /app/],
    ['somebody of another company', { teamId: 'T0ELSEWHERE' }, /another workspace/],
  ])('refuse %s beside the field', async (_, flags, sentence) => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const ada = await openSettings(rig);
    rig.sandbox.store.updateUser('U0EVE', flags);
    const { errors } = await ada.submit({ Viewers: ['U0EVE'] });
    expect(errors).toEqual({ Viewers: expect.stringMatching(sentence) });
    expect(rig.announced).toEqual([]);
  });

  it('say how to reach a channel that the bot is not in', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const ada = await openSettings(rig);
    await turnTo(ada, 'Channels', 'Audit Channel');
    const { errors } = await ada.submit({ 'Audit Channel': WHERE, 'Approval Channel': 'C0APPROVE' });
    expect(errors).toEqual({ 'Audit Channel': 'Invite @countersign to #general with /invite, then save again.' });
    expect(rig.announced).toEqual([]);
  });

  it('change nothing while Slack is slow or away', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const ada = await openSettings(rig);
    for (const kind of ['slow', '500', 'reset', '429'] as const) {
      const fault = rig.sandbox.faults.add({ method: 'users.info', kind, ms: 2_600 });
      const { errors } = await ada.submit({ Viewers: ['U0EVE'] });
      fault.remove();
      expect(Object.values(errors)).toEqual(['Slack did not answer in time, nothing was changed. Save again.']);
    }
    expect(rig.announced).toEqual([]);
  });

  it('show a refusal of the worker in the form', async () => {
    await using rig = await startBotRig({
      carryOut: (request, store) => end(store, request, 'refused', 'Somebody else has changed the settings.'),
    });
    await seed(rig.store);
    const ada = await openSettings(rig);
    expect((await ada.submit({ Viewers: ['U0EVE'] })).outcome).toBe('updated');
    expect(JSON.stringify(ada.modal?.blocks)).toContain('Somebody else has changed');
  });

  it('close when nobody carries them out in time, and a refusal just after that is told', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const ada = await openSettings(rig);
    // The time that looking things up has taken is not there for waiting.
    rig.sandbox.faults.add({ method: 'users.info', kind: 'slow', ms: 1_200, times: 1 });
    expect((await ada.submit({ Viewers: ['U0EVE'] })).outcome).toBe('cleared');
    const [request] = rig.announced;
    if (!request) throw new Error('nothing was recorded');
    await end(rig.store, request, 'refused', 'Refused a little later.', new Date(request.createdAt.getTime() + 1_900));
    await ada.until((person) => person.messages(person.dm).find(({ text }) => text === 'Refused a little later.'));
  });

  it('are for administrators, also when they are submitted', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const ada = await openSettings(rig);
    const hers = (await rig.store.roles(ACCOUNT)).find(({ userId }) => userId === 'U0ADA');
    await rig.store.commit([
      { op: 'delete', table: 'roles', id: hers?.id ?? '' },
      { op: 'insert', table: 'roles', row: { ...(hers as NonNullable<typeof hers>), id: 'r', userId: 'U0BOB' } },
    ]);
    expect((await ada.submit()).outcome).toBe('updated');
    expect(JSON.stringify(ada.modal?.blocks)).toContain('needs the role administrator');
    expect(rig.announced).toEqual([]);
  });
});

describe('Settings, section by section', () => {
  it('tell beside the chooser what is wrong in another section', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const ada = await openSettings(rig);
    await turnTo(ada, 'Reminders', 'Remind (days before the end)');
    await ada.change('modal', 'Remind (days before the end)', 'soon');
    await turnTo(ada, 'Roles', 'Viewers');
    rig.sandbox.store.updateUser('U0EVE', { isRestricted: true });
    const { errors } = await ada.submit({ Viewers: ['U0EVE'] });
    expect(errors).toEqual({
      Section: expect.stringMatching(/^Reminders: “soon” is not a number of days/),
      Viewers: expect.stringMatching(/guest/),
    });
    expect(rig.announced).toEqual([]);
  });

  it('say it when somebody else has changed them, at the next section and when they are saved', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const ada = await openSettings(rig);
    await rig.store.commit([{ op: 'update', table: 'accounts', id: ACCOUNT, version: 1, set: { fourEyes: true } }]);
    await ada.change('modal', 'Section', 'Channels');
    await ada.until(({ modals }) => modals.length === 2);
    expect(JSON.stringify(ada.modal?.blocks)).toContain('Somebody else has changed the settings');
    await ada.close();
    const { errors } = await ada.submit();
    expect(Object.values(errors).join()).toContain('Somebody else has changed the settings');
    expect(rig.announced).toEqual([]);
  });

  it('show nothing to somebody who is an administrator no more', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store, grant('U0BOB', 'administrator'));
    const ada = await openSettings(rig);
    const hers = (await rig.store.roles(ACCOUNT)).find(({ userId }) => userId === 'U0ADA');
    await rig.store.commit([{ op: 'delete', table: 'roles', id: hers?.id ?? '' }]);
    await ada.change('modal', 'Section', 'Channels');
    await ada.until(({ modals }) => modals.length === 2);
    expect(JSON.stringify(ada.modal?.blocks)).toContain('needs the role administrator');
    await ada.close();
    expect(JSON.stringify(ada.modal?.blocks)).not.toContain('audit_channel');
  });

  it('say that a second person is asked', async () => {
    await using rig = await startBotRig({
      carryOut: (request, store) => store.commit([update('requests', request, { state: 'waiting' })]),
    });
    await seed(rig.store);
    const ada = await openSettings(rig);
    expect((await ada.submit({ Viewers: ['U0EVE'] })).outcome).toBe('updated');
    expect(JSON.stringify(ada.modal?.blocks)).toMatch(/second person.*nothing is changed yet/);
    // It waits for a whole day.
    const [request] = rig.announced;
    expect(request?.deadlineAt.getTime()).toBe(rig.clock.now().getTime() + 24 * 3_600_000);
  });

  it('guard a site, and take one from among many', async () => {
    await using rig = await startBotRig({ carryOut: done });
    const many = Array.from({ length: 150 }, (_, i) =>
      insert('sites', aSite({ id: `many-${i}`, name: `s${i}.example` })),
    );
    await seed(rig.store, many);
    const ada = await openSettings(rig);
    await turnTo(ada, 'Certificates', 'Guarded Sites');
    expect(await ada.options('Guarded Sites', 'S14')).toHaveLength(11);
    await ada.submit({ 'Guarded Sites': ['s149.example'] });
    expect(rig.announced[0]?.payload).toMatchObject({ guardedSites: ['many-149'] });
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('do not offer links without an address for them', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const ada = await openSettings(rig);
    await turnTo(ada, 'Key Delivery', 'Key Delivery');
    expect(JSON.stringify(ada.modal?.blocks)).toContain('PUBLIC_URL is not configured');
    const { errors } = await ada.submit({ 'Key Delivery': 'link' });
    expect(errors).toEqual({ 'Key Delivery': expect.stringMatching(/PUBLIC_URL/) });
    expect(rig.announced).toEqual([]);
  });

  it.each([
    ['two people are approvers', 'refused', [...grant('U0BOB', 'approver'), ...grant('U0EVE', 'approver')]],
    ['a group of two is', 'refused', grant('S0SECURITY', 'approver')],
    ['one is', 'cleared', grant('U0BOB', 'approver')],
  ])('switch four eyes off while %s: %s', async (_, outcome, grants) => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store, grants);
    const ada = await openSettings(rig);
    await turnTo(ada, 'Four Eyes', 'Needs a Second Person');
    const submitted = await ada.submit({ 'Four Eyes': 'off' });
    expect(submitted.outcome).toBe(outcome);
    if (outcome === 'refused') expect(submitted.errors['Four Eyes']).toMatch(/fewer than two people/);
  });
});

describe('user groups', () => {
  it('get a role by their handle, and keep it while other things are changed', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store, grant('S0SECURITY', 'viewer'));
    const ada = await openSettings(rig);
    expect(await ada.options('Approvers: User Groups', 'secur')).toMatchObject([
      { text: { text: '@security (Security)' }, value: 'S0SECURITY' },
    ]);
    expect(await ada.options('Approvers: User Groups', 'nowhere')).toEqual([]);
    await ada.submit({ 'Approvers: User Groups': ['@security (Security)'] });
    expect(rig.announced[0]?.payload).toMatchObject({ approvers: ['S0SECURITY'], viewers: ['S0SECURITY'] });
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('cannot be the only administrators', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const ada = await openSettings(rig);
    const fill = { Administrators: null, 'Administrators: User Groups': ['@security (Security)'] };
    expect((await ada.submit(fill, { force: true })).errors['Administrators']).toMatch(/as a person/);
    expect(rig.announced).toEqual([]);
  });

  it('without members get no role', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const ada = await openSettings(rig);
    await rig.sandbox.setGroupMembers('S0SECURITY', []);
    const { errors } = await ada.submit({ 'Viewers: User Groups': ['@security (Security)'] });
    expect(Object.values(errors)).toEqual([expect.stringMatching(/no members/)]);
  });

  it.each([
    ['plan_upgrade_required', /paid plans/],
    ['missing_scope', /usergroups:read/],
    ['internal_error', /did not say/],
  ])('are explained when Slack answers %s, and nothing is lost', async (error, sentence) => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store, grant('S0SECURITY', 'viewer'));
    rig.sandbox.faults.add({ method: 'usergroups.list', kind: 'error', error });
    const ada = await openSettings(rig);
    expect(JSON.stringify(ada.modal?.blocks)).toMatch(sentence);
    await ada.submit({ Viewers: ['U0EVE'] });
    expect(rig.announced[0]?.payload).toMatchObject({ viewers: ['U0EVE', 'S0SECURITY'] });
  });

  it('are not waited for when Slack is slow to list them', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    rig.sandbox.faults.add({ method: 'usergroups.list', kind: 'slow', ms: 2_600 });
    const ada = await openSettings(rig);
    expect(JSON.stringify(ada.modal?.blocks)).toMatch(/did not say which user groups/);
  });

  it('and people in one role are not more than a request holds', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const ada = await openSettings(rig);
    const payload = ada.payload.submission() as {
      view: { state: { values: Record<string, Record<string, unknown>> } };
    };
    const selected_users = Array.from({ length: 101 }, (_, i) => `U0PERSON${i}`);
    payload.view.state.values['viewers'] = { settings_viewers: { type: 'multi_users_select', selected_users } };
    const { body } = await ada.send(payload, { kind: 'interactive' });
    expect(body).toMatchObject({ errors: { viewers: expect.stringMatching(/100 people and user groups at most/) } });
    expect(rig.announced).toEqual([]);
  });

  it('give what their members may do, until Slack says that somebody has left', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, grant('S0SECURITY', 'administrator'));
    const bob = rig.sandbox.person('U0BOB');
    const opens = async () => {
      await bob.command(WHERE, '/mtls settings');
      const opened = bob.modal !== undefined;
      if (opened) await bob.close();
      return opened;
    };
    expect(await opens()).toBe(true);
    // Nobody is asked each time: without Slack's event he would be in for a while.
    const asked = rig.sandbox.faults.add({ method: 'usergroups.users.list', kind: '500' });
    expect(await opens()).toBe(true);
    asked.remove();
    await rig.sandbox.setGroupMembers('S0SECURITY', ['U0ADA']);
    await expect.poll(opens).toBe(false);
    await rig.sandbox.setGroupMembers('S0SECURITY', ['U0ADA', 'U0BOB']);
    await expect.poll(opens).toBe(true);
    await rig.sandbox.changeGroup('S0SECURITY', { disabled: true });
    await expect.poll(opens).toBe(false);
  });

  it('let nobody act for more than a minute after they have left, also when the event was lost', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, grant('S0SECURITY', 'administrator'));
    const bob = rig.sandbox.person('U0BOB');
    await bob.command(WHERE, '/mtls settings');
    await bob.close();
    const group = rig.sandbox.store.workspace.usergroups.find(({ id }) => id === 'S0SECURITY');
    if (group) group.userIds = ['U0ADA'];
    rig.clock.advance(60_000);
    await bob.command(WHERE, '/mtls settings');
    expect(bob.modal).toBeUndefined();
    expect(bob.ephemerals(WHERE).at(-1)?.text).toMatch(/needs the role administrator/);
  });

  it.each([
    ['slow', 2_600, /did not say who is in it/],
    ['500', 0, /did not say who is in it/],
  ] as const)(
    'with a Slack that is %s the person is told, and nobody is taken for a member',
    async (kind, ms, text) => {
      await using rig = await startBotRig();
      await seed(rig.store, grant('S0SECURITY', 'administrator'));
      rig.sandbox.faults.add({ method: 'usergroups.users.list', kind, ms });
      const bob = rig.sandbox.person('U0BOB');
      await bob.command(WHERE, '/mtls settings');
      expect(bob.modal).toBeUndefined();
      expect(bob.ephemerals(WHERE).at(-1)?.text).toMatch(text);
    },
  );

  it('make nobody wait where none has a role', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    rig.sandbox.faults.add({ method: 'usergroups.users.list', kind: '500' });
    const alice = rig.sandbox.person('U0ALICE');
    await alice.command(WHERE, '/mtls issue');
    expect(alice.modal?.title?.text).toBe('Create Certificate');
  });
});
