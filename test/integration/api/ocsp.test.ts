import { execFile, execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { createAuthority, parseAuthority } from '../../../core/ca/authority.ts';
import { makeGeneration } from '../../../core/ca/generation.ts';
import { MAX_CERT_IDS } from '../../../core/ca/ocsp/request.ts';
import { planHold, planRelease, planRevocation } from '../../../core/ca/revoke.ts';
import { CountersignError } from '../../../core/errors.ts';
import { unseal } from '../../../core/seal.ts';
import { insert } from '../../../core/store/plan.ts';
import type { Certificate } from '../../../core/store/rows.ts';
import { seededRandom } from '../../fixtures/ca/certificates.ts';
import { type ApiRig, startApiRig } from '../../support/api-rig.ts';
import { certIdFor, ocspRequest } from '../../support/ocsp-request.ts';
import { describeWith } from '../../support/tools.ts';

const DAY_MS = 86_400_000;
let rig: ApiRig;
let rows: Record<
  'good' | 'held' | 'released' | 'leaked' | 'silent' | 'intended' | 'abandoned' | 'expired',
  Certificate
>;

beforeAll(async () => {
  rig = await startApiRig();
  const issue = (set: Partial<Certificate> = {}) => rig.issue(set);
  rows = {
    good: await issue(),
    held: await issue(),
    released: await issue(),
    leaked: await issue(),
    silent: await issue(),
    intended: await issue({ state: 'intended' }),
    abandoned: await issue({ state: 'abandoned' }),
    expired: await issue({ notAfter: new Date(rig.clock.now().getTime() - DAY_MS) }),
  };
  const now = rig.clock.now();
  const change = { actorId: 'U0ALICE', at: now, requestId: null, because: 'a test', why: 'a test' };
  const heldSince = new Date(now.getTime() - 2 * DAY_MS);
  await rig.store.commit(planHold(rows.held, { ...change, at: heldSince }));
  await rig.store.commit(planHold(rows.released, change));
  await rig.store.commit(planRelease((await rig.store.certificate(rows.released.id)) as Certificate, change));
  await rig.store.commit(planRevocation(rows.leaked, { ...change, reason: 'keyCompromise' }));
  await rig.store.commit(planRevocation(rows.silent, { ...change, reason: 'unspecified' }));
  await rig.keepResponders();
});
afterAll(() => rig[Symbol.asyncDispose]());

const path = () => `/ocsp/${rig.authority.row.id}`;
const postTo = (url: string, body: Uint8Array, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/ocsp-request', ...headers },
    body: Buffer.from(body),
  });
const post = (body: Uint8Array, headers: Record<string, string> = {}) => postTo(`${rig.url}${path()}`, body, headers);
/** Asks another rig about one certificate of its authority. */
const askOf = (other: ApiRig, { serial }: Certificate) =>
  postTo(`${other.url}/ocsp/${other.authority.row.id}`, ocspRequest([certIdFor(other.authority.facts, serial)]));
const get = (text: string, headers: Record<string, string> = {}) => fetch(`${rig.url}${path()}/${text}`, { headers });
const base64 = (der: Uint8Array) => Buffer.from(der).toString('base64');
const octetsOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
const facts = () => rig.authority.facts;
const askFor = (serial: string, nonce?: Uint8Array) => ocspRequest([certIdFor(facts(), serial)], nonce);
const hex = (text: string) => Buffer.from(text, 'hex');
const MALFORMED = hex('30030a0101');
const TRY_LATER = hex('30030a0103');
const UNAUTHORIZED = hex('30030a0106');

