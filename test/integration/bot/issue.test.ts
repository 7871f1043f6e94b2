import 'reflect-metadata/lite';
import { createHash, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { insert, update } from '../../../core/store/plan.ts';
import type { Account, Certificate } from '../../../core/store/rows.ts';
import { file } from '../../../sandbox/server/local-file.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { aCertificate, aSite } from '../../support/rows.ts';
import { ACCOUNT, type BotRig, grant, seed, site, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';
const CSR_FILE = 'Or the CSR as a File';

async function openForm(rig: BotRig, text = '/mtls issue', userId = 'U0ALICE'): Promise<Person> {
  const person = rig.sandbox.person(userId);
  await person.command(WHERE, text);
  expect(person.modal?.title?.text).toBe('Create Certificate');
  return person;
}

async function openOwnCsr(rig: BotRig): Promise<Person> {
  const alice = await openForm(rig);
  await alice.change('modal', 'CSR Generation Method', 'csr');
  await alice.until(({ modal }) => JSON.stringify(modal).includes('issue_csr'));
  return alice;
}

async function makeCsr(names: { cn?: string; dns?: string } = {}): Promise<{ pem: string; spkiSha256: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const csr = await Pkcs10CertificateRequestGenerator.create(
    {
      name: `CN=${names.cn ?? 'device'}`,
      keys,
      signingAlgorithm: algorithm,
      extensions: names.dns ? [new SubjectAlternativeNameExtension([{ type: 'dns', value: names.dns }])] : [],
    },
    webcrypto as never,
  );
  const spki = Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey));
  return { pem: csr.toString('pem'), spkiSha256: createHash('sha256').update(spki).digest('hex') };
}

