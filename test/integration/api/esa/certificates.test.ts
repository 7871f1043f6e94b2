import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insert } from '../../../../core/store/plan.ts';
import { anIssued, decideAs } from '../../../support/approving.ts';
import { type EsaRig, startEsaRig } from '../../../support/esa-rig.ts';
import { aSite } from '../../../support/rows.ts';
import { Esa, type EsaClient, refusedBy } from '../../../support/sdk.ts';
import { describeWith } from '../../../support/tools.ts';

let rig: EsaRig;
let client: EsaClient;
let siteId: number;
beforeAll(async () => {
  rig = await startEsaRig();
  ({ client } = await rig.key({ name: 'deploy' }));
  siteId = rig.site.number;
});
afterAll(() => rig[Symbol.asyncDispose]());

const create = (set: object = {}) =>
  client
    .createClientCertificate(
      new Esa.CreateClientCertificateRequest({ siteId, pkeyType: 'ECDSA', validityDays: 365, ...set }),
    )
    .then(({ body }) => body as NonNullable<typeof body>);
const get = (id: string | undefined) =>
  client.getClientCertificate(new Esa.GetClientCertificateRequest({ siteId, id })).then(({ body }) => body);
const revoke = (id: string | undefined) =>
  client.revokeClientCertificate(new Esa.RevokeClientCertificateRequest({ siteId, id })).then(({ body }) => body);
const activate = (id: string | undefined) =>
  client.activateClientCertificate(new Esa.ActivateClientCertificateRequest({ siteId, id })).then(({ body }) => body);
const remove = (id: string | undefined) =>
  client.deleteClientCertificate(new Esa.DeleteClientCertificateRequest({ siteId, id })).then(({ body }) => body);
const list = (set: object = {}) =>
  client
    .listClientCertificates(new Esa.ListClientCertificatesRequest({ siteId, ...set }))
    .then(({ body }) => body as NonNullable<typeof body>);
const uuidOf = (id: string | undefined) => (id ?? '').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const rowOf = async (id: string | undefined) => rig.store.certificate(uuidOf(id));

