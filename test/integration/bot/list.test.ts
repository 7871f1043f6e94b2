import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { planHold, planRelease } from '../../../core/ca/revoke.ts';
import { insert, type Write } from '../../../core/store/plan.ts';
import type { Certificate, Request } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { contentOf } from '../../support/acts.ts';
import { aCertificate, aSite } from '../../support/rows.ts';
import { ACCOUNT, type BotRig, end, grant, seed, site, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';
const DAY_MS = 86_400_000;

/** Certificates that end in a year, each made a minute after the one before. */
function certificates(count: number, set: (i: number) => Partial<Certificate> = () => ({})): Certificate[] {
  const start = Date.now() - count * 60_000;
  return Array.from({ length: count }, (_, i) =>
    aCertificate({
      serial: `4f${randomBytes(15).toString('hex')}`,
      requestId: `request-${i}-${randomBytes(4).toString('hex')}`,
      siteId: site.id,
      name: `device-${i}`,
      createdAt: new Date(start + i * 60_000),
      notAfter: new Date(Date.now() + 365 * DAY_MS),
      fingerprint: randomBytes(32).toString('hex'),
      certificate: Buffer.from([0x30, 0]),
      ...set(i),
    }),
  );
}

const rows = (many: readonly Certificate[]): Write[] => many.map((row) => insert('certificates', row));

/** The names on the page that is shown, as they are written in its rows. */
function shown(person: Person): string[] {
  const blocks = (person.modals[0]?.view.blocks ?? []) as { block_id?: string; text?: { text?: string } }[];
  return blocks
    .filter(({ block_id }) => block_id?.startsWith('row:'))
    .map(({ text }) => /^\*([^*]+)\*/.exec(text?.text ?? '')?.[1] ?? '');
}

/** What a click is answered with in a modal of its own comes after the click is acknowledged. */
const untilSaid = (person: Person, text: string) => person.until(() => textOf(person).includes(text));

const textOf = (person: Person) => contentOf({ text: '', blocks: person.modal?.blocks ?? [] });
const names = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => `device-${from - i}`);

async function list(rig: BotRig, userId: string, words = ''): Promise<Person> {
  const person = rig.sandbox.person(userId);
  await person.command(WHERE, `/mtls list ${words}`);
  return person;
}

async function said(rig: BotRig, userId: string, text: string): Promise<string> {
  const person = rig.sandbox.person(userId);
  await person.command(WHERE, text);
  return person.ephemerals(WHERE).at(-1)?.text ?? '';
}

