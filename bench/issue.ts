import 'reflect-metadata/lite';
import { fork } from 'node:child_process';
import { hash, randomBytes, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import * as x509 from '@peculiar/x509';
import { createAuthority, parseAuthority } from '../core/ca/authority.ts';
import { computeKeyIdentifier } from '../core/ca/key-identifier.ts';
import { makeKeyPair } from '../core/ca/keys.ts';
import { lintLeaf } from '../core/ca/lint/leaf.ts';
import { prepareLeaf } from '../core/ca/prepare.ts';
import type { LeafIntent } from '../core/ca/profile.ts';
import { makeSerial } from '../core/ca/serial.ts';
import { makeLocalSigner, signLinted } from '../core/ca/sign.ts';
import { buildLeafTbs } from '../core/ca/tbs.ts';

/**
 * Leaves a second, not stored: ours beside @peculiar/x509 in the same run, on one core and on every core at once.
 * cfssl, the peer to beat, does 5,500/s on two cores, key generation and signature included and nothing linted.
 *
 *     npx tsx bench/issue.ts
 */
const WARM_UP_SECONDS = 3;
const SECONDS = 3;

const now = new Date();
const made = createAuthority({ accountId: 'T0001', generation: 1, now, random: randomBytes });
const issuer = parseAuthority(made.certificateDer);
const signer = makeLocalSigner(made.privateKeyPkcs8Der);
const sha256 = (octets: Uint8Array) => hash('sha256', octets, 'buffer');

const intentFor = (spki: Uint8Array): LeafIntent => ({
  serial: makeSerial(randomBytes),
  issuer,
  subject: { commonName: 'alice-laptop', organization: 'example.com' },
  spki,
  notBefore: now,
  notAfter: new Date(now.getTime() + 365 * 86_400_000),
  crlUri: 'http://pki.example.com/1.crl',
});
const issue = (spki: Uint8Array) => signLinted(prepareLeaf(intentFor(spki), issuer), signer);

const { spki } = await makeKeyPair('ec-p256');
const tbs = buildLeafTbs(intentFor(spki), computeKeyIdentifier(spki));

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const libraryAuthority = new x509.X509Certificate(Buffer.from(made.certificateDer));
const librarySigningKey = await webcrypto.subtle.importKey('pkcs8', made.privateKeyPkcs8Der, algorithm, false, [
  'sign',
]);
const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex');

/** The same certificate from the library: its key generation, its encoder, its signature; it does not lint or verify. */
async function issueWithLibrary(): Promise<void> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const publicKey = new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey));
  await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  await x509.X509CertificateGenerator.create({
    serialNumber: makeSerial(randomBytes),
    issuer: libraryAuthority.subjectName,
    subject: new x509.Name([{ O: ['example.com'] }, { CN: ['alice-laptop'] }]),
    notBefore: now,
    notAfter: new Date(now.getTime() + 365 * 86_400_000),
    publicKey: keys.publicKey,
    signingKey: librarySigningKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectKeyIdentifierExtension(hex(computeKeyIdentifier(publicKey))),
      new x509.AuthorityKeyIdentifierExtension(hex(issuer.subjectKeyIdentifier)),
      new x509.CRLDistributionPointsExtension(['http://pki.example.com/1.crl']),
    ],
  });
}

const TASKS: Record<string, () => unknown> = {
  'key + build + lint + sign + verify': async () => issue((await makeKeyPair('ec-p256')).spki),
  '@peculiar/x509: key + build + sign': issueWithLibrary,
  'build + lint + sign + verify': () => issue(spki),
  'build + lint': () => prepareLeaf(intentFor(spki), issuer),
  build: () => buildLeafTbs(intentFor(spki), computeKeyIdentifier(spki)),
  lint: () => lintLeaf(tbs, issuer, sha256),
  'sign (OpenSSL)': () => signer.sign(tbs),
  'key P-256 with PEM': () => makeKeyPair('ec-p256'),
};

type Rate = { perSecond: number; perCpuSecond: number };

/** By the clock, and by the processor time of all threads: the second stays true while others use the machine. */
async function measure(task: () => unknown): Promise<Rate> {
  const runFor = async (milliseconds: number): Promise<Rate> => {
    const start = performance.now();
    const cpuStart = process.cpuUsage();
    let count = 0;
    while (performance.now() - start < milliseconds) {
      const result = task();
      if (result instanceof Promise) await result;
      count++;
    }
    const { user, system } = process.cpuUsage(cpuStart);
    return { perSecond: (count * 1_000) / (performance.now() - start), perCpuSecond: (count * 1e6) / (user + system) };
  };
  // Long enough for the compiler, also on a machine that is busy.
  await runFor(WARM_UP_SECONDS * 1_000);
  return runFor(SECONDS * 1_000);
}

/** The task in as many processes as there are cores: their sum by the clock, their mean by processor time. */
async function measureEverywhere(name: string): Promise<Rate> {
  const rates = await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      const [rate] = await once(fork(fileURLToPath(import.meta.url), [name]), 'message');
      return rate as Rate;
    }),
  );
  const sumOf = (pick: (rate: Rate) => number) => rates.reduce((sum, rate) => sum + pick(rate), 0);
  return {
    perSecond: sumOf(({ perSecond }) => perSecond),
    perCpuSecond: sumOf(({ perCpuSecond }) => perCpuSecond) / rates.length,
  };
}

function printRow(name: string, { perSecond, perCpuSecond }: Rate): void {
  const cells = [perSecond, perCpuSecond].map((rate) => Math.round(rate).toLocaleString('en').padStart(16));
  console.log(`${name.padEnd(40)}${cells.join('')}${(1e6 / perCpuSecond).toFixed(0).padStart(12)}`);
}

const [onlyTask] = process.argv.slice(2);
if (onlyTask !== undefined) {
  process.send?.(await measure(TASKS[onlyTask] ?? (() => undefined)));
} else {
  const cores = availableParallelism();
  console.log(`Node ${process.version}, ${cores} cores, load ${loadavg()[0]?.toFixed(1)} at the start`);
  const head = `${'per second'.padStart(16)}${'per CPU second'.padStart(16)}`;
  console.log(`\n${'one process'.padEnd(40)}${head}${'CPU µs each'.padStart(12)}`);
  for (const [name, task] of Object.entries(TASKS)) printRow(name, await measure(task));
  console.log(`\n${`${cores} processes, summed`.padEnd(40)}${head}`);
  for (const name of Object.keys(TASKS).slice(0, 2)) printRow(name, await measureEverywhere(name));
}