describe('CreateClientCertificate', () => {
  it.each([
    ['RSA', 'rsa', 'RSA'],
    ['ECDSA', 'ec', 'ECDSA'],
    ['ecc', 'ec', 'ECDSA'],
    ['Ec', 'ec', 'ECDSA'],
  ])('answers with a certificate and its %s key', async (pkeyType, type, pubkeyAlgorithm) => {
    const created = await create({ pkeyType, validityDays: 30 });
    const certificate = new X509Certificate(created.certificate ?? '');
    const key = createPrivateKey(created.privateKey ?? '');
    expect(created.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(key.asymmetricKeyType).toBe(type);
    expect(certificate.subject).toContain('CN=example.com');
    expect(created).toMatchObject({
      status: 'active',
      commonName: 'example.com',
      validityDays: '30',
      signatureAlgorithm: 'ECDSA-SHA256',
      serialNumber: certificate.serialNumber.toLowerCase(),
      fingerprintSha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      CACertificateId: expect.stringMatching(/^[0-9a-f]{32}$/),
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      notBefore: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(certificate.issuer).toContain(created.issuer);
    const told = (await get(created.id))?.result;
    expect(told).toMatchObject({ pubkeyAlgorithm, type: 'dcdn', SAN: '', CACertificateId: created.CACertificateId });
    expect(told?.notAfter).toBe(created.notAfter?.replace('T', ' ').replace('Z', ''));
  });

  it('gives the certificate to the key that asked, and puts its showing on record once the answer is written', async () => {
    const created = await create();
    await rig.worker.settle();
    const row = await rowOf(created.id);
    expect(row).toMatchObject({ ownerId: 'key:deploy', state: 'active', shownAt: expect.any(Date) });
    rig.advance(61_000);
    await rig.worker.settle();
    expect(await rowOf(created.id)).toMatchObject({ state: 'active' });
  });

  it('never has the private key again, and nobody else ever had it', async () => {
    const created = await create();
    const lines = (created.privateKey ?? '').split('\n').slice(1, 3);
    expect(JSON.stringify(await get(created.id))).not.toContain('PRIVATE');
    for (const line of lines) expect(rig.log.join('')).not.toContain(line);
    const database = execFileSync('cat', [rig.store.path, `${rig.store.path}-wal`], { maxBuffer: 1e9 });
    for (const line of lines) expect(database.includes(line)).toBe(false);
  });

  it.each([
    ['no validity', { validityDays: undefined }, /ValidityDays is missing/],
    ['no day at all', { validityDays: 0 }, /ValidityDays.*at least 1 day/],
    ['more than ten years', { validityDays: 3651 }, /ValidityDays.*at most 3650/],
    ['half a day', { validityDays: 1.5 }, /ValidityDays.*whole number/],
    ['neither CSR nor type of key', { pkeyType: undefined }, /CSR and PkeyType/],
    ['a key of another type', { pkeyType: 'DSA' }, /PkeyType.*RSA or ECDSA/],
    ['a word of JavaScript', { pkeyType: '__proto__' }, /PkeyType/],
    ['a CSR that is none', { CSR: 'hello' }, /\w+/],
    [
      'a private key for a CSR',
      { CSR: '-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n' },
      /private key/,
    ],
  ])('refuses %s', async (_, set, message) => {
    const error = await refusedBy(create(set));
    expect(error).toMatchObject({ name: 'ClientError', code: 'InvalidParameter', statusCode: 400 });
    expect(error.message).toMatch(message);
  });

  it('issues within policy alone: what needs a second person is asked for in Slack', async () => {
    const error = await refusedBy(create({ validityDays: 1826 }));
    expect(error).toMatchObject({ code: 'Approval.Required', statusCode: 403 });
    expect(error.message).toContain('/mtls issue example.com');
    const guarded = aSite({ name: 'guarded.example', guarded: true });
    await rig.store.commit([insert('sites', guarded)]);
    expect(await refusedBy(create({ siteId: guarded.number }))).toMatchObject({ code: 'Approval.Required' });
  });
});

describeWith('openssl', 'CreateClientCertificate with an own CSR', ({ openssl }) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cs-csr-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const request = (...args: string[]) => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, 'key.pem')];
    return execFileSync(openssl, ['req', '-new', ...key, ...args], { encoding: 'utf8', stdio: 'pipe' });
  };

  it('takes the key and the name of the request, and has no private key to answer with', async () => {
    const created = await create({ CSR: request('-subj', '/CN=build 7 (x\\+y)~!*/O=Other'), pkeyType: 'RSA' });
    expect(created.privateKey).toBeUndefined();
    expect(created.commonName).toBe('build 7 (x+y)~!*');
    const file = join(folder, 'key.pem');
    const key = createPrivateKey(execFileSync(openssl, ['pkey', '-in', file], { encoding: 'utf8' }));
    expect(new X509Certificate(created.certificate ?? '').checkPrivateKey(key)).toBe(true);
    expect(created.certificate && new X509Certificate(created.certificate).ca).toBe(false);
  });

  it('names it after the site where the request has no name that can be used', async () => {
    expect((await create({ CSR: request('-subj', '/O=Nameless') })).commonName).toBe('example.com');
  });

  it('lists names of the site, and refuses others', async () => {
    const own = await create({ CSR: request('-subj', '/CN=own', '-addext', 'subjectAltName=DNS:a.example.com') });
    expect((await get(own.id))?.result?.SAN).toBe('a.example.com');
    const foreign = request('-subj', '/CN=own', '-addext', 'subjectAltName=DNS:a.example.org');
    expect(await refusedBy(create({ CSR: foreign }))).toMatchObject({ code: 'InvalidParameter' });
  });

  it('signs the key of another client for nobody', async () => {
    const CSR = request('-subj', '/CN=mine');
    await create({ CSR });
    const other = await rig.key();
    const again = new Esa.CreateClientCertificateRequest({ siteId, CSR, validityDays: 1 });
    const error = await refusedBy(other.client.createClientCertificate(again));
    expect(error.code).toBe('InvalidParameter');
    expect(error.message).toContain('already in use by somebody else');
  });
});