describe('/mtls list', () => {
  it('shows own active certificates, newest first, and pages forth and back', async () => {
    await using rig = await startBotRig();
    const bobs = certificates(1, () => ({ ownerId: 'U0BOB', name: 'bobs' }));
    await seed(rig.store, rows([...certificates(34), ...bobs]));
    const alice = await list(rig, 'U0ALICE');
    expect(shown(alice)).toEqual(names(33, 24));
    for (const page of [names(23, 14), names(13, 4), names(3, 0)]) {
      await alice.click('modal', 'Next');
      expect(shown(alice)).toEqual(page);
    }
    expect(textOf(alice)).not.toContain('Next');
    for (const page of [names(13, 4), names(23, 14), names(33, 24)]) {
      await alice.click('modal', 'Previous');
      expect(shown(alice)).toEqual(page);
    }
    expect(textOf(alice)).not.toContain('Previous');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('narrows down by every field, says what it shows, and what to do when nothing fits', async () => {
    await using rig = await startBotRig();
    const other = aSite({ id: 'site-2', accountId: ACCOUNT, name: 'second.example' });
    const all = [
      ...certificates(1, () => ({ name: 'mine', createdAt: new Date() })),
      ...certificates(1, () => ({
        name: 'bobs-laptop',
        ownerId: 'U0BOB',
        siteId: other.id,
        siteName: other.name,
        createdAt: new Date(Date.now() - 30_000),
      })),
      ...certificates(1, () => ({
        name: 'gone',
        state: 'revoked',
        revokedAt: new Date(),
        revocationReason: 'superseded',
      })),
      ...certificates(1, () => ({ name: 'over', notAfter: new Date(Date.now() - DAY_MS) })),
      ...certificates(1, () => ({ name: 'soon', notAfter: new Date(Date.now() + 12.5 * DAY_MS) })),
      ...certificates(1, () => ({ name: 'held', state: 'held', heldAt: new Date() })),
    ];
    await seed(rig.store, [insert('sites', other), ...rows(all)]);
    const alice = await list(rig, 'U0ALICE');
    expect(shown(alice)).toEqual(['mine', 'soon']);
    expect(textOf(alice)).toMatch(/◐ \*Ends soon\*: .*\(in 12 days\)/);

    const search = async (fill: Record<string, unknown>) => {
      expect(await alice.submit(fill)).toMatchObject({ outcome: 'updated' });
      return shown(alice);
    };
    expect(await search({ Owner: 'Everybody' })).toEqual(['mine', 'bobs-laptop', 'soon']);
    expect(await search({ Site: 'second.example' })).toEqual(['bobs-laptop']);
    expect(textOf(alice)).toContain('for second.example');
    expect(await search({ Site: 'All sites', State: 'Revoked' })).toEqual(['gone']);
    expect(await search({ State: 'Expired' })).toEqual(['over']);
    expect(await search({ State: 'Suspended' })).toEqual(['held']);
    expect(await search({ State: 'Ends within 30 days' })).toEqual(['soon']);
    expect(await search({ State: 'Any state', Search: 'LAPTOP' })).toEqual(['bobs-laptop']);
    const serial = all.find(({ name }) => name === 'gone')?.serial ?? '';
    expect(await search({ Search: serial.toUpperCase().match(/../g)?.join(':'), State: 'Active' })).toEqual(['gone']);
    expect(await search({ Search: 'no such thing' })).toEqual([]);
    expect(textOf(alice)).toContain('Nothing fits.');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('takes the same words in the command and in Search, and the fields show what they mean', async () => {
    await using rig = await startBotRig();
    const bobs = certificates(2, (i) => ({
      ownerId: 'U0BOB',
      name: `bob-${i}`,
      ...(i === 0 ? { state: 'revoked', revokedAt: new Date() } : {}),
    }));
    await seed(rig.store, rows([...certificates(2), ...bobs]));
    const alice = await list(rig, 'U0ALICE', '@bob revoked');
    expect(shown(alice)).toEqual(['bob-0']);
    const fields = JSON.stringify(alice.modal?.blocks);
    expect(fields).toContain('"initial_user":"U0BOB"');
    await alice.submit({ Search: 'mine active', Owner: 'Everybody' });
    expect(shown(alice)).toEqual(['device-1', 'device-0']);
    expect(textOf(alice)).toContain('your active certificates');
    // What the words said stands in the fields now: a search without words goes on from there.
    await alice.submit({ State: 'Any state' });
    expect(shown(alice)).toEqual(['device-1', 'device-0']);
  });

  it('says beside the field what it does not understand, and searches for nothing', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, rows(certificates(2)));
    const alice = await list(rig, 'U0ALICE');
    const refused = await alice.submit({ Search: 'before tomorrow' });
    expect(refused).toMatchObject({
      outcome: 'refused',
      errors: { Search: expect.stringContaining('before 2026-01-31') },
    });
    expect(shown(alice)).toHaveLength(2);
    await alice.close();
    await alice.command(WHERE, '/mtls list site nowhere.example');
    expect(textOf(alice)).toContain('nowhere.example` is not a site here');
  });

  it('asks for the person only where one person is meant', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, rows(certificates(1, () => ({ ownerId: 'U0BOB', name: 'bobs' }))));
    const alice = await list(rig, 'U0ALICE');
    await alice.change('modal', 'Owner', 'One person…');
    expect(await alice.submit({})).toMatchObject({ outcome: 'refused' });
    expect(await alice.submit({ Person: 'U0BOB' })).toMatchObject({ outcome: 'updated' });
    expect(shown(alice)).toEqual(['bobs']);
    await alice.change('modal', 'Owner', 'Everybody');
    expect(JSON.stringify(alice.modal?.blocks)).not.toContain('users_select');
  });

  it('offers a menu that is searched where there are many sites', async () => {
    await using rig = await startBotRig();
    const many = Array.from({ length: 120 }, (_, i) =>
      aSite({ id: `s${i}`, accountId: ACCOUNT, name: `s${i}.example` }),
    );
    await seed(rig.store, [
      ...many.map((row) => insert('sites', row)),
      ...rows(certificates(1, () => ({ siteId: 's77', siteName: 's77.example' }))),
    ]);
    const alice = await list(rig, 'U0ALICE');
    expect(await alice.submit({ Site: 's77.example' })).toMatchObject({ outcome: 'updated' });
    expect(shown(alice)).toEqual(['device-0']);
    expect(await alice.submit({ Site: 's78.example' })).toMatchObject({ outcome: 'updated' });
    expect(shown(alice)).toEqual([]);
    expect(await alice.submit({ Site: 'All sites' })).toMatchObject({ outcome: 'updated' });
    expect(shown(alice)).toEqual(['device-0']);
    expect(rig.sandbox.problems).toEqual([]);
  });
});

