import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../../core/ca/authority.ts';
import { DAY_MS } from '../../../core/renewal/due.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { insert, update } from '../../../core/store/plan.ts';
import type { Authority, Certificate } from '../../../core/store/rows.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { BOT_USER } from '../../../sandbox/server/state/model.ts';
import { certificateReminder } from '../../../worker/delivery/messages/reminder.ts';
import { aCertificate, aRequest } from '../../support/rows.ts';
import { ACCOUNT, type BotRig, grant, seed, site, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';

/** A certificate of alice that ends in a week, asked for as given. */
async function anIssued(rig: BotRig, asked: Record<string, unknown> = {}, set: Partial<Certificate> = {}) {
  const now = rig.clock.now().getTime();
  const payload = { method: 'system', siteId: site.id, name: 'alice-laptop', keyType: 'ec-p384', validityDays: 90 };
  const request = aRequest({ accountId: ACCOUNT, state: 'done', payload: { ...payload, ...asked } });
  const certificate = aCertificate({
    accountId: ACCOUNT,
    siteId: site.id,
    siteName: site.name,
    requestId: request.id,
    certificate: Buffer.from([0x30, 0]),
    notBefore: new Date(now - 83 * DAY_MS),
    notAfter: new Date(now + 7 * DAY_MS),
    ...set,
  });
  await rig.store.commit([insert('requests', request), insert('certificates', certificate)]);
  return certificate;
}

/** Presses *Renew* on the reminder of this certificate. */
async function pressRenew(rig: BotRig, person: Person, certificate: Certificate): Promise<void> {
  const about = { ownerId: certificate.ownerId, to: 'gone' as const, total: 1, withinDays: 30, now: rig.clock.now() };
  const { text, blocks } = certificateReminder([{ certificate, renewed: false }], about);
  const elements = blocks as never;
  const message = rig.sandbox.store.post({ conversationId: person.dm, authorId: BOT_USER, text, blocks: elements });
  await person.click(message, 'Renew…');
}

const drawn = (person: Person) => JSON.stringify(person.modal?.blocks ?? []);
/** The n-th thing that only this person was told. */
const answer = (person: Person, n = 1) => person.until(() => person.ephemerals(person.dm)[n - 1]?.text);

describe('Renew', () => {
  it('opens with what was asked for the last time, name and site fixed, and records what it renews', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const certificate = await anIssued(rig);
    const alice = rig.sandbox.person('U0ALICE');
    await pressRenew(rig, alice, certificate);
    expect(alice.modal?.title?.text).toBe('Renew Certificate');
    expect(drawn(alice)).toContain('alice-laptop');
    expect(drawn(alice)).not.toContain('"issue_name"');
    expect(drawn(alice)).not.toContain('"issue_site"');
    expect((await alice.submit()).outcome).toBe('updated');
    await expect.poll(() => rig.announced).toHaveLength(1);
    expect(rig.announced[0]).toMatchObject({
      kind: 'issue',
      actorId: 'U0ALICE',
      payload: {
        method: 'system',
        siteId: site.id,
        name: 'alice-laptop',
        keyType: 'ec-p384',
        validityDays: 90,
        renewsId: certificate.id,
      },
    });
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('keeps what it renews when other fields are shown, and a validity that is not in the menu', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const certificate = await anIssued(rig, { validityDays: 45 });
    const alice = rig.sandbox.person('U0ALICE');
    await pressRenew(rig, alice, certificate);
    await alice.change('modal', 'CSR Generation Method', 'csr');
    await alice.until(() => drawn(alice).includes('issue_csr'));
    await alice.change('modal', 'CSR Generation Method', 'system');
    await alice.until(() => drawn(alice).includes('issue_key_type'));
    expect(alice.modal?.title?.text).toBe('Renew Certificate');
    await alice.submit();
    await expect.poll(() => rig.announced).toHaveLength(1);
    expect(rig.announced[0]?.payload).toMatchObject({ validityDays: 45, renewsId: certificate.id });
  });

  it('of somebody else’s says whose the new one will be', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const bob = rig.sandbox.person('U0BOB');
    await pressRenew(rig, bob, await anIssued(rig));
    expect(drawn(bob)).toContain('The new one will be yours');
  });

  it('is refused with a sentence: to eve, to an owner without the role, and when it is renewed already', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, grant('U0EVE', 'viewer'));
    const certificate = await anIssued(rig);
    const eve = rig.sandbox.person('U0EVE');
    await pressRenew(rig, eve, certificate);
    expect(await answer(eve)).toContain('role operator');
    await pressRenew(rig, eve, await anIssued(rig, {}, { ownerId: 'U0EVE', serial: 'aa' }));
    expect(await answer(eve, 2)).toContain('role operator');

    await anIssued(rig, {}, { renewsId: certificate.id, serial: 'feed' });
    const alice = rig.sandbox.person('U0ALICE');
    await pressRenew(rig, alice, certificate);
    expect(await answer(alice)).toMatch(/renewed already: .*fe:ed/);
    expect(rig.announced).toEqual([]);
  });

  it('is checked again when the form is submitted', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const certificate = await anIssued(rig);
    const alice = rig.sandbox.person('U0ALICE');
    await pressRenew(rig, alice, certificate);
    await rig.store.commit([update('certificates', certificate, { state: 'held', heldAt: rig.clock.now() })]);
    expect((await alice.submit()).outcome).toBe('refused');
    expect(JSON.stringify(alice.errors)).toContain('suspended');
    expect(rig.announced).toEqual([]);
  });

  it.each(['../../etc', 'x'.repeat(300), '', '{"a":1}'])('with a made-up value %j finds nothing', async (value) => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = rig.sandbox.person('U0ALICE');
    const message = rig.sandbox.store.post({ conversationId: alice.dm, authorId: BOT_USER, text: 'x', blocks: [] });
    await alice.act(message, { type: 'button', block_id: 'x', action_id: ACTIONS.openRenew, value });
    expect(await answer(alice)).toContain('no such certificate');
  });
});

