import { randomBytes, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../../core/ca/authority.ts';
import { insert } from '../../../core/store/plan.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { aSite } from '../../support/rows.ts';
import { ACCOUNT, end, seed, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';

async function ask(person: Person, text: string) {
  await person.command(WHERE, text);
  const last = person.ephemerals(WHERE).at(-1);
  if (!last) throw new Error('no answer');
  return last;
}

describe('/mtls', () => {
  it('tells everybody what they can do, and the buttons do it', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = rig.sandbox.person('U0ALICE');
    const help = await ask(alice, '/mtls');
    expect(JSON.stringify(help.blocks)).toContain('/mtls issue');
    await alice.click(help, 'Create certificate');
    expect(alice.modal?.title?.text).toBe('Create Certificate');
    await alice.close();
    await alice.click(help, 'Sites');
    await alice.until((person) =>
      person.ephemerals(WHERE).find(({ blocks }) => /example\.com/.test(JSON.stringify(blocks))),
    );

    const ada = rig.sandbox.person('U0ADA');
    await ada.click(await ask(ada, '/mtls help'), 'Settings');
    expect(ada.modal?.title?.text).toBe('Settings');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('tells somebody without a role whom to ask, and refuses every command', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const eve = rig.sandbox.person('U0EVE');
    expect((await ask(eve, '/mtls')).text).toContain('<@U0ADA>');
    for (const text of ['issue', 'site list', 'site add a.example', 'site remove example.com', 'settings']) {
      expect((await ask(eve, `/mtls ${text}`)).text).toMatch(/This needs the role/);
    }
    expect(eve.modal).toBeUndefined();
    expect(rig.announced).toEqual([]);
  });

  it('guesses what was meant, and offers it', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = rig.sandbox.person('U0ALICE');
    const guess = await ask(alice, '/mtls isue');
    expect(guess.text).toContain('Did you mean `issue`?');
    await alice.click(guess, 'Create certificate');
    expect(alice.modal?.title?.text).toBe('Create Certificate');
  });

  it('asks for the site to be added by an administrator when there is none', async () => {
    await using rig = await startBotRig();
    const ada = rig.sandbox.person('U0ADA');
    expect((await ask(ada, '/mtls issue')).text).toMatch(/needs the role operator/);
    await using other = await startBotRig();
    await seed(other.store);
    const [known] = await other.store.sites(ACCOUNT);
    await other.store.commit([
      { op: 'update', table: 'sites', id: known?.id ?? '', version: 1, set: { state: 'removed' } },
    ]);
    const alice = other.sandbox.person('U0ALICE');
    await alice.command(WHERE, '/mtls issue');
    expect(JSON.stringify(alice.modal?.blocks)).toMatch(/Ask <@U0ADA> to add one/);
  });
});

describe('/mtls site', () => {
  it('adds a site and answers with what came of it', async () => {
    await using rig = await startBotRig({ carryOut: (request, store) => end(store, request, 'done', 'Added *it*.') });
    await seed(rig.store);
    const ada = rig.sandbox.person('U0ADA');
    expect((await ask(ada, '/mtls site add Second.Example.')).text).toBe('Added *it*.');
    expect(rig.announced).toMatchObject([{ kind: 'site_add', payload: { name: 'second.example' }, actorId: 'U0ADA' }]);
    expect((await ask(ada, '/mtls site add localhost')).text).toMatch(/single label/);
    expect(rig.announced).toHaveLength(1);
  });

  it('answers with a refusal of the worker, too', async () => {
    await using rig = await startBotRig({
      carryOut: (request, store) => end(store, request, 'refused', 'It is taken.'),
    });
    await seed(rig.store);
    expect((await ask(rig.sandbox.person('U0ADA'), '/mtls site add second.example')).text).toBe('It is taken.');
  });

  it('says that it is recorded when nobody carries it out in time', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const begunAt = performance.now();
    const answer = await ask(rig.sandbox.person('U0ADA'), '/mtls site add second.example');
    expect(answer.text).toMatch(/^Recorded: adding `second.example`. I will tell you in a direct message/);
    expect(performance.now() - begunAt).toBeLessThan(2_800);
  });

  it('leaves to the worker what ended later than two seconds after it was asked', async () => {
    const late = 2_001;
    await using rig = await startBotRig({
      carryOut: (request, store) => end(store, request, 'done', 'Late.', new Date(request.createdAt.getTime() + late)),
    });
    await seed(rig.store);
    expect((await ask(rig.sandbox.person('U0ADA'), '/mtls site add second.example')).text).toMatch(/^Recorded/);
  });

  it('removes a site only after it was confirmed, and once', async () => {
    await using rig = await startBotRig({ carryOut: (request, store) => end(store, request, 'done', 'Removed.') });
    await seed(rig.store);
    const ada = rig.sandbox.person('U0ADA');
    expect((await ask(ada, '/mtls site remove other.example')).text).toMatch(/no site `other.example`/);
    const question = await ask(ada, '/mtls site remove example.com');
    expect(question.text).toMatch(/Remove the site `example.com`\?/);
    expect(rig.announced).toEqual([]);
    const click = ada.payload.action(question, {
      type: 'button',
      block_id: 'remove_site',
      action_id: 'remove_site',
      value: 'example.com',
    });
    await ada.click(question, 'Remove site');
    const answer = await ada.until((person) => person.ephemerals(WHERE).find(({ text }) => text === 'Removed.'));
    expect(answer.ts).toBe(question.ts);
    await ada.send(click, { kind: 'interactive' });
    expect(rig.announced).toMatchObject([{ kind: 'site_remove', payload: { name: 'example.com' } }]);
  });

  it('lists five hundred sites as far as they fit', async () => {
    await using rig = await startBotRig();
    const sites = Array.from({ length: 500 }, (_, i) =>
      insert('sites', aSite({ name: `${'long-'.repeat(10)}${i}.example.com` })),
    );
    await seed(rig.store, sites);
    const list = await ask(rig.sandbox.person('U0ALICE'), '/mtls site list');
    expect(list.text).toContain('501');
    expect(rig.sandbox.problems).toEqual([]);
  });
});