describeWith('openssl', 'openssl ocsp', ({ openssl }) => {
  /** What the program prints and its exit code, whichever way it ends. */
  const run = (...args: string[]) => {
    const options = { encoding: 'utf8' } as const;
    return new Promise<{ code: number; text: string }>((resolve) => {
      const child = execFile(openssl, ['ocsp', ...args], options, (error, stdout, stderr) =>
        resolve({ code: error ? (child.exitCode ?? 1) : 0, text: `${stdout}${stderr}` }),
      );
    });
  };
  const ask = (serial: string, ...args: string[]) =>
    run(
      ...['-issuer', rig.authorityFile, ...args.filter((arg) => arg.startsWith('-sha')), '-serial', `0x${serial}`],
      ...['-url', `${rig.url}${path()}`, '-CAfile', rig.authorityFile, '-text'],
      ...args.filter((arg) => !arg.startsWith('-sha')),
    );

  const statuses: [keyof typeof rows, RegExp[]][] = [
    ['good', [/: good$/m]],
    ['held', [/: revoked$/m, /Reason: certificateHold/]],
    ['released', [/: good$/m]],
    ['leaked', [/: revoked$/m, /Reason: keyCompromise/]],
    ['silent', [/: revoked$/m]],
    ['intended', [/: unknown$/m]],
    ['abandoned', [/: unknown$/m]],
    ['expired', [/: good$/m]],
  ];
  const ways: [string, string[]][] = [
    ['with a nonce', []],
    ['without a nonce', ['-no_nonce']],
    ['with SHA-256', ['-sha256']],
    ['with SHA-512', ['-sha512', '-no_nonce']],
  ];
  describe.each(ways)('%s', (_, args) => {
    it.each(statuses)('verifies the answer for %s', async (name, expected) => {
      const { code, text } = await ask(rows[name].serial, ...args);
      expect(text).toContain('Response verify OK');
      expect(text).not.toContain('WARNING');
      for (const pattern of expected) expect(text).toMatch(pattern);
      expect(code).toBe(0);
    });
  });

  test('is told the time and reason of the row, and no reason where none was given', async () => {
    for (const name of ['held', 'leaked', 'silent'] as const) {
      const row = (await rig.store.certificate(rows[name].id)) as Certificate;
      const at = (row.state === 'held' ? row.heldAt : row.revokedAt) as Date;
      const { text } = await ask(row.serial);
      const told = /Revocation Time: (.+)$/m.exec(text)?.[1] ?? '';
      expect(Date.parse(told)).toBe(Math.floor(at.getTime() / 1_000) * 1_000);
      expect(text.includes('Reason')).toBe(name !== 'silent');
    }
  });

  test('says unknown for a serial that was never issued, never good', async () => {
    const { text } = await ask('4affffffffffffffffffffffffffffff');
    expect(text).toMatch(/: unknown$/m);
    expect(text).toContain('Response verify OK');
  });

  test('asks for several at once, and is told of each', async () => {
    const serials = ['good', 'held', 'leaked', 'intended'] as const;
    const { text } = await run(
      ...['-issuer', rig.authorityFile, ...serials.flatMap((name) => ['-serial', `0x${rows[name].serial}`])],
      ...['-url', `${rig.url}${path()}`, '-CAfile', rig.authorityFile],
    );
    expect([...text.matchAll(/: (good|revoked|unknown)$/gm)].map(([, status]) => status)).toEqual([
      'good',
      'revoked',
      'revoked',
      'unknown',
    ]);
    expect(text).toContain('Response verify OK');
  });

  test('is refused an answer for an authority that is not this one', async () => {
    const stranger = createAuthority({ accountId: 'T0EVE', generation: 1, now: new Date(), random: seededRandom(9) });
    const file = join(rig.folder, 'stranger.pem');
    writeFileSync(file, new X509Certificate(stranger.certificateDer).toString());
    const { text } = await run(
      ...['-issuer', file, '-serial', `0x${rows.good.serial}`, '-url', `${rig.url}${path()}`, '-CAfile', file],
    );
    expect(text).toContain('unauthorized (6)');
  });

  test('reads from GET what it reads from POST, and finds the delegate in order', async () => {
    const request = join(rig.folder, 'request.der');
    const response = join(rig.folder, 'response.der');
    const args = ['-issuer', rig.authorityFile, '-serial', `0x${rows.held.serial}`];
    execFileSync(openssl, ['ocsp', ...args, '-no_nonce', '-reqout', request], { stdio: 'ignore' });
    const got = await get(encodeURIComponent(base64(readFileSync(request))));
    writeFileSync(response, await octetsOf(got));
    const { text } = await run(...args, '-respin', response, '-CAfile', rig.authorityFile, '-text');
    expect(text).toContain('Response verify OK');
    expect(text).toMatch(/: revoked$/m);
    for (const line of ['OCSP No Check', 'OCSP Signing', 'Digital Signature', 'Responder Id: ']) {
      expect(text).toContain(line);
    }
    expect([...text.matchAll(/BEGIN CERTIFICATE/g)]).toHaveLength(1);
    // Somebody else's root makes the same answer worthless.
    const stranger = createAuthority({ accountId: 'T0EVE', generation: 1, now: new Date(), random: seededRandom(9) });
    const file = join(rig.folder, 'other.pem');
    writeFileSync(file, new X509Certificate(stranger.certificateDer).toString());
    const other = await run(...args, '-respin', response, '-CAfile', file);
    expect(other.text).toContain('Response Verify Failure');
  });

  test('finds in the delegate a certificate that serves for nothing else', async () => {
    const [responder] = [await rig.store.ocspResponder(rig.authority.row.id, rig.clock.now())];
    const certificate = new X509Certificate(responder?.certificate as Buffer);
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.9']);
    const file = join(rig.folder, 'responder.pem');
    writeFileSync(file, certificate.toString());
    const verify = (purpose: string) =>
      execFileSync(openssl, ['verify', '-CAfile', rig.authorityFile, '-purpose', purpose, file], { stdio: 'pipe' });
    expect(verify('ocsphelper').toString()).toContain('OK');
    expect(() => verify('sslclient')).toThrow();
    expect(() => verify('sslserver')).toThrow();
  });
});