describe('a large inventory', () => {
  it('is searched further where a page would take too long, and keeps what was found', async () => {
    await using rig = await startBotRig();
    const other = aSite({ id: 'site-2', accountId: ACCOUNT, name: 'second.example' });
    const old = certificates(1, () => ({ name: 'old', siteId: other.id, createdAt: new Date(0) }));
    const bobs = certificates(2_600, () => ({ ownerId: 'U0BOB', siteId: other.id }));
    const alices = certificates(2_600);
    await seed(rig.store, [insert('sites', other), ...rows([...old, ...bobs, ...alices])]);
    const alice = await list(rig, 'U0ALICE', 'second.example');
    expect(shown(alice)).toEqual([]);
    expect(textOf(alice)).toContain('Nothing that fits so far');
    for (let clicks = 0; clicks < 3 && shown(alice).length === 0; clicks += 1) {
      await alice.click('modal', 'Search further');
    }
    expect(shown(alice)).toEqual(['old']);
    expect(rig.sandbox.problems).toEqual([]);
  });
});

describe('who sees what', () => {
  it('somebody without a role sees their own and nothing else, whatever they ask for', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, rows([...certificates(2), ...certificates(1, () => ({ ownerId: 'U0EVE', name: 'eves' }))]));
    const eve = await list(rig, 'U0EVE', 'all');
    expect(shown(eve)).toEqual(['eves']);
    expect(JSON.stringify(eve.modal?.blocks)).not.toContain('Owner');
    const modal = eve.modals[0];
    if (!modal) throw new Error('no list');
    const forged = { 'owner:0': { list_owner: { type: 'static_select', selected_option: { value: 'all' } } } };
    await eve.submitValues(modal, { ...modal.values, ...forged }, { force: true });
    expect(shown(eve)).toEqual(['eves']);
    await eve.submit({ Search: 'all device' });
    expect(shown(eve)).toEqual([]);
    expect(textOf(eve)).toContain('None of your certificates fits');
  });

  it('somebody without a role and without certificates is refused as everywhere', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, rows(certificates(1)));
    expect(await said(rig, 'U0EVE', '/mtls list')).toMatch(/This needs the role/);
    expect(await said(rig, 'U0EVE', '/mtls show device-0')).toMatch(/This needs the role/);
  });

  it('no certificate of another account is found, shown or told of', async () => {
    await using rig = await startBotRig();
    const [theirs] = certificates(1, () => ({ accountId: 'T0OTHER', name: 'theirs' }));
    await seed(rig.store, rows(theirs ? [theirs] : []));
    const alice = await list(rig, 'U0ALICE', 'all theirs');
    expect(shown(alice)).toEqual([]);
    await alice.close();
    const unknown = await said(rig, 'U0ALICE', `/mtls show ${'4f'.repeat(16)}`);
    const foreign = await said(rig, 'U0ALICE', `/mtls show ${theirs?.serial}`);
    expect(foreign.replace(theirs?.serial ?? '', '')).toBe(unknown.replace('4f'.repeat(16), ''));
    await list(rig, 'U0ALICE');
    const act = { type: 'button', block_id: 'x', action_id: 'open_certificate', value: theirs?.id ?? '' };
    await alice.act('modal', act);
    await untilSaid(alice, 'There is no such certificate here');
  });

  it('shows buttons for nothing that a viewer may not do', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, [...grant('U0EVE', 'viewer'), ...rows(certificates(3))]);
    const eve = await list(rig, 'U0EVE', 'all');
    expect(shown(eve)).toHaveLength(3);
    const blocks = JSON.stringify(eve.modal?.blocks);
    for (const action of ['open_renew', 'open_revoke', 'list_pick', 'list_revoke'])
      expect(blocks).not.toContain(action);
    expect(blocks).toContain('open_certificate');
    await eve.act('modal', { type: 'button', block_id: 'x', action_id: 'list_revoke_all', value: 'all' });
    await untilSaid(eve, 'needs the role');
  });
});