/** A first generation, as the worker makes it. */
async function anAuthority(rig: BotRig, set: Partial<Authority> = {}): Promise<void> {
  const now = rig.clock.now();
  const generation = set.generation ?? 1;
  const made = createAuthority({ accountId: ACCOUNT, generation, now, random: randomBytes });
  const row: Authority = {
    id: `g${generation}`,
    accountId: ACCOUNT,
    generation,
    certificate: Buffer.from(made.certificateDer),
    sealedKey: Buffer.alloc(1),
    spkiSha256: String(generation).padStart(64, '0'),
    notAfter: made.notAfter,
    issuesFrom: now,
    retiredAt: null,
    pkiUrls: [],
    createdAt: now,
    version: 1,
    ...set,
  };
  await rig.store.commit([insert('authorities', row)]);
}

describe('/mtls ca rotate', () => {
  it('explains the three steps and records the overlap, seven days where nothing else is chosen', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    await anAuthority(rig);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls ca rot');
    for (const part of ['Trust.', 'Begin.', 'Retire.']) expect(drawn(ada)).toContain(part);
    const submitted = ada.submit({ Why: 'Yearly exercise.' });
    await expect.poll(() => rig.announced).toHaveLength(1);
    expect(rig.announced[0]).toMatchObject({
      kind: 'ca_rotate',
      actorId: 'U0ADA',
      payload: { overlapDays: 7, because: 'Yearly exercise.' },
    });
    expect((await submitted).outcome).toBe('updated');
    expect(drawn(ada)).toContain('recorded');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('signs at once only with the box for a leaked key', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    await anAuthority(rig);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls ca rotate');
    expect((await ada.submit({ 'Time For Servers To Trust It': '0' })).outcome).toBe('refused');
    expect(JSON.stringify(ada.errors)).toContain('does not exist yet');
    expect(rig.announced).toEqual([]);
    const submitted = ada.submit({ 'Time For Servers To Trust It': '0', 'Leaked Key': ['compromised'] });
    await expect.poll(() => rig.announced).toHaveLength(1);
    expect(rig.announced[0]?.payload).toMatchObject({ overlapDays: 0, compromised: true });
    await submitted;
  });

  it('is for administrators, from the command and from the button alike', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    await anAuthority(rig);
    const alice = rig.sandbox.person('U0ALICE');
    await alice.command(WHERE, '/mtls ca rotate');
    expect(alice.modal).toBeUndefined();
    expect(alice.ephemerals(WHERE).at(-1)?.text).toContain('role administrator');
    await alice.command(WHERE, '/mtls ca');
    expect(JSON.stringify(alice.ephemerals(WHERE).at(-1)?.blocks)).not.toContain(ACTIONS.openRotate);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls ca');
    await ada.click(ada.ephemerals(WHERE).at(-1) as never, 'New generation…');
    expect(ada.modal?.title?.text).toBe('New Generation');
  });

  it('says what stands against it: no authority, or one on its way', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const ada = rig.sandbox.person('U0ADA');
    const refusal = async () => {
      await ada.command(WHERE, '/mtls ca rotate');
      expect(ada.modal).toBeUndefined();
      return ada.ephemerals(WHERE).at(-1)?.text;
    };
    expect(await refusal()).toContain('no authority yet');
    await anAuthority(rig);
    await anAuthority(rig, { generation: 2, issuesFrom: new Date(rig.clock.now().getTime() + DAY_MS) });
    expect(await refusal()).toContain('Generation 2 is on its way');
  });
});