describeWith('ocsptool', 'GnuTLS', ({ ocsptool }) => {
  test.each(['good', 'leaked', 'held'] as const)('verifies the answer for %s', async (name) => {
    const file = join(rig.folder, `gnutls-${name}.der`);
    writeFileSync(file, await octetsOf(await post(askFor(rows[name].serial))));
    const args = ['--load-response', file, '--inder', '--load-trust', rig.authorityFile];
    const verified = execFileSync(ocsptool, ['--verify-response', ...args], { encoding: 'utf8' });
    expect(verified).toContain('Verifying OCSP Response: Success');
    const told = execFileSync(ocsptool, ['--response-info', ...args], { encoding: 'utf8' });
    expect(told).toContain(`Serial Number: ${rows[name].serial}`);
    expect(told).toContain(`Certificate Status: ${name === 'good' ? 'good' : 'revoked'}`);
  });
});

describe('a revocation', () => {
  test('shows with the next question, though the answer before was kept', async () => {
    const row = await rig.issue();
    const statusNow = async () => {
      const der = await octetsOf(await post(askFor(row.serial)));
      const at = der.indexOf(hex(row.serial)) + row.serial.length / 2;
      return { 128: 'good', 161: 'revoked', 130: 'unknown' }[der[at] ?? 0];
    };
    const fresh = async () => (await rig.store.certificate(row.id)) as Certificate;
    const change = { actorId: 'U0ALICE', at: rig.clock.now(), requestId: null, because: 'x', why: 'x' };
    expect([await statusNow(), await statusNow()]).toEqual(['good', 'good']);
    await rig.store.commit(planHold(await fresh(), change));
    expect(await statusNow()).toBe('revoked');
    await rig.store.commit(planRelease(await fresh(), change));
    expect(await statusNow()).toBe('good');
    await rig.store.commit(planRevocation(await fresh(), { ...change, reason: 'superseded' }));
    expect([await statusNow(), await statusNow()]).toEqual(['revoked', 'revoked']);
  });
});