/** Suspends what is to be revoked, as the worker does at once, and releases what is to be released. */
async function suspendAtOnce(request: Request, store: Store): Promise<void> {
  const certificate = await store.certificate(String(request.payload['certificateId']));
  if (!certificate) throw new Error('no certificate');
  const change = { actorId: request.actorId, at: new Date(), requestId: request.id, because: '' };
  await store.commit(request.kind === 'release' ? planRelease(certificate, change) : planHold(certificate, change));
  await end(store, request, 'done', request.kind === 'release' ? 'Released.' : 'Suspended.');
}

describe('an action on a row', () => {
  it('leaves filter and page as they were, and the row shows what became of it', async () => {
    await using rig = await startBotRig({ carryOut: suspendAtOnce });
    await seed(rig.store, rows([...certificates(34, (i) => ({ ownerId: 'U0BOB', name: `device-${i}` }))]));
    const alice = await list(rig, 'U0ALICE', 'all');
    await alice.submit({ Search: 'device', State: 'Any state' });
    await alice.click('modal', 'Next');
    expect(shown(alice)).toEqual(names(23, 14));
    const [first] = alice.modals;
    const row = alice.modal?.blocks.findIndex(({ block_id }) => block_id?.startsWith('row:')) ?? -1;
    const id = alice.modal?.blocks[row]?.block_id.slice(4) ?? '';
    await alice.click('modal', { block_id: `act:${id}`, action_id: 'open_revoke' });
    expect(alice.modal?.title?.text).toBe('Revoke Certificate');
    await alice.submit({ Reason: 'Device or service retired', confirmed: ['yes'] });
    expect(textOf(alice)).toContain('Suspended.');
    await alice.until(({ modals }) => /‖ \*Suspended\*/.test(JSON.stringify(modals[0]?.view.blocks)));
    expect(alice.modals[0]?.view.id).toBe(first?.view.id);
    expect(shown(alice)).toEqual(names(23, 14));
    const { hash } = alice.modals[0]?.view ?? {};
    await alice.close();
    await alice.until(({ modal }) => modal?.hash !== hash);
    expect(shown(alice)).toEqual(names(23, 14));
    await alice.click('modal', 'Previous');
    expect(shown(alice)).toEqual(names(33, 24));
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('also from Details, three windows deep', async () => {
    await using rig = await startBotRig({ carryOut: suspendAtOnce });
    const { certificateDer } = await anyCertificate();
    await seed(rig.store, rows(certificates(2, () => ({ certificate: certificateDer }))));
    const alice = await list(rig, 'U0ALICE');
    const id = alice.modal?.blocks.find(({ block_id }) => block_id?.startsWith('row:'))?.block_id.slice(4) ?? '';
    await alice.click('modal', { block_id: `act:${id}`, action_id: 'open_certificate' });
    await alice.click('modal', 'Revoke');
    expect(alice.modals).toHaveLength(3);
    await alice.submit({ Reason: 'Key leaked or device lost', confirmed: ['yes'] });
    await alice.until(({ modals }) =>
      /Suspended by <@U0ALICE>.*Pending:.*OCSP says so/.test(JSON.stringify(modals[1]?.view.blocks)),
    );
    await alice.until(() => shown(alice).length === 1);
    expect(alice.modal?.title?.text).not.toBe('Certificate');
    await alice.close();
    // What was drawn anew still knows what lies below it.
    await alice.click('modal', 'Release');
    await alice.submit({ why: 'Found again' });
    await alice.until(() => shown(alice).length === 2);
    await alice.close();
    await alice.until(({ modal }) => /has been released/.test(JSON.stringify(modal?.blocks)));
    await alice.close();
    expect(shown(alice)).toEqual(['device-1', 'device-0']);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('a selection and all that match are handed on as what they are', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, rows(certificates(12, () => ({ ownerId: 'U0BOB' }))));
    const alice = await list(rig, 'U0ALICE', 'all');
    await alice.click('modal', 'Revoke selected…');
    await untilSaid(alice, 'Nothing is selected');
    await alice.close();
    const picked = alice.modal?.blocks.filter(({ block_id }) => block_id?.startsWith('row:')).slice(0, 3) ?? [];
    for (const { block_id } of picked)
      await alice.change('modal', { block_id, action_id: 'list_pick' }, [block_id.slice(4)]);
    await alice.click('modal', 'Revoke selected…');
    expect(alice.modals).toHaveLength(2);
    expect(JSON.parse((alice.modal?.private_metadata ?? '').split('\u001e')[0] ?? '')).toMatchObject({
      count: 3,
      filter: { ids: picked.map(({ block_id }) => block_id.slice(4)) },
    });
    await alice.close();
    await alice.click('modal', 'Revoke all that match…');
    expect(JSON.parse((alice.modal?.private_metadata ?? '').split('\u001e')[0] ?? '')).toMatchObject({
      count: 12,
      filter: { state: 'active' },
    });
    expect(rig.sandbox.problems).toEqual([]);
  });
});

describe('what was made up', () => {
  it('metadata that nobody has written is refused with a sentence', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, rows(certificates(12)));
    const alice = await list(rig, 'U0ALICE');
    for (const metadata of [
      '',
      '{}',
      '[',
      '{"filter":{"ids":["x"]},"after":"","trail":[],"page":1,"round":0}',
      'null',
    ]) {
      const payload = alice.payload.action('modal', {
        type: 'button',
        block_id: 'list_pages',
        action_id: 'list_next',
        value: 'x',
      });
      const view = { ...(payload['view'] as object), private_metadata: metadata };
      await alice.send({ ...payload, view }, { kind: 'interactive' });
      await untilSaid(alice, 'Open it again with `/mtls list`');
      await alice.close();
    }
    expect(shown(alice)).toEqual(names(11, 2));
  });

  it('a made-up cursor or filter shows nothing that may not be seen', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, rows([...certificates(12), ...certificates(1, () => ({ ownerId: 'U0EVE', name: 'eves' }))]));
    const eve = await list(rig, 'U0EVE');
    const payload = eve.payload.action('modal', {
      type: 'button',
      block_id: 'list_pages',
      action_id: 'list_next',
      value: 'A'.repeat(3000),
    });
    const metadata = JSON.stringify({ filter: { owner: 'U0ALICE' }, after: 'nonsense', trail: [], page: 1, round: 0 });
    await eve.send(
      { ...payload, view: { ...(payload['view'] as object), private_metadata: metadata } },
      { kind: 'interactive' },
    );
    expect(shown(eve)).toEqual(['eves']);
    const under = `${metadata}\u001e[{"viewId":"V0","kind":"list","state":"{}"}]`;
    const submitted = eve.payload.submission();
    await eve.send(
      { ...submitted, view: { ...(submitted['view'] as object), private_metadata: under } },
      { kind: 'interactive' },
    );
    expect(rig.logs.join('')).not.toContain('something failed');
  });
});

async function anyCertificate() {
  const { createAuthority } = await import('../../../core/ca/authority.ts');
  const made = await createAuthority({ accountId: ACCOUNT, generation: 1, now: new Date(), random: randomBytes });
  return { certificateDer: Buffer.from(made.certificateDer) };
}