describe('Create Certificate', () => {
  it('is filled in already, and records a request that is told to the workers', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = await openForm(rig);
    const { outcome } = await alice.submit();
    expect(outcome).toBe('updated');
    expect(JSON.stringify(alice.modal?.blocks)).toMatch(/recorded.*Show once/);
    const [request] = await told(rig, 1);
    expect(request).toMatchObject({
      kind: 'issue',
      accountId: ACCOUNT,
      actorId: 'U0ALICE',
      state: 'recorded',
      payload: { method: 'system', siteId: site.id, name: 'alice-example.com', keyType: 'ec-p256', validityDays: 365 },
    });
    expect(request?.deadlineAt.getTime()).toBe(rig.clock.now().getTime() + 24 * 3_600_000);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it.each([
    ['a shortcut', async (alice: Person) => void (await alice.send(shortcut(alice), { kind: 'interactive' }))],
    ['a prefix', (alice: Person) => alice.command(WHERE, '/mtls iss example.com')],
  ])('opens from %s', async (_, open) => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice);
    expect((await alice.until(({ modal }) => modal)).title?.text).toBe('Create Certificate');
  });

  it('preselects the site that was named, and says when there is none of that name', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, [insert('sites', aSite({ id: 'site-2', name: 'second.example' }))]);
    const alice = await openForm(rig, '/mtls issue Second.Example');
    expect(JSON.stringify(alice.modal)).toContain('"initial_value":"alice-second.example"');
    await alice.submit({ Name: 'x' });
    await alice.close();
    expect((await told(rig, 1))[0]?.payload).toMatchObject({ siteId: 'site-2' });
    await openForm(rig, '/mtls issue third.example');
    expect(JSON.stringify(alice.modal)).toContain('There is no active site `third.example`');
  });

  it('searches among more than a hundred sites', async () => {
    await using rig = await startBotRig();
    const many = Array.from({ length: 150 }, (_, i) =>
      insert('sites', aSite({ id: `many-${i}`, name: `s${i}.example` })),
    );
    await seed(rig.store, many);
    const alice = await openForm(rig);
    expect(await alice.options('Site', 'S14')).toHaveLength(11);
    expect((await alice.options('Site', '')).length).toBe(100);
    expect(await alice.options('Site', 'nowhere')).toEqual([]);
    await alice.submit({ Site: 's149.example' });
    expect((await told(rig, 1))[0]?.payload).toMatchObject({ siteId: 'many-149' });
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('submitted twice is one request', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = await openForm(rig);
    const payload = alice.payload.submission();
    const both = await Promise.all([
      alice.send(payload, { kind: 'interactive' }),
      alice.send({ ...payload, again: true }, { kind: 'interactive' }),
    ]);
    expect(both).toMatchObject([{ body: { response_action: 'update' } }, { body: { response_action: 'update' } }]);
    expect(rig.announced).toHaveLength(1);
  });

  it('keeps what is typed when the days are shown, and takes them', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = await openForm(rig);
    await alice.change('modal', 'Name', 'laptop of alice');
    await alice.change('modal', 'Private Key Type', 'rsa-3072');
    await alice.change('modal', 'Certificate Validity Period', 'custom');
    await alice.until(({ modal }) => JSON.stringify(modal).includes('issue_days'));
    expect((await alice.submit({ Days: '9999' }, { force: true })).errors['Days']).toMatch(/from 1 to 3650/);
    await alice.submit({ Days: '12' });
    expect((await told(rig, 1))[0]?.payload).toEqual({
      method: 'system',
      siteId: site.id,
      name: 'laptop of alice',
      keyType: 'rsa-3072',
      validityDays: 12,
    });
  });

  it('shows the field that is missing when a choice came through and its fields did not', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = await openForm(rig);
    const fault = rig.sandbox.faults.add({ method: 'views.update', kind: 'error', error: 'hash_conflict' });
    await alice.change('modal', 'Certificate Validity Period', 'custom');
    fault.remove();
    const { outcome } = await alice.submit();
    expect(outcome).toBe('updated');
    expect(JSON.stringify(alice.modal)).toContain('issue_days');
    expect(rig.announced).toEqual([]);
  });

  it('refuses beside each field what a client would not have sent', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = await openForm(rig);
    await rig.store.commit([{ op: 'update', table: 'sites', id: site.id, version: 1, set: { state: 'removed' } }]);
    await rig.store.commit([
      {
        op: 'update',
        table: 'accounts',
        id: ACCOUNT,
        version: 1,
        set: { maxValidityDays: 30, defaultValidityDays: 30 },
      },
    ]);
    const { errors } = await alice.submit({ Name: '\u202eevil' }, { force: true });
    expect(errors).toEqual({
      Site: expect.stringMatching(/not active any more/),
      Name: expect.stringMatching(/direction of writing/),
      'Certificate Validity Period': expect.stringMatching(/from 1 to 30/),
    });
    expect(rig.announced).toEqual([]);
  });

  it('asks for the role again when it is submitted', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = await openForm(rig);
    const grants = await rig.store.roles(ACCOUNT);
    const hers = grants.find(({ userId }) => userId === 'U0ALICE');
    await rig.store.commit([{ op: 'delete', table: 'roles', id: hers?.id ?? '' }]);
    expect((await alice.submit()).outcome).toBe('updated');
    expect(JSON.stringify(alice.modal?.blocks)).toContain('needs the role operator');
    expect(rig.announced).toEqual([]);
  });

  it('another account has no say about this one’s sites', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, [insert('sites', aSite({ id: 'foreign', accountId: 'T0OTHER', name: 'other.example' }))]);
    const alice = await openForm(rig);
    const payload = alice.payload.submission() as {
      view: { state: { values: Record<string, Record<string, unknown>> } };
    };
    payload.view.state.values['site'] = {
      issue_site: {
        type: 'static_select',
        selected_option: { text: { type: 'plain_text', text: 'x' }, value: 'foreign' },
      },
    };
    const { body } = await alice.send(payload, { kind: 'interactive' });
    expect(body).toMatchObject({ response_action: 'errors', errors: { site: expect.stringMatching(/not active/) } });
  });

  it('people of another company are refused', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = await openForm(rig);
    const payload = alice.payload.submission() as { user: { team_id: string } };
    payload.user.team_id = 'T0ELSEWHERE';
    const { body } = await alice.send(payload, { kind: 'interactive' });
    expect(JSON.stringify(body)).toContain('belongs to another workspace');
    expect(rig.announced).toEqual([]);
  });
});