describe('the nonce', () => {
  test.each([1, 32, 128])('of %i octets comes back, and the answer is kept nowhere', async (length) => {
    const nonce = crypto.getRandomValues(new Uint8Array(length));
    const response = await post(askFor(rows.good.serial, nonce));
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('etag')).toBeNull();
    expect((await octetsOf(response)).includes(Buffer.from(nonce))).toBe(true);
  });

  test('makes every answer another one; without it, it is the same', async () => {
    const nonce = new Uint8Array(16).fill(1);
    const [first, second] = [await post(askFor(rows.good.serial, nonce)), await post(askFor(rows.good.serial, nonce))];
    expect((await octetsOf(first)).equals(await octetsOf(second))).toBe(false);
    const [third, fourth] = [await post(askFor(rows.good.serial)), await post(askFor(rows.good.serial))];
    expect((await octetsOf(third)).equals(await octetsOf(fourth))).toBe(true);
  });

  test.each([0, 129])('of %i octets is malformed', async (length) => {
    expect(await octetsOf(await post(askFor(rows.good.serial, new Uint8Array(length))))).toEqual(MALFORMED);
  });
});

describe('what cannot be answered', () => {
  test('malformed requests are told so by an answer without a signature, with GET and POST', async () => {
    const broken = askFor(rows.good.serial).subarray(0, -1);
    for (const response of [
      await post(broken),
      await get(encodeURIComponent(base64(broken))),
      await get('%21'),
      await get(''),
    ]) {
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('application/ocsp-response');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await octetsOf(response)).toEqual(MALFORMED);
    }
  });

  test('an authority that does not exist is one that nobody here may answer for', async () => {
    for (const id of ['nobody', crypto.randomUUID(), '..', 'x'.repeat(150), '%00', '%2e%2e%2f']) {
      const response = await postTo(`${rig.url}/ocsp/${id}`, askFor(rows.good.serial));
      if (response.status === 200) expect(await octetsOf(response)).toEqual(UNAUTHORIZED);
      // `..` leads to the address of the OpenAPI, whose calls are signed.
      else expect([400, 404]).toContain(response.status);
    }
  });

  test('a name with the key of another authority is unauthorized; beside one of ours it is unknown', async () => {
    const stranger = parseAuthority(
      createAuthority({ accountId: 'T0EVE', generation: 1, now: new Date(), random: seededRandom(9) }).certificateDer,
    );
    const { subjectDer, spki } = facts();
    const foreign = [
      certIdFor(stranger, rows.good.serial),
      certIdFor({ subjectDer, spki: stranger.spki }, rows.good.serial),
      certIdFor({ subjectDer: stranger.subjectDer, spki }, rows.good.serial),
    ];
    for (const certId of foreign) expect(await octetsOf(await post(ocspRequest([certId])))).toEqual(UNAUTHORIZED);
    const mixed = await octetsOf(
      await post(ocspRequest([certIdFor(facts(), rows.good.serial), foreign[1] as Uint8Array])),
    );
    const statusAfter = (from: number) => mixed[mixed.indexOf(hex(rows.good.serial), from) + 16];
    expect(statusAfter(0)).toBe(0x80);
    expect(statusAfter(mixed.indexOf(hex(rows.good.serial)) + 1)).toBe(0x82);
  });

  test('an authority whose delegate is not there yet asks for patience, and logs an error', async () => {
    await using other = await startApiRig();
    const row = await other.issue();
    const ask = () => askOf(other, row).then(octetsOf);
    expect(await ask()).toEqual(TRY_LATER);
    expect(other.log.join('')).toContain('no valid OCSP responder');
    await other.keepResponders();
    expect((await ask()).length).toBeGreaterThan(300);
  });

  test('a database that is busy asks for patience; one that fails is our error, and says nothing of why', async () => {
    let thrown: Error = new CountersignError('busy');
    await using other = await startApiRig((store) => ({ ...store, certificateStatus: () => Promise.reject(thrown) }));
    const row = await other.issue();
    await other.keepResponders();
    const ask = () => askOf(other, row).then(octetsOf);
    expect(await ask()).toEqual(TRY_LATER);
    thrown = new Error('disk I/O error at /secret/place');
    expect(await ask()).toEqual(hex('30030a0102'));
    expect(other.log.join('')).toContain('could not be answered');
  });
});

