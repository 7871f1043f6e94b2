import { afterAll, expect, it } from 'vitest';
import { insert, update } from '../../../core/store/plan.ts';
import type { Account } from '../../../core/store/rows.ts';
import { file } from '../../../sandbox/server/local-file.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { contentOf } from '../../support/acts.ts';
import { opensslCa } from '../../support/openssl-ca.ts';
import { aRequest, aSite } from '../../support/rows.ts';
import { describeWith } from '../../support/tools.ts';
import { anUploaded } from '../../support/uploading.ts';
import { ACCOUNT, type BotRig, end, grant, seed, site, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';
const FILE = 'Or the Certificate as a File';

describeWith('openssl', 'custom CAs in Slack', ({ openssl }) => {
  const ca = opensslCa(openssl);
  afterAll(() => ca[Symbol.dispose]());
  const root = ca.root({ subject: '/O=Plant/CN=Plant Root' });
  const other = ca.root({ subject: '/CN=Other Root' });

  async function start(options: Parameters<typeof startBotRig>[0] = {}): Promise<BotRig> {
    const rig = await startBotRig(options);
    // After everything openssl has made here.
    rig.clock.advance(120_000);
    return rig;
  }

  async function openForm(rig: BotRig, userId = 'U0ADA'): Promise<Person> {
    const person = rig.sandbox.person(userId);
    await person.command(WHERE, '/mtls ca upload');
    return person;
  }

  const answer = (person: Person) => contentOf(person.ephemerals(WHERE).at(-1) ?? { text: '', blocks: [] });
  const modalOf = (person: Person) => JSON.stringify(person.modal);

  it('are uploaded in a form whose fields are named, which records what the worker checks again', async () => {
    await using rig = await start();
    await seed(rig.store);
    const ada = await openForm(rig);
    expect(ada.modal?.title?.text).toBe('Upload CA Certificate');
    expect(modalOf(ada)).toMatch(/place 1 of 5/);
    const { outcome } = await ada.submit({ Certificate: root.pem });
    expect(outcome).toBe('updated');
    expect(await rig.store.openRequestsOf(ACCOUNT, 'U0ADA', 10)).toMatchObject([
      {
        kind: 'ca_upload',
        payload: { siteId: site.id, name: 'Plant Root', certificate: root.der.toString('base64') },
      },
    ]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it.each([
    ['PEM', Buffer.from(root.pem)],
    ['DER', root.der],
  ])('are taken as a file in %s, with a name that was typed', async (_, content) => {
    await using rig = await start();
    await seed(rig.store, [insert('sites', aSite({ id: 'site-2', name: 'second.example' }))]);
    const ada = await openForm(rig);
    await ada.submit({ Site: 'second.example', Name: 'Plant', [FILE]: file('root.crt', content) });
    const [request] = await rig.store.openRequestsOf(ACCOUNT, 'U0ADA', 10);
    expect(request?.payload).toEqual({ siteId: 'site-2', name: 'Plant', certificate: root.der.toString('base64') });
  });

  it('are refused beside the field that was filled in, which stays as it is', async () => {
    await using rig = await start();
    await seed(rig.store);
    const ada = await openForm(rig);
    const leaf = ca.below(root, '/CN=alice', ['extendedKeyUsage=clientAuth']);
    const refused = async (fill: Record<string, unknown>) => (await ada.submit(fill, { force: true })).errors;
    expect(await refused({ Certificate: '' })).toEqual({ Certificate: expect.stringMatching(/Paste the certificate/) });
    expect(await refused({ Certificate: leaf.pem })).toEqual({
      Certificate: expect.stringMatching(/^CN=alice is the certificate of a client or server.*root CA alone/),
    });
    expect(await refused({ Certificate: root.pem + other.pem })).toEqual({
      Certificate: expect.stringMatching(/2 certificates: CN=Plant Root,O=Plant \(signed by itself\), CN=Other Root/),
    });
    expect(await refused({ Certificate: root.pem, [FILE]: file('root.crt', root.der) })).toEqual({
      Certificate: expect.stringMatching(/Take one of them out/),
    });
    rig.clock.advance(11 * 365 * 86_400_000);
    const { Certificate: expired } = await refused({ Certificate: root.pem, [FILE]: null });
    expect(expired).toMatch(/has ended, \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
    expect(await rig.store.openRequestsOf(ACCOUNT, 'U0ADA', 10)).toEqual([]);
  });

  it('are refused with a private key, and whoever uploaded it is told to delete the file', async () => {
    await using rig = await start();
    await seed(rig.store);
    const ada = await openForm(rig);
    const key = ca.run('pkey', '-in', root.keyFile);
    const { errors } = await ada.submit({ [FILE]: file('root.pem', root.pem + key) }, { force: true });
    expect(errors[FILE]).toMatch(/may be known to others.*delete it there/);
    expect(rig.logs.join('\n')).not.toContain(key.split('\n')[1]);
  });

  it('are not opened to whoever may not upload, where there is no place, or no site', async () => {
    await using rig = await start();
    await seed(rig.store);
    const alice = await openForm(rig, 'U0ALICE');
    expect(answer(alice)).toMatch(/needs the role administrator/);
    await rig.store.commit([update('accounts', (await rig.store.account(ACCOUNT)) as Account, { uploadedLimit: 1 })]);
    await anUploaded(rig.store, site, { name: 'First' });
    const ada = await openForm(rig);
    expect(answer(ada)).toMatch(/1 custom CA here, and this account may have 1/);
    expect(ada.modal).toBeUndefined();
  });

  it('search among more than a hundred sites', async () => {
    await using rig = await start();
    const many = Array.from({ length: 150 }, (_, i) =>
      insert('sites', aSite({ id: `many-${i}`, name: `s${i}.example` })),
    );
    await seed(rig.store, many);
    const ada = await openForm(rig);
    expect(await ada.options('Site', 'S149')).toHaveLength(1);
    await ada.submit({ Site: 's149.example', Certificate: root.pem });
    expect((await rig.store.openRequestsOf(ACCOUNT, 'U0ADA', 10))[0]?.payload).toMatchObject({ siteId: 'many-149' });
  });

  it('are listed with their sites, hostnames and ends, and shown by name, part of a name, or fingerprint', async () => {
    await using rig = await start();
    await seed(rig.store, grant('U0EVE', 'viewer'));
    const plant = await anUploaded(rig.store, site, {
      name: 'Plant CA',
      hostnames: ['api.example.com', '*.example.com'],
    });
    await anUploaded(rig.store, site, { name: 'Office CA' });
    const eve = rig.sandbox.person('U0EVE');
    await eve.command(WHERE, '/mtls ca list');
    expect(answer(eve)).toMatch(/2 of 5[\s\S]*Office CA[\s\S]*no hostname[\s\S]*Plant CA[\s\S]*2 hostnames/);
    expect(answer(eve)).not.toContain('Upload…');
    for (const typed of [
      'plant ca',
      'Plant',
      plant.fingerprint.slice(0, 12),
      plant.fingerprint.toUpperCase().slice(0, 8),
    ]) {
      await eve.command(WHERE, `/mtls ca show ${typed}`);
      const shown = modalOf(eve);
      for (const part of ['Plant CA', plant.fingerprint, 'api.example.com', '*.example.com', 'Valid until', 'Serial'])
        expect(shown).toContain(part);
      expect(shown).not.toContain('Delete…');
      await eve.close();
    }
    await eve.command(WHERE, '/mtls ca show CA');
    expect(answer(eve)).toMatch(/Which one\?[\s\S]*Office CA[\s\S]*Plant CA/);
    await eve.command(WHERE, '/mtls ca show Attic');
    expect(answer(eve)).toMatch(/no custom CA `Attic`/);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('stand below the authority in /mtls ca, with what an administrator can do', async () => {
    await using rig = await start();
    await seed(rig.store);
    await anUploaded(rig.store, site, { name: 'Plant CA' });
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls ca');
    expect(answer(ada)).toMatch(/There is no authority yet[\s\S]*Custom CAs[\s\S]*Plant CA[\s\S]*Upload…/);
    await ada.click(ada.ephemerals(WHERE).at(-1) as never, 'Show');
    await ada.until(({ modal }) => modal);
    expect(ada.modal?.title?.text).toBe('CA Certificate');
    await ada.close();
    await ada.click(ada.ephemerals(WHERE).at(-1) as never, 'Upload…');
    await ada.until(({ modal }) => modal);
    expect(ada.modal?.title?.text).toBe('Upload CA Certificate');
  });

  it('are deleted after a question, which what shows the CA turns into', async () => {
    await using rig = await start({
      carryOut: (request, store) => end(store, request, 'done', '*Plant CA* is deleted.'),
    });
    await seed(rig.store);
    const plant = await anUploaded(rig.store, site, { name: 'Plant CA' });
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls ca show Plant CA');
    await ada.click('modal', 'Delete…');
    await ada.until(({ modal }) => modal?.title?.text === 'Delete CA Certificate');
    const { outcome } = await ada.submit();
    expect(outcome).toBe('updated');
    expect(modalOf(ada)).toContain('is deleted');
    expect(rig.announced).toMatchObject([{ kind: 'ca_delete', payload: { authorityId: plant.id }, actorId: 'U0ADA' }]);
    await ada.close();
    expect(ada.modal).toBeUndefined();
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('have the form for their hostnames opened by name, for whoever may bind', async () => {
    await using rig = await start();
    await seed(rig.store);
    await anUploaded(rig.store, site, { name: 'Plant CA', hostnames: ['api.example.com'] });
    await anUploaded(rig.store, site, { name: 'Office CA' });
    const alice = rig.sandbox.person('U0ALICE');
    await alice.command(WHERE, '/mtls ca bind plant');
    expect(alice.modal?.title?.text).toBe('Domain Name Information');
    expect(modalOf(alice)).toMatch(/\*Plant CA\* has 1 of 50 hostnames/);
    await alice.close();
    await alice.command(WHERE, '/mtls ca bind');
    expect(answer(alice)).toMatch(/Whose hostnames are to change\?/);
    await alice.click(alice.ephemerals(WHERE).at(-1) as never, 'Hostnames…');
    await alice.until(({ modal }) => modal);
    expect(alice.modal?.title?.text).toBe('Domain Name Information');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('are not even asked about while they are bound, or somebody has asked to bind them', async () => {
    await using rig = await start();
    await seed(rig.store);
    await anUploaded(rig.store, site, { name: 'Bound', hostnames: ['api.example.com'] });
    const asked = await anUploaded(rig.store, site, { name: 'Asked' });
    const payload = { siteId: site.id, authorityId: asked.id, verb: 'add', hostnames: ['a.example.com'], because: '' };
    await rig.store.commit([insert('requests', aRequest({ kind: 'bind', state: 'waiting', payload }))]);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls ca delete Bound');
    expect(answer(ada)).toMatch(/bound to 1 hostname.*`api\.example\.com`/);
    await ada.command(WHERE, '/mtls ca delete Asked');
    expect(answer(ada)).toMatch(/<@U0ALICE> has asked to bind hostnames/);
    await ada.command(WHERE, '/mtls ca delete');
    expect(answer(ada)).toMatch(/Which one is to be deleted\?/);
    const alice = rig.sandbox.person('U0ALICE');
    await alice.command(WHERE, '/mtls ca delete Bound');
    expect(answer(alice)).toMatch(/needs the role administrator/);
  });
});
