import { describe, expect, it } from 'vitest';
import { signCheckpoint } from '../../../core/audit/checkpoint.ts';
import { recordEvent } from '../../../core/audit/event.ts';
import { ACTIONS_TOLD } from '../../../core/audit/events.ts';
import { deriveAuditKey } from '../../../core/audit/key.ts';
import { sequenceEvents } from '../../../core/audit/sequence.ts';
import { insert } from '../../../core/store/plan.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { aCertificate } from '../../support/rows.ts';
import { ACCOUNT, type BotRig, grant, keys, seed, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';

async function withEvents(rig: BotRig, count: number): Promise<void> {
  await seed(rig.store, grant('U0BOB', 'approver'));
  for (let n = 1; n <= count; n += 1) {
    const action = n % 2 === 0 ? 'site.removed' : 'site.added';
    const at = new Date(rig.clock.now().getTime() - (count - n) * 60_000);
    const who = { accountId: ACCOUNT, actorId: n % 2 === 0 ? 'U0BOB' : 'U0ADA', at };
    const facts = { ...who, subjectId: `s${n}`, details: { site: `site-${n}.example.com` } };
    await rig.store.commit(recordEvent(action, 'site', facts));
  }
  await sequenceEvents(rig.store);
}

async function openAudit(rig: BotRig, who = 'U0ADA', words = ''): Promise<Person> {
  const person = rig.sandbox.person(who);
  await person.command(WHERE, `/mtls audit ${words}`);
  expect(person.modal?.title?.text, JSON.stringify(person.ephemerals(WHERE))).toBe('Audit');
  return person;
}

const shown = (person: Person) => JSON.stringify(person.modal?.blocks ?? []);
const numbers = (person: Person) => [...shown(person).matchAll(/\*#(\d+)\*/g)].map(([, n]) => Number(n));
const range = (from: number, to: number) => Array.from({ length: Math.abs(from - to) + 1 }, (_, n) => from - n);

describe('/mtls audit', () => {
  it('tells what happened, newest first, page by page', async () => {
    await using rig = await startBotRig();
    await withEvents(rig, 25);
    const ada = await openAudit(rig);
    expect(numbers(ada)).toEqual(range(25, 16));
    expect(shown(ada)).toContain('<@U0ADA> added the site site-25.example.com.');
    expect(shown(ada)).toMatch(/<!date\^\d+\^/);
    expect(shown(ada)).not.toContain('"Previous"');
    await ada.click('modal', 'Next');
    await ada.click('modal', 'Next');
    expect(numbers(ada)).toEqual(range(5, 1));
    expect(shown(ada)).not.toContain('"Next"');
    await ada.click('modal', 'Previous');
    expect(numbers(ada)).toEqual(range(15, 6));
    await ada.click('modal', 'Previous');
    expect(numbers(ada)).toEqual(range(25, 16));
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('searches by who, what and when; the search survives paging, what was only typed does not count', async () => {
    await using rig = await startBotRig();
    await withEvents(rig, 50);
    const ada = await openAudit(rig);
    await ada.submit({ Who: 'U0BOB', What: `… ${ACTIONS_TOLD['site.removed']}` });
    expect(numbers(ada)).toEqual(range(25, 16).map((n) => 2 * n));
    await ada.change('modal', 'Who', 'U0ADA');
    await ada.click('modal', 'Next');
    expect(numbers(ada)).toEqual(range(15, 6).map((n) => 2 * n));
    await ada.submit({ Who: 'U0ADA', What: 'Anything' });
    expect(numbers(ada)[0]).toBe(49);
    const tomorrow = new Date(rig.clock.now().getTime() + 86_400_000).toISOString().slice(0, 10);
    await ada.submit({ From: tomorrow });
    expect(shown(ada)).toContain('Nothing fits.');
    expect((await ada.submit({ To: '2020-01-01' })).errors).toEqual({ To: expect.stringContaining('before') });
    await ada.click('modal', 'Clear the search');
    expect(numbers(ada)[0]).toBe(50);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('understands words: a certificate, a person, an action, days', async () => {
    await using rig = await startBotRig();
    await withEvents(rig, 4);
    const certificate = aCertificate({ accountId: ACCOUNT, ownerId: 'U0ALICE' });
    await rig.store.commit([
      insert('certificates', certificate),
      ...recordEvent('certificate.revoked', 'certificate', {
        accountId: ACCOUNT,
        actorId: 'U0BOB',
        at: rig.clock.now(),
        subjectId: certificate.id,
        details: { serial: certificate.serial, name: certificate.name, site: 'example.com' },
      }),
    ]);
    await sequenceEvents(rig.store);
    expect(numbers(await openAudit(rig, 'U0ADA', '4F:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE'))).toEqual([5]);
    expect(numbers(await openAudit(rig, 'U0ADA', 'alice-laptop'))).toEqual([5]);
    expect(numbers(await openAudit(rig, 'U0ADA', '<@U0BOB01|bob>'))).toEqual([]);
    expect(numbers(await openAudit(rig, 'U0ADA', 'site.added'))).toEqual([3, 1]);
    const today = rig.clock.now().toISOString().slice(0, 10);
    expect(numbers(await openAudit(rig, 'U0ADA', `certificate.revoked ${today}`))).toEqual([5]);
    expect(shown(await openAudit(rig, 'U0ADA', '*nothing* `like` this'))).toContain('is called');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('finds what an API key did, by a word and by its field', async () => {
    await using rig = await startBotRig();
    await withEvents(rig, 4);
    const facts = { accountId: ACCOUNT, actorId: 'key:deploy', at: rig.clock.now(), subjectId: 's' };
    await rig.store.commit([
      ...recordEvent('site.added', 'site', { ...facts, details: { site: 'x.example' } }),
      ...recordEvent('approval.approved', 'request', {
        ...facts,
        actorId: 'U0BOB',
        details: { kind: 'bind', requester: 'key:deploy' },
      }),
    ]);
    await sequenceEvents(rig.store);
    const ada = await openAudit(rig, 'U0ADA', 'key:Deploy');
    expect(numbers(ada)).toEqual([5]);
    expect(shown(ada)).toContain('API key `deploy` added the site x.example.');
    expect((await ada.submit({ Who: 'U0BOB' })).errors).toEqual({
      'Or which API key': expect.stringContaining('both a person and an API key'),
    });
    expect((await ada.submit({ Who: null, 'Or which API key': 'no key!' })).outcome).toBe('refused');
    await ada.submit({ Who: null, 'Or which API key': 'other' });
    expect(shown(ada)).toContain('Nothing fits.');
    await ada.submit({ 'Or which API key': 'key:deploy' });
    expect(numbers(ada)).toEqual([5]);
    await ada.submit({ 'Or which API key': null, Who: 'U0BOB' });
    expect(numbers(ada)).toEqual([6, 4, 2]);
    expect(shown(ada)).toContain('Requester: API key `deploy`');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('draws every kind of event, however long its words, within the limits of Slack', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const because = '𝕬`*_<!channel>&'.repeat(40);
    for (const action of Object.keys(ACTIONS_TOLD)) {
      const facts = { accountId: ACCOUNT, actorId: 'system', at: rig.clock.now(), subjectId: 's' };
      const details = { serial: 'ab'.repeat(16), name: because, site: because, because, why: because, owner: 'U0BOB' };
      await rig.store.commit(recordEvent(action, 'site', { ...facts, details }));
    }
    const ada = await openAudit(rig);
    while (shown(ada).includes('"Next"')) await ada.click('modal', 'Next');
    expect(rig.sandbox.problems).toEqual([]);
    expect(shown(ada)).not.toContain('<!channel>');
  });

  it('shows the key that checkpoints are signed with', async () => {
    await using rig = await startBotRig();
    await withEvents(rig, 2);
    expect(shown(await openAudit(rig))).toContain('No checkpoint has been signed yet');
    const key = deriveAuditKey(keys);
    const hash = 'ab'.repeat(32);
    const at = rig.clock.now();
    const line = signCheckpoint(key, { account: ACCOUNT, sequence: 2, hash, at });
    const publicKey = key.publicKey.text;
    await rig.store.commit([
      insert('auditCheckpoints', { id: 'c', accountId: ACCOUNT, sequence: 2, hash, line, publicKey, createdAt: at }),
    ]);
    expect(shown(await openAudit(rig))).toContain(`\`${publicKey}\``);
  });

  it('is for administrators and approvers; nobody else gets in, also not by a button', async () => {
    await using rig = await startBotRig();
    await withEvents(rig, 25);
    const ada = await openAudit(rig);
    await openAudit(rig, 'U0BOB');
    expect(shown(rig.sandbox.person('U0BOB'))).not.toContain('Export');
    for (const who of ['U0ALICE', 'U0EVE']) {
      const person = rig.sandbox.person(who);
      await person.command(WHERE, '/mtls audit');
      expect(person.modal).toBeUndefined();
      expect(person.ephemerals(WHERE).at(-1)?.text).toMatch(/needs the role administrator or approver/);
    }
    const roles = (await rig.store.roles(ACCOUNT)).filter(({ userId }) => userId === 'U0ADA');
    await rig.store.commit([
      ...roles.map(({ id }) => ({ op: 'delete' as const, table: 'roles' as const, id })),
      ...grant('U0CAROL', 'administrator'),
    ]);
    const before = numbers(ada);
    await ada.click('modal', 'Next');
    await ada.until((person) => shown(person).includes('needs the role'));
    expect(ada.modals[0] && JSON.stringify(ada.modals[0].view.blocks)).toContain(`#${before[0]}`);
  });

  it('takes no place or search that was made up', async () => {
    await using rig = await startBotRig();
    await withEvents(rig, 25);
    const facts = { accountId: 'T0OTHER', at: rig.clock.now(), actorId: 'U0SECRET', subjectId: 's', details: {} };
    await rig.store.commit(recordEvent('site.added', 'site', facts));
    const ada = await openAudit(rig);
    const press = (action_id: string, value: string) =>
      ada.act('modal', { type: 'button', block_id: 'audit_pages', action_id, value });
    for (const value of ['', 'x', '1:2:3', '-1:5', "1:1' or 1=1", '9'.repeat(400), '999999999999999:999999999999999']) {
      await press('audit_older', value);
      expect(numbers(ada), value).toEqual(range(25, 16));
    }
    await press('audit_older', '1:1');
    expect(shown(ada)).toContain('There is nothing more.');
    await press('audit_newer', '1:1');
    expect(numbers(ada)).toEqual(range(10, 1));
    expect(shown(ada)).not.toContain('U0SECRET');

    const payload = ada.payload.submission() as { payload?: string; view?: { private_metadata: string } };
    const forge = async (metadata: string) => {
      const forged = structuredClone(payload) as { view: { private_metadata: string } };
      forged.view.private_metadata = metadata;
      return JSON.stringify((await ada.send(forged as never)).body);
    };
    for (const metadata of [
      '',
      '{',
      '[]',
      '{"filter":{"accountId":"T0OTHER"},"round":0}',
      '{"filter":{},"round":-1}',
    ]) {
      expect(await forge(metadata), metadata).toContain('cannot go on from here');
    }
  });
});

describe('exporting', () => {
  it('is recorded with the form and the days, once', async () => {
    await using rig = await startBotRig();
    await withEvents(rig, 3);
    const ada = await openAudit(rig, 'U0ADA', '2026-03-01 2026-03-31');
    await ada.click('modal', 'Export…');
    expect(ada.modal?.title?.text).toBe('Export the audit');
    const { outcome } = await ada.submit({ Form: 'CSV', To: '2026-03-30' });
    expect(outcome).toBe('updated');
    expect(shown(ada)).toContain('direct message');
    expect(rig.announced).toMatchObject([
      { kind: 'audit_export', actorId: 'U0ADA', payload: { format: 'csv', from: '2026-03-01', to: '2026-03-30' } },
    ]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('asks for days in their order', async () => {
    await using rig = await startBotRig();
    await withEvents(rig, 3);
    const ada = await openAudit(rig);
    await ada.click('modal', 'Export…');
    expect((await ada.submit({ From: '2026-03-02', To: '2026-03-01' })).errors).toEqual({
      To: expect.stringContaining('before'),
    });
    expect(rig.announced).toEqual([]);
  });

  it('is for administrators, also when it is pressed or submitted by somebody else', async () => {
    await using rig = await startBotRig();
    await withEvents(rig, 3);
    const bob = await openAudit(rig, 'U0BOB');
    await bob.act('modal', { type: 'button', block_id: 'audit_more', action_id: 'audit_export', value: 'export' });
    await bob.until((person) => shown(person).includes('needs the role administrator'));
    const ada = await openAudit(rig);
    await ada.click('modal', 'Export…');
    const forged = structuredClone(ada.payload.submission()) as { user: { id: string } };
    forged.user.id = 'U0BOB';
    expect(JSON.stringify((await bob.send(forged as never)).body)).toContain('needs the role administrator');
    expect(rig.announced).toEqual([]);
  });
});