describe('over HTTP', () => {
  const encodings: [string, (text: string) => string][] = [
    ['as it is, with its slashes', (text) => text],
    ['encoded, as it should be', encodeURIComponent],
    ['encoded twice', (text) => encodeURIComponent(encodeURIComponent(text))],
    ['with one slash too many', (text) => `/${text}`],
    ['with spaces in the place of plus', (text) => text.replaceAll('+', '%20')],
    ['without its padding', (text) => text.replace(/=+$/, '')],
    ['with a query behind it', (text) => `${encodeURIComponent(text)}?x=1`],
  ];
  // A serial that makes the base64 hold every character that a router could stumble over.
  const difficult = ['/', '+', '//', '='];
  test.each(encodings)('GET takes the request %s', async (_, encode) => {
    const seen = new Set<string>();
    for (let i = 0; seen.size < difficult.length; i++) {
      const filler = `${(i * 7_919).toString(16).padStart(6, '0')}`;
      const serial = `4a${filler}fffbfffffbefbeffffff${'ff'.repeat(i % 4)}`;
      const text = base64(askFor(serial));
      const has = difficult.filter((part) => text.includes(part) && !seen.has(part));
      if (has.length === 0) continue;
      for (const part of has) seen.add(part);
      const response = await octetsOf(await get(encode(text)));
      expect(response.includes(hex(serial)), text).toBe(true);
    }
  });

  test('GET takes a request that is as long as any may be', async () => {
    const ids = Array.from({ length: MAX_CERT_IDS }, () => certIdFor(facts(), rows.good.serial, 'sha512'));
    const response = await octetsOf(await get(encodeURIComponent(base64(ocspRequest(ids)))));
    expect(response.length).toBeGreaterThan(MAX_CERT_IDS * 150);
  });

  test('an answer may be kept for five minutes, and is asked for again by its name', async () => {
    const first = await get(encodeURIComponent(base64(askFor(rows.good.serial))));
    expect(first.headers.get('cache-control')).toBe('public, max-age=300, no-transform, must-revalidate');
    const etag = first.headers.get('etag') as string;
    const expires = Date.parse(first.headers.get('expires') ?? '');
    expect(Math.abs(expires - rig.clock.now().getTime() - 300_000)).toBeLessThanOrEqual(1_000);
    const again = await get(encodeURIComponent(base64(askFor(rows.good.serial))), { 'if-none-match': etag });
    expect([again.status, (await octetsOf(again)).length]).toEqual([304, 0]);
    const head = await fetch(`${rig.url}${path()}/${encodeURIComponent(base64(askFor(rows.good.serial)))}`, {
      method: 'HEAD',
    });
    expect(head.headers.get('content-length')).toBe(String((await octetsOf(first)).length));
  });

  test('unknown is kept nowhere: the serial may be issued next', async () => {
    const response = await post(askFor('4affffffffffffffffffffffffffff01'));
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test.each(['application/json', 'text/plain', 'application/octet-stream', ''])(
    'a body of type "%s" is refused',
    async (type) => {
      const response = await post(askFor(rows.good.serial), { 'content-type': type });
      expect(response.status).toBe(415);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    },
  );

  test('a body larger than any request is refused before it is read', async () => {
    expect((await post(new Uint8Array(16 * 1024 + 1))).status).toBe(413);
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is not allowed, and what is allowed is said', async (method) => {
    const response = await fetch(`${rig.url}${path()}`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('time', () => {
  test('an answer is signed again when half of its hour is over, and when the clock was set back', async () => {
    await using other = await startApiRig();
    const row = await other.issue();
    await other.keepResponders();
    const ask = async () => {
      const response = await askOf(other, row);
      return response.headers.get('last-modified');
    };
    const first = await ask();
    other.clock.advance(29 * 60_000);
    expect(await ask()).toBe(first);
    other.clock.advance(60_000);
    const second = await ask();
    expect(second).not.toBe(first);
    other.clock.advance(-3_600_000);
    expect([first, second]).not.toContain(await ask());
  });

  test('the delegate is renewed at half of its life, used while it is valid, and swept when it is not', async () => {
    await using other = await startApiRig();
    await other.keepResponders();
    const responderNow = () => other.store.ocspResponder(other.authority.row.id, other.clock.now());
    // Nothing was issued, so nobody can ask.
    expect(await responderNow()).toBeUndefined();
    const row = await other.issue();
    await other.keepResponders();
    const first = await responderNow();
    await other.keepResponders();
    expect((await responderNow())?.id).toBe(first?.id);
    other.clock.advance(16 * DAY_MS);
    await other.keepResponders();
    const second = await responderNow();
    expect(second?.id).not.toBe(first?.id);
    other.clock.advance(15 * DAY_MS);
    await other.keepResponders();
    expect((await responderNow())?.id).not.toBe(first?.id);
    // The worker was away for too long: nobody is told anything by a signer that has ended.
    other.clock.advance(31 * DAY_MS);
    const response = await askOf(other, row);
    expect(await octetsOf(response)).toEqual(TRY_LATER);
  });

  test('an answer is not valid for longer than its signer', async () => {
    await using other = await startApiRig();
    const row = await other.issue();
    await other.keepResponders();
    const responder = await other.store.ocspResponder(other.authority.row.id, other.clock.now());
    const left = 90_000;
    other.clock.advance((responder?.notAfter.getTime() ?? 0) - other.clock.now().getTime() - left);
    const response = await askOf(other, row);
    const [, seconds] = /max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '') ?? [];
    expect(Number(seconds)).toBeLessThanOrEqual(90);
  });

  test('older generations keep answering, each with its own delegate', async () => {
    await using other = await startApiRig();
    const now = other.clock.now();
    const next = makeGeneration(other.keys, { accountId: 'T0ACME', generation: 2, now, issuesFrom: now });
    await other.store.commit([insert('authorities', next)]);
    const old = await other.issue();
    const young = await other.issue({ authorityId: next.id });
    await other.keepResponders();
    for (const [row, certificate] of [
      [old, other.authority.row.certificate],
      [young, next.certificate],
    ] as const) {
      const response = await postTo(
        `${other.url}/ocsp/${row.authorityId}`,
        ocspRequest([certIdFor(parseAuthority(certificate), row.serial)]),
      );
      const der = await octetsOf(response);
      expect(der[der.indexOf(hex(row.serial)) + 16]).toBe(0x80);
      const responder = await other.store.ocspResponder(row.authorityId, now);
      expect(der.includes(responder?.certificate as Buffer)).toBe(true);
      expect(
        new X509Certificate(responder?.certificate as Buffer).verify(new X509Certificate(certificate).publicKey),
      ).toBe(true);
    }
  });
});

test('the api cannot open the key of an authority, and logs neither request nor key', async () => {
  const { row } = rig.authority;
  const context = { purpose: 'authority', accountId: row.accountId, rowId: row.id } as const;
  expect(() => unseal({ ocsp: rig.keys.ocsp }, context, row.sealedKey)).toThrow('cannot be opened');
  const text = base64(askFor(rows.good.serial));
  await get(`${encodeURIComponent(text)}?secret=1`);
  const log = rig.log.join('');
  for (const told of [text, encodeURIComponent(text), 'secret', 'PRIVATE']) expect(log).not.toContain(told);
  expect(log).toContain('/ocsp/:authority/*');
});