describe('ListClientCertificates', () => {
  it('pages through the site, newest first, with the true count', async () => {
    const site = aSite({ name: 'pages.example' });
    await rig.store.commit([insert('sites', site)]);
    const template = await rowOf((await create()).id);
    for (let n = 0; n < 7; n++) {
      const createdAt = new Date(rig.clock.now().getTime() + (n < 2 ? 0 : n) * 1_000);
      await anIssued(rig.worker, {
        siteId: site.id,
        name: `n${n}`,
        createdAt,
        certificate: template?.certificate ?? null,
      });
    }
    const pages = await Promise.all(
      [1, 2, 3, 4].map((pageNumber) => list({ siteId: site.number, pageNumber, pageSize: 3 })),
    );
    expect(pages.map(({ result }) => result?.length)).toEqual([3, 3, 1, 0]);
    expect(pages.map(({ totalCount }) => totalCount)).toEqual([7, 7, 7, 7]);
    const names = pages.flatMap(({ result }) => result?.map(({ name }) => name));
    expect(names.slice(0, 5)).toEqual(['n6', 'n5', 'n4', 'n3', 'n2']);
    const tied = pages
      .flatMap(({ result }) => result ?? [])
      .slice(5)
      .map(({ id }) => id ?? '');
    expect(tied).toEqual([...tied].sort().reverse());
    expect(pages[0]).toMatchObject({ siteId: site.number, siteName: 'pages.example', pageNumber: 1, pageSize: 3 });
  });

  it.each([{ pageNumber: 0 }, { pageNumber: 501 }, { pageSize: 0 }, { pageSize: 101 }, { pageSize: -1 }])(
    'refuses %o',
    async (page) => {
      const error = await refusedBy(list(page));
      expect(error.code).toBe('InvalidParameter');
      expect(error.message).toMatch(/PageNumber|PageSize/);
    },
  );
});

describe('the life of a certificate', () => {
  it('goes from active to revoked and back, and from revoked to gone', async () => {
    const { id } = await create();
    const before = (await get(id))?.result?.updateTime;
    rig.advance(2_000);
    expect(await revoke(id)).toMatchObject({ siteId, siteName: 'example.com', id });
    expect(await get(id)).toMatchObject({ status: 'revoked', result: { status: 'revoked' } });
    expect((await get(id))?.result?.updateTime).not.toBe(before);
    expect(await rowOf(id)).toMatchObject({ state: 'held', holdOrigin: 'api', revocationReason: 'certificateHold' });
    expect(await refusedBy(revoke(id))).toMatchObject({ code: 'Certificate.StatusError', statusCode: 400 });

    rig.advance(2_000);
    await activate(id);
    expect(await get(id)).toMatchObject({ status: 'active' });
    expect(await refusedBy(activate(id))).toMatchObject({ code: 'Certificate.StatusError' });
    expect(await refusedBy(remove(id))).toMatchObject({ code: 'Certificate.StatusError' });

    await revoke(id);
    const held = await rowOf(id);
    rig.advance(5_000);
    await remove(id);
    // The world is told of it as long as it would be valid.
    const deleted = await rowOf(id);
    expect(deleted).toMatchObject({
      state: 'revoked',
      revocationReason: 'cessationOfOperation',
      revokedAt: held?.heldAt,
      deletedAt: expect.any(Date),
    });
    for (const call of [get, revoke, activate, remove]) {
      expect(await refusedBy(call(id))).toMatchObject({ code: 'Certificate.NotFound', statusCode: 404 });
    }
    expect((await list({ pageSize: 100 })).result?.map((item) => item.id)).not.toContain(id);
  });

  it('is told to the owner where that is a person', async () => {
    const row = await anIssued(rig.worker, { siteId: rig.site.id, ownerId: 'U0ALICE', name: 'alice-phone' });
    await revoke(row.id.replaceAll('-', ''));
    await rig.worker.settle();
    const { alice } = rig.worker;
    expect(JSON.stringify(alice.messages(alice.dm))).toMatch(
      /API key `deploy` suspended your certificate \*alice-phone\*/,
    );
    expect(rig.worker.sandbox.problems).toEqual([]);
  });

  it('cannot be activated after its end', async () => {
    const row = await anIssued(rig.worker, { notAfter: new Date(rig.clock.now().getTime() + 1_000) });
    const id = row.id.replaceAll('-', '');
    await revoke(id);
    rig.advance(2_000);
    expect((await refusedBy(activate(id))).message).toContain('has ended');
  });
});