describe('the Home', () => {
  it('shows what the person can do, and its buttons open', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = rig.sandbox.person('U0ALICE');
    await alice.openHome();
    await alice.until(({ home }) => home);
    await alice.click('home', 'Create certificate');
    expect(alice.modal?.title?.text).toBe('Create Certificate');
    await alice.close();
    await alice.click('home', 'Sites');
    const sites = await alice.until(({ modal }) => modal);
    expect(JSON.stringify(sites.blocks)).toContain('example.com');
    const eve = rig.sandbox.person('U0EVE');
    await eve.openHome();
    expect(JSON.stringify((await eve.until(({ home }) => home))?.blocks)).toContain('no role');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('a button that is refused says so in a modal', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = rig.sandbox.person('U0ALICE');
    await alice.openHome();
    await alice.until(({ home }) => home);
    await alice.act('home', { type: 'button', block_id: 'entry', action_id: 'open_settings', value: '' });
    const refusal = await alice.until(({ modal }) => modal);
    expect(JSON.stringify(refusal.blocks)).toContain('needs the role administrator');
  });
});

describe('/mtls ca', () => {
  it('shows the certificate that servers must trust, to every role and to nobody else', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = rig.sandbox.person('U0ALICE');
    expect(JSON.stringify((await ask(alice, '/mtls ca')).blocks)).toContain('There is no authority yet');
    const made = await createAuthority({ accountId: ACCOUNT, generation: 1, now: new Date(), random: randomBytes });
    await rig.store.commit([
      insert('authorities', {
        id: 'a',
        accountId: ACCOUNT,
        generation: 1,
        certificate: Buffer.from(made.certificateDer),
        sealedKey: Buffer.alloc(1),
        spkiSha256: 'ab'.repeat(32),
        issuesFrom: new Date(),
        retiredAt: null,
        pkiUrls: [],
        version: 1,
        notAfter: made.notAfter,
        createdAt: new Date(),
      }),
    ]);
    const shown = JSON.stringify((await ask(alice, '/mtls ca')).blocks).replaceAll('\\n', '\n');
    const pem = /-----BEGIN CERTIFICATE-----[^"]+-----END CERTIFICATE-----/.exec(shown)?.[0] ?? '';
    expect(new X509Certificate(pem).raw.equals(made.certificateDer)).toBe(true);
    const refused = await ask(rig.sandbox.person('U0EVE'), '/mtls ca');
    expect(JSON.stringify(refused.blocks)).not.toContain('BEGIN CERTIFICATE');
    expect(rig.sandbox.problems).toEqual([]);
  });
});
