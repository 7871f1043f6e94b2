import { hash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { insert } from '../../../core/store/plan.ts';
import type { Block, UploadedAuthority, UploadedCrl } from '../../../core/store/rows.ts';
import { file } from '../../../sandbox/server/local-file.ts';
import { makeOpenSslRoot, type OpenSslRoot } from '../../fixtures/ca/roots.ts';
import { describeWith } from '../../support/tools.ts';
import { anUploaded } from '../../support/uploading.ts';
import { ACCOUNT, type BotRig, end, grant, seed, site, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';
const HOUR_MS = 3_600_000;
const WHICH = 'Serial Number or SHA-256 Fingerprint';
const FILE = 'Or the CRL as a File';

describeWith('openssl', 'what takes certificates of a custom CA out of use', ({ openssl }) => {
  let root: OpenSslRoot;
  let plant: UploadedAuthority;
  beforeAll(async () => {
    root = await makeOpenSslRoot(openssl);
  });
  afterAll(() => root[Symbol.asyncDispose]());

  async function start(options: Parameters<typeof startBotRig>[0] = {}): Promise<BotRig> {
    const rig = await startBotRig(options);
    await seed(rig.store, grant('U0EVE', 'viewer'));
    plant = await anUploaded(rig.store, site, {
      name: 'Plant CA',
      set: { certificate: root.der, fingerprint: hash('sha256', root.der) },
    });
    return rig;
  }
  const aCrl = (rig: BotRig, set: Partial<UploadedCrl> = {}): UploadedCrl => ({
    id: plant.id,
    accountId: ACCOUNT,
    url: 'http://pki.example.com/root.crl',
    contentId: 'content',
    number: '31',
    thisUpdate: new Date(rig.clock.now().getTime() - HOUR_MS),
    nextUpdate: new Date(rig.clock.now().getTime() + 23 * HOUR_MS),
    sha256: null,
    entries: 12,
    octets: 1_000,
    takenAt: rig.clock.now(),
    nextFetchAt: null,
    attempts: 0,
    problem: null,
    alarmedAt: null,
    leaseUntil: null,
    createdAt: rig.clock.now(),
    version: 1,
    ...set,
  });
  const aBlock = (rig: BotRig, set: Partial<Block> = {}): Block => ({
    id: 'block-1',
    accountId: ACCOUNT,
    authorityId: plant.id,
    kind: 'serial',
    value: '0a1b',
    because: 'Lost <in> the train.',
    createdBy: 'U0BOB',
    createdAt: rig.clock.now(),
    liftedBy: null,
    liftedAt: null,
    version: 1,
    ...set,
  });
  async function open(rig: BotRig, button?: string, userId = 'U0ALICE') {
    const person = rig.sandbox.person(userId);
    await person.command(WHERE, '/mtls ca show Plant CA');
    await person.until(({ modal }) => modal);
    if (button !== undefined) {
      const below = person.modal?.title?.text;
      await person.click('modal', button);
      await person.until(({ modal }) => modal?.title?.text !== below);
    }
    return person;
  }
  const shown = (person: Awaited<ReturnType<typeof open>>) => JSON.stringify(person.modal);

  it('stands with the CA for everybody, and can be changed by operators', async () => {
    await using rig = await start();
    expect(shown(await open(rig))).toContain('There is no CRL, so what this CA revokes is not known here.');
    await rig.store.commit([
      insert('uploadedCrls', aCrl(rig, { problem: 'The server answers 404 instead of the CRL.' })),
      insert('blocks', aBlock(rig)),
    ]);
    const eve = await open(rig, undefined, 'U0EVE');
    for (const part of [
      'revokes 12 certificates, number `31`',
      'Good until',
      'every 6 hours or so from `http://pki.',
    ]) {
      expect(shown(eve)).toContain(part);
    }
    expect(shown(eve)).toMatch(/Last problem:\* The server answers 404.*Blocked: 1 certificate\./);
    expect(shown(eve)).not.toContain('CRL…');
    rig.clock.advance(24 * HOUR_MS);
    expect(shown(await open(rig))).toMatch(/\*Out of date\* since.*stays refused/);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('comes from an address, which is checked as far as it can be beforehand', async () => {
    await using rig = await start({ carryOut: (request, store) => end(store, request, 'done', 'It is taken.') });
    const alice = await open(rig, 'CRL…');
    const { errors } = await alice.submit({ Address: 'http://me:secret@pki.example.com/a.crl' }, { force: true });
    expect(errors['Address']).toMatch(/user name or a password/);
    const { errors: others } = await alice.submit({ Address: 'ldap://pki.example.com/' }, { force: true });
    expect(others['Address']).toMatch(/must begin with http/);
    const { outcome } = await alice.submit({ Address: ' http://PKI.example.com/a.crl#top ' });
    expect(outcome).toBe('updated');
    expect(shown(alice)).toContain('It is taken.');
    const source = { kind: 'url', url: 'http://pki.example.com/a.crl' };
    expect(rig.announced).toMatchObject([{ kind: 'ca_crl', payload: { authorityId: plant.id, source } }]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is pasted or uploaded, and refused beside the field that was filled in', async () => {
    await using rig = await start();
    const alice = await open(rig, 'CRL…');
    await alice.change('modal', 'The CRL Comes From', 'paste');
    const refused = async (fill: Record<string, unknown>) => (await alice.submit(fill, { force: true })).errors;
    expect(await refused({})).toEqual({ CRL: expect.stringContaining('Paste the CRL here') });
    expect(await refused({ CRL: root.pem })).toEqual({ CRL: expect.stringContaining('This is a certificate') });
    await using other = await makeOpenSslRoot(openssl);
    expect(await refused({ CRL: '', [FILE]: file('a.crl', await other.crl()) })).toEqual({
      [FILE]: expect.stringContaining('not by this CA'),
    });
    const crl = await root.crl({ revoked: [{ serial: '0A' }] });
    expect((await alice.submit({ [FILE]: file('root.crl', crl) })).outcome).toBe('updated');
    const [request] = await rig.store.openRequestsOf(ACCOUNT, 'U0ALICE', 9);
    expect(request?.payload).toEqual({
      authorityId: plant.id,
      source: { kind: 'paste', crl: crl.toString('base64') },
    });
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is fetched nowhere any more only where it was fetched', async () => {
    await using rig = await start();
    expect(shown(await open(rig, 'CRL…'))).not.toContain('Nowhere any more');
    await rig.store.commit([insert('uploadedCrls', aCrl(rig))]);
    const ada = await open(rig, 'CRL…', 'U0ADA');
    expect(shown(ada)).toContain('"initial_value":"http://pki.example.com/root.crl"');
    await ada.change('modal', 'The CRL Comes From', 'none');
    expect(ada.modal?.submit?.text).toBe('Stop Fetching');
    await ada.submit();
    const [request] = await rig.store.openRequestsOf(ACCOUNT, 'U0ADA', 9);
    expect(request?.payload).toEqual({ authorityId: plant.id, source: { kind: 'none' } });
  });

  it('is a block by serial or fingerprint, with a reason', async () => {
    await using rig = await start({ carryOut: (request, store) => end(store, request, 'done', 'It is blocked.') });
    const alice = await open(rig, 'Block…');
    const { errors } = await alice.submit({ [WHICH]: 'device-1', Why: ' ' }, { force: true });
    expect(Object.keys(errors)).toEqual([WHICH, 'Why']);
    await alice.submit({ [WHICH]: 'serial=0A1B', Why: 'Lost.' });
    expect(shown(alice)).toContain('It is blocked.');
    const payload = { authorityId: plant.id, kind: 'serial', value: '0a1b', because: 'Lost.' };
    expect(rig.announced).toMatchObject([{ kind: 'ca_block', actorId: 'U0ALICE', payload }]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is lifted from the list of blocks, which the question takes the place of', async () => {
    await using rig = await start();
    const many = Array.from({ length: 45 }, (_, i) =>
      insert('blocks', aBlock(rig, { id: `b${i}`, value: `0${i + 100}` })),
    );
    await rig.store.commit([
      insert('blocks', aBlock(rig, { createdAt: new Date(rig.clock.now().getTime() + 1) })),
      ...many,
    ]);
    const alice = await open(rig, 'Block…');
    expect(shown(alice)).toMatch(/Blocked\* \(46\).*Lost &lt;in&gt; the train.*And 6 older ones/);
    await alice.click('modal', 'Lift…');
    await alice.until(({ modal }) => modal?.title?.text === 'Lift a Block');
    expect(shown(alice)).toContain('serial number `0a:1b`');
    await alice.submit({ 'Why it can be let in again': 'Found.' });
    const [request] = await rig.store.openRequestsOf(ACCOUNT, 'U0ALICE', 9);
    expect(request).toMatchObject({ kind: 'ca_unblock', payload: { blockId: 'block-1', because: 'Found.' } });
    expect(rig.sandbox.problems).toEqual([]);
  });
});