describe('what people decide', () => {
  const suspend = async (id: string) => {
    const request = await rig.worker.record('suspend', { certificateId: id, because: 'odd' }, { actorId: 'U0ALICE' });
    await rig.worker.settle();
    return rig.store.request(request.id);
  };

  it('is never undone by the API: a suspension by a person is theirs', async () => {
    const { id } = await create();
    await suspend(uuidOf(id));
    expect(await get(id)).toMatchObject({ status: 'revoked' });
    expect(await refusedBy(activate(id))).toMatchObject({ code: 'Certificate.StatusError' });
    expect(await refusedBy(remove(id))).toMatchObject({ code: 'Certificate.StatusError' });
    expect(await rowOf(id)).toMatchObject({ state: 'held', holdOrigin: 'person' });
  });

  it('takes over what the API has suspended', async () => {
    const { id } = await create();
    await revoke(id);
    const { heldAt } = (await rowOf(id)) ?? {};
    expect((await suspend(uuidOf(id)))?.state).toBe('done');
    expect(await rowOf(id)).toMatchObject({ state: 'held', holdOrigin: 'person', heldAt });
    expect((await refusedBy(activate(id))).message).toContain('A person has suspended this certificate');
    expect((await suspend(uuidOf(id)))?.state).toBe('refused');
  });

  it('keeps the API from activating what a person wants revoked, while that waits', async () => {
    const { id } = await create();
    await revoke(id);
    const asked = await rig.worker.record(
      'revoke',
      {
        certificateId: uuidOf(id),
        reason: 'keyCompromise',
        because: '',
        suspendNow: false,
        confirmed: true,
        breakGlass: false,
      },
      { actorId: 'U0ALICE' },
    );
    await rig.worker.settle();
    expect(await refusedBy(activate(id))).toMatchObject({ code: 'Certificate.StatusError' });
    await decideAs(rig.worker, 'U0BOB', asked);
    expect(await rowOf(id)).toMatchObject({ state: 'revoked', revocationReason: 'keyCompromise' });
    expect(await refusedBy(activate(id))).toMatchObject({ code: 'Certificate.StatusError' });
    // What a person has revoked for good is hidden from the API, and stays as it is.
    await remove(id);
    expect(await rowOf(id)).toMatchObject({ revocationReason: 'keyCompromise', deletedAt: expect.any(Date) });
  });

  it('releases what the API has suspended', async () => {
    const { id } = await create();
    await revoke(id);
    const asked = await rig.worker.record(
      'release',
      { certificateId: uuidOf(id), because: '' },
      { actorId: 'U0ALICE' },
    );
    await decideAs(rig.worker, 'U0BOB', asked);
    expect(await get(id)).toMatchObject({ status: 'active' });
  });
});

describe('a certificate is named by an Id that', () => {
  const operations = { get, revoke, activate, remove };
  it.each(Object.entries(operations))('is given: %s', async (_, call) => {
    expect(await refusedBy(call(undefined))).toMatchObject({ code: 'Id.MissingParameter', statusCode: 400 });
    expect(await refusedBy(call(''))).toMatchObject({ code: 'Id.MissingParameter' });
  });

  it.each(Object.entries(operations))('is one of the site: %s', async (_, call) => {
    const other = aSite({ name: `${crypto.randomUUID()}.example` });
    await rig.store.commit([insert('sites', other)]);
    const foreign = await anIssued(rig.worker, { siteId: other.id });
    for (const id of [foreign.id.replaceAll('-', ''), '0'.repeat(32), 'AB'.repeat(16), 'x', '★', foreign.id]) {
      expect(await refusedBy(call(id))).toMatchObject({ code: 'Certificate.NotFound', statusCode: 404 });
    }
  });
});
