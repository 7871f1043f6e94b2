import 'reflect-metadata/lite';
import { execFileSync } from 'node:child_process';
import { randomBytes, webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as x509 from '@peculiar/x509';
import Database from 'better-sqlite3';
import { makeBreathe } from '../core/breathe.ts';
import { createAuthority, parseAuthority } from '../core/ca/authority.ts';
import { toPem } from '../core/ca/certificate.ts';
import { shardOf } from '../core/ca/crl/crl.ts';
import { listEntries } from '../core/ca/crl/listing.ts';
import { prepareCrl } from '../core/ca/crl/prepare.ts';
import { signLintedCrl } from '../core/ca/crl/sign.ts';
import { makeSerial } from '../core/ca/serial.ts';
import { makeLocalSigner } from '../core/ca/sign.ts';
import { openStore } from '../core/store/open.ts';
import { tools } from '../test/support/tools.ts';

/**
 * How long a complete CRL takes, from rows in the database to signed octets, and how long it keeps the event loop from
 * anybody else. Beside it @peculiar/x509 and `openssl ca -gencrl`, from the same list in memory or in OpenSSL's file.
 *
 *     npm run bench:crl
 */
const LIBRARY_AT_MOST = 10_000;
const now = new Date();
const made = createAuthority({ accountId: 'T0001', generation: 1, now, random: randomBytes });
const issuer = parseAuthority(made.certificateDer);
const signer = makeLocalSigner(made.privateKeyPkcs8Der);
const folder = mkdtempSync(join(tmpdir(), 'bench-crl-'));

type Revoked = { serial: string; revokedAt: Date };

function fill(path: string, count: number): Revoked[] {
  const revoked = Array.from({ length: count }, (_, i) => ({
    serial: makeSerial(randomBytes),
    revokedAt: new Date(Math.floor(now.getTime() / 1000) * 1000 - (i % 1_000_000) * 1000),
  }));
  const connection = new Database(path);
  const insert = connection.prepare(
    `insert into certificates (id, account_id, authority_id, serial, site_id, site_name, request_id, made_by, owner_id,
       name, key_algorithm, spki_sha256, shard, state, tbs, not_before, not_after, revoked_at, revocation_reason,
       created_at, version) values (?, 'T', 'A', ?, 's', 'example.com', ?, 'm', 'U', 'n', 'k', 'x', ?, 'revoked', x'00',
       0, ?, ?, 'keyCompromise', 0, 1)`,
  );
  connection.transaction(() => {
    for (const { serial, revokedAt } of revoked) {
      insert.run(serial, serial, serial, shardOf(serial), now.getTime() + 1e10, revokedAt.getTime());
    }
  })();
  connection.close();
  return revoked;
}

async function ours(path: string) {
  const store = openStore(`file:${path}`);
  const breathe = makeBreathe();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const order = { issuer, now, previous: undefined, uris: [] };
  const linted = await prepareCrl(order, listEntries(store, 'A', 'complete', undefined), breathe);
  const { octets } = await signLintedCrl(linted, signer, breathe);
  const ms = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  await store.close();
  return { ms, cpuMs: (user + system) / 1000, octets, worstMs: delay.max / 1e6, p99Ms: delay.percentile(99) / 1e6 };
}

async function library(revoked: readonly Revoked[]): Promise<number> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const signingKey = await webcrypto.subtle.importKey('pkcs8', made.privateKeyPkcs8Der, algorithm, false, ['sign']);
  const begun = performance.now();
  await x509.X509CrlGenerator.create({
    issuer: new x509.X509Certificate(Buffer.from(made.certificateDer)).subjectName,
    thisUpdate: now,
    signingAlgorithm: algorithm,
    signingKey,
    entries: revoked.map(({ serial, revokedAt }) => ({
      serialNumber: serial,
      revocationDate: revokedAt,
      reason: x509.X509CrlReason.keyCompromise,
    })),
  });
  return performance.now() - begun;
}

/** As OpenSSL keeps it: one line for each certificate. */
function openssl(revoked: readonly Revoked[]): number {
  const file = (name: string) => join(folder, name);
  const date = (at: Date) => at.toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '').slice(2);
  const end = date(new Date(now.getTime() + 1e10));
  const line = ({ serial, revokedAt }: Revoked, i: number) =>
    `R\t${end}\t${date(revokedAt)},keyCompromise\t${serial.toUpperCase()}\tunknown\t/CN=c${i}\n`;
  writeFileSync(file('index.txt'), revoked.map(line).join(''));
  writeFileSync(file('ca.pem'), toPem(made.certificateDer, 'CERTIFICATE'));
  writeFileSync(file('ca.key'), toPem(made.privateKeyPkcs8Der, 'PRIVATE KEY'), { mode: 0o600 });
  const settings = `database=${file('index.txt')}\ncertificate=${file('ca.pem')}\nprivate_key=${file('ca.key')}`;
  writeFileSync(file('ca.cnf'), `[ca]\ndefault_ca=d\n[d]\n${settings}\ndefault_md=sha256\ndefault_crl_days=4\n`);
  const begun = performance.now();
  execFileSync(tools.openssl ?? 'openssl', ['ca', '-config', file('ca.cnf'), '-gencrl', '-out', file('out.pem')], {
    stdio: 'pipe',
  });
  return performance.now() - begun;
}

const rounded = (value: number) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en'));

console.log(`Node ${process.version}, load ${loadavg()[0]?.toFixed(1)} at the start; milliseconds`);
console.log('| entries | MiB | ours | ours, CPU | event loop p99 / worst | @peculiar/x509 | openssl ca |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
try {
  for (const count of [10_000, 100_000, 1_000_000]) {
    const path = join(folder, `${count}.db`);
    await openStore(`file:${path}`).close();
    const revoked = fill(path, count);
    // Long enough for the compiler.
    if (count === 10_000) for (let i = 0; i < 5; i++) await ours(path);
    const { ms, cpuMs, octets, worstMs, p99Ms } = await ours(path);
    const theirs = count <= LIBRARY_AT_MOST ? rounded(await library(revoked)) : 'quadratic: not run';
    const cells = [
      rounded(ms),
      rounded(cpuMs),
      `${rounded(p99Ms)} / ${rounded(worstMs)}`,
      theirs,
      rounded(openssl(revoked)),
    ];
    console.log(`| ${count.toLocaleString('en')} | ${(octets / 2 ** 20).toFixed(1)} | ${cells.join(' | ')} |`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
