import { describe, expect, it } from 'vitest';
import type { Person } from '../../../sandbox/server/person.ts';
import { ACCOUNT, type BotRig, end, seed, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';
const done: NonNullable<BotRig['carryOut']> = (request, store) => end(store, request, 'done', 'Saved.');

async function openSettings(rig: BotRig): Promise<Person> {
  const ada = rig.sandbox.person('U0ADA');
  await ada.command(WHERE, '/mtls settings');
  expect(ada.modal?.title?.text).toBe('Settings');
  return ada;
}

describe('Settings', () => {
  it('are saved and the form closes', async () => {
    await using rig = await startBotRig({ carryOut: done });
    const ada = await openSettings(rig);
    const { outcome } = await ada.submit({
      Operators: ['U0ALICE'],
      Approvers: ['U0BOB'],
      'Audit Channel': 'C0AUDIT',
      'Default Validity': '30',
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
        },
      },
    ]);
    expect(rig.sandbox.problems).toEqual([]);
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