describe('a certificate that needs a second person', () => {
  const guard = update('sites', site, { guarded: true });
  it('says so beforehand, at the site and at the lengths, and when it is recorded', async () => {
    await using rig = await startBotRig();
    await seed(rig.store, [guard]);
    const alice = await openForm(rig);
    const marked = JSON.stringify(alice.modal?.blocks).match(/A second person is asked first/g);
    // The site twice (it is chosen), and ten years.
    expect(marked).toHaveLength(3);
    await alice.submit();
    expect(JSON.stringify(alice.modal?.blocks)).toMatch(/A second person is asked first.*Then you get/);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it.each<[string, Partial<Account>]>([
    ['the gate is open', { openGates: ['issue_beyond'] }],
    ['four eyes are off', { fourEyes: false }],
  ])('is not spoken of while %s', async (_, set) => {
    await using rig = await startBotRig();
    await seed(rig.store, [guard]);
    await rig.store.commit([{ op: 'update', table: 'accounts', id: ACCOUNT, version: 1, set }]);
    const alice = await openForm(rig);
    expect(JSON.stringify(alice.modal?.blocks)).not.toContain('second person');
  });
});

describe('an own CSR', () => {
  it('is recorded as it was checked, with what was repaired told', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const { pem } = await makeCsr({ dns: 'device.example.com' });
    const alice = await openOwnCsr(rig);
    const { outcome } = await alice.submit({ Name: 'device', CSR: pem.replace(/-----[^-]+-----/g, '') });
    expect(outcome).toBe('updated');
    expect(JSON.stringify(alice.modal?.blocks)).toMatch(/About your CSR.*BEGIN and END/);
    const der = pem.replace(/-----[^-]+-----|\s/g, '');
    expect((await told(rig, 1))[0]?.payload).toMatchObject({ method: 'csr', name: 'device', csr: der });
  });

  it('is refused beside its field, without a trace of a private key', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = await openOwnCsr(rig);
    const refuse = async (CSR: string) => (await alice.submit({ Name: 'device', CSR })).errors['CSR'];
    expect(await refuse('nonsense')).toBeTruthy();
    expect(await refuse((await makeCsr({ dns: 'device.elsewhere.example' })).pem)).toMatch(
      /not at example.com or below/,
    );
    const secret = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg';
    expect(await refuse(`-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`)).toMatch(/private key/i);
    expect(rig.logs.join('')).not.toContain(secret);
    expect(rig.announced).toEqual([]);
  });

  it.each(['PEM', 'DER'])('is taken as a file in %s, like a pasted one', async (encoding) => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const { pem } = await makeCsr();
    const base64 = pem.replace(/-----[^-]+-----|\s/g, '');
    const alice = await openOwnCsr(rig);
    const content = encoding === 'PEM' ? pem : Buffer.from(base64, 'base64');
    const { outcome } = await alice.submit({ Name: 'device', [CSR_FILE]: file('device.csr', content) });
    expect(outcome).toBe('updated');
    expect((await told(rig, 1))[0]?.payload).toMatchObject({ method: 'csr', name: 'device', csr: base64 });
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is given one way: pasted or as a file', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const { pem } = await makeCsr();
    const alice = await openOwnCsr(rig);
    expect((await alice.submit({ Name: 'device' })).errors).toEqual({ CSR: expect.stringMatching(/Paste.*or upload/) });
    const both = { Name: 'device', CSR: pem, [CSR_FILE]: file('device.csr', pem) };
    expect((await alice.submit(both)).errors).toEqual({ CSR: expect.stringMatching(/Take one of them out/) });
    expect(rig.announced).toEqual([]);
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----', /private key.*delete it there/],
    ['far too much', Buffer.alloc(64 * 1024 + 1, 'A'), /longer than 64 KiB/],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xd, 0xa, 0x1a, 0xa, 0, 0xff]), /neither text nor/],
    ['nothing', ' ', /nothing here/],
  ])('as a file with %s in it is refused beside the file', async (_, content, sentence) => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const alice = await openOwnCsr(rig);
    const { errors } = await alice.submit({ Name: 'device', [CSR_FILE]: file('device.csr', content) });
    expect(errors).toEqual({ [CSR_FILE]: expect.stringMatching(sentence) });
    expect(rig.announced).toEqual([]);
  });

  it('at an address that a forged payload names is not fetched: the token stays here', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const visited: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      visited.push(request.headers.authorization);
      response.end('x');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const alice = await openOwnCsr(rig);
    const payload = alice.payload.submission() as {
      view: { state: { values: Record<string, Record<string, unknown>> } };
    };
    payload.view.state.values['csr_file'] = {
      issue_csr_file: {
        type: 'file_input',
        files: [{ id: 'F1', size: 10, url_private_download: `http://127.0.0.1:${port}/files-pri/T-F/download/a.csr` }],
      },
    };
    const { body } = await alice.send(payload, { kind: 'interactive' });
    server.close();
    expect(body).toMatchObject({ errors: { csr_file: expect.stringMatching(/not one that was uploaded/) } });
    expect(visited).toEqual([]);
    expect(rig.announced).toEqual([]);
  });

  it.each<[string, Partial<Certificate>, RegExp | undefined]>([
    ['of the same person is taken again', {}, undefined],
    ['of somebody else', { ownerId: 'U0BOB' }, /somebody else/],
    ['of another account', { accountId: 'T0OTHER' }, /somebody else/],
    ['that was reported as leaked', { state: 'revoked', revocationReason: 'keyCompromise' }, /leaked/],
  ])('a key %s', async (_, set, refusal) => {
    await using rig = await startBotRig();
    const { pem, spkiSha256 } = await makeCsr();
    await seed(rig.store, [insert('certificates', aCertificate({ accountId: ACCOUNT, spkiSha256, ...set }))]);
    const alice = await openOwnCsr(rig);
    const { errors } = await alice.submit({ Name: 'device', CSR: pem });
    if (refusal) expect(errors['CSR']).toMatch(refusal);
    else expect(errors).toEqual({});
    await told(rig, refusal ? 0 : 1);
  });
});

it('with a slow Slack the person is told in the answer itself', async () => {
  await using rig = await startBotRig();
  await seed(rig.store, grant('U0EVE', 'operator'));
  rig.sandbox.faults.add({ method: 'views.open', kind: 'slow', ms: 2_600 });
  const eve = rig.sandbox.person('U0EVE');
  await eve.command(WHERE, '/mtls issue');
  expect(eve.ephemerals(WHERE).at(-1)?.text).toMatch(/Slack/);
});

/** What the workers were told of, once it is as much as expected. */
async function told(rig: BotRig, count: number): Promise<BotRig['announced']> {
  await expect.poll(() => rig.announced.length).toBe(count);
  return rig.announced;
}

function shortcut(person: Person): Record<string, unknown> {
  const { trigger_id } = person.payload.command(WHERE, '') as { trigger_id: string };
  const { user, team } = {
    user: { id: person.id, username: 'alice', team_id: ACCOUNT },
    team: { id: ACCOUNT, domain: 'acme' },
  };
  return { type: 'shortcut', callback_id: 'mtls_issue', trigger_id, action_ts: '1', user, team, token: 'x' };
}
