import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toPem } from '../../core/ca/certificate.ts';
import { makeKeyPair } from '../../core/ca/keys.ts';
import type { Enforced, Policy, PolicyRule } from '../../core/snapshot/policy.ts';
import { issueFrom, makeTestAuthority } from '../fixtures/ca/issuing.ts';
import { startEchoOrigin } from './echo-origin.ts';
import type { ClientIdentity } from './edge-client.ts';
import {
  CLIENT_AUTH,
  dnsName,
  type Made,
  makeAuthority,
  makeLeaf,
  makeServerCertificate,
  permittedDns,
  SERVER_AUTH,
  unknownExtension,
} from './pki.ts';

/** A and B are bound to authorities of their own, OPEN to none, OTHER is bound and served by nobody. */
export const [A, B, OPEN, WILD, UNSERVED] = [
  'a.example.test',
  'b.example.test',
  'open.example.test',
  'one.wild.example.test',
  'unserved.example.test',
] as const;

export type World = Awaited<ReturnType<typeof makeWorld>>;
export type ClientName = keyof World['clients'];

const ANY_EKU = '2.5.29.37.0';

/**
 * Everything that an edge under test needs around it: server certificates, an origin, authorities, and clients with
 * certificates of every kind of fault; and `enforced`, which is what the edge is told.
 * @param options `native`: nothing in it needs more than a proxy knows by itself: no authority allows intermediates, and
 *   none is blocked by its fingerprint.
 */
export async function makeWorld({ native = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'cs-world-'));
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const origin = await startEchoOrigin();
  const serverAuthority = await makeAuthority('CN=Servers');
  const hosts = await Promise.all(
    [A, B, OPEN, '*.wild.example.test'].map(async (hostname, index) => {
      const made = await makeServerCertificate(serverAuthority, [hostname]);
      return {
        hostname,
        certificate: write(`server-${index}.pem`, made.pem),
        key: write(`server-${index}.key`, made.keyPem),
        origin: origin.url,
      };
    }),
  );

  const direct = native ? { pathLength: 0 } : {};
  const roots = {
    a: await makeAuthority('CN=Root A,O=Example', direct),
    b: await makeAuthority('CN=Root B,O=Example', direct),
    stranger: await makeAuthority('CN=Stranger'),
    limited: await makeAuthority('CN=Limited', { pathLength: 0 }),
    servers: await makeAuthority('CN=For servers', { ...direct, eku: [SERVER_AUTH] }),
    named: await makeAuthority('CN=Named', { ...direct, extensions: [permittedDns('inside.example.test')] }),
    ended: await makeAuthority('CN=Ended', { ...direct, from: -20, until: -1 }),
  };
  const ours = makeTestAuthority('ecdsa-sha256', new Date());
  const oursKey = await makeKeyPair('ec-p256');
  const oursLeaf = issueFrom(ours, { spki: oursKey.spki }, new Date());

  // Below A: I1 signs I2 signs ... so that a leaf of I4 has four intermediates and one of I5 has five.
  const below: Made[] = [];
  for (let i = 1; i <= 5; i++) below.push(await makeAuthority(`CN=Below ${i}`, { issuer: below.at(-1) ?? roots.a }));
  const upTo = (depth: number) => below.slice(0, depth).toReversed();
  const limitedBelow = await makeAuthority('CN=Below the limited', { issuer: roots.limited });
  const notAuthority = await makeAuthority('CN=No authority', { issuer: roots.a, isCa: false });
  const noSigner = await makeAuthority('CN=No signer', { issuer: roots.a, usages: 1 });
  const endedBelow = await makeAuthority('CN=Ended below', { issuer: roots.a, from: -20, until: -1 });
  const serversBelow = await makeAuthority('CN=Servers below', { issuer: roots.a, eku: [SERVER_AUTH] });
  const revokedBelow = await makeAuthority('CN=Revoked below', { issuer: roots.a });
  const twin = await makeAuthority(roots.a.subject);
  const intermediates = write(
    'intermediates.pem',
    [...below, limitedBelow, noSigner, endedBelow, serversBelow, revokedBelow].map(({ pem }) => pem).join(''),
  );

  const leaf = (issuer: Made | undefined, more: Parameters<typeof makeLeaf>[2] = {}, name = 'alice-laptop') =>
    makeLeaf(`CN=${name.replace(/[,"]/g, '\\$&')},O=example.test`, issuer, more);
  const made = {
    good: await leaf(roots.a),
    goodToo: await leaf(roots.a),
    ofB: await leaf(roots.b),
    revoked: await leaf(roots.a),
    held: await leaf(roots.a),
    blocked: await leaf(roots.a),
    /** The serial of a revoked one of A, issued by B. */
    sameSerial: await leaf(roots.b, { serial: 'a1b2c3d4e5' }),
    revokedSerial: await leaf(roots.a, { serial: 'a1b2c3d4e5' }),
    longSerial: await leaf(roots.a, { serial: '7fffffffffffffffffffffffffffffffffffffff' }),
    highSerial: await leaf(roots.a, { serial: '00ff01020304050607' }),
    expired: await leaf(roots.a, { from: -20, until: -1 }),
    notYetValid: await leaf(roots.a, { from: 1, until: 20 }),
    selfSigned: await leaf(undefined),
    wrongAuthority: await leaf(roots.stranger),
    twin: await leaf(twin),
    serverOnly: await leaf(roots.a, { eku: [SERVER_AUTH] }),
    both: await leaf(roots.a, { eku: [SERVER_AUTH, CLIENT_AUTH] }),
    anyPurpose: await leaf(roots.a, { eku: [ANY_EKU] }),
    noEku: await leaf(roots.a, { eku: null }),
    noSigning: await leaf(roots.a, { usages: 1 << 2 }),
    unknownCritical: await leaf(roots.a, { extensions: [unknownExtension(true)] }),
    unknownHarmless: await leaf(roots.a, { extensions: [unknownExtension(false)] }),
    rsa: await leaf(roots.a, { kind: 'rsa' }),
    weakRsa: await leaf(roots.a, { kind: 'rsa-1024' }),
    depth1: await leaf(below[0]),
    depth4: await leaf(below[3]),
    depth5: await leaf(below[4]),
    incomplete: await leaf(below[1]),
    limitedDirect: await leaf(roots.limited),
    limitedDeep: await leaf(limitedBelow),
    notAuthority: await leaf(notAuthority),
    noSigner: await leaf(noSigner),
    endedBelow: await leaf(endedBelow),
    endedRoot: await leaf(roots.ended),
    serversRoot: await leaf(roots.servers),
    serversBelow: await leaf(serversBelow),
    revokedBelow: await leaf(revokedBelow),
    namedInside: await leaf(roots.named, { extensions: [dnsName('x.inside.example.test')] }),
    namedOutside: await leaf(roots.named, { extensions: [dnsName('x.outside.example.test')] }),
    unusualName: await leaf(roots.a, {}, 'Zoë "q" %, ok'),
  };
  const chains: Partial<Record<keyof typeof made, readonly Made[]>> = {
    depth1: upTo(1),
    depth4: upTo(4),
    depth5: upTo(5),
    // The one in the middle is missing.
    incomplete: upTo(1),
    limitedDeep: [limitedBelow],
    notAuthority: [notAuthority],
    noSigner: [noSigner],
    endedBelow: [endedBelow],
    serversBelow: [serversBelow],
    revokedBelow: [revokedBelow],
  };
  const identities = Object.fromEntries(
    Object.entries(made).map(([name, { pem, keyPem }]) => {
      const chain = chains[name as keyof typeof made] ?? [];
      return [name, { certificate: pem + chain.map((one) => one.pem).join(''), key: keyPem }];
    }),
  ) as Record<keyof typeof made, ClientIdentity>;
  const clients = {
    ...identities,
    /** Issued by an authority as Countersign makes them. */
    ours: { certificate: toPem(oursLeaf, 'CERTIFICATE'), key: oursKey.privateKeyPkcs8Pem },
  };

  const ids = { a: roots.a, limited: roots.limited, servers: roots.servers, named: roots.named, ended: roots.ended };
  const authorities: Policy['authorities'] = [
    ...[...Object.entries(ids), ['b', roots.b] as const].map(([id, { der }]) => ({
      id,
      name: id,
      certificate: Buffer.from(der).toString('base64'),
    })),
    { id: 'ours', name: 'generation 1', certificate: Buffer.from(ours.der).toString('base64') },
  ];
  const revokedAlways = new Set([
    ...[made.revoked, made.held, made.revokedSerial, revokedBelow].map(({ serial }) => `a/${serial}`),
  ]);
  let version = 0;

  return {
    folder,
    origin,
    /** For configurations: hostname, files and origin. */
    hosts,
    serverAuthority,
    roots,
    made,
    /** Between leaf and authority, the leaf's issuer first. */
    chains,
    /** A file of everything that is below an authority, for proxies that have to be told. */
    intermediates,
    clients,
    /** What is enforced unless a test says otherwise: A and B with a rule that wants a verified certificate. */
    enforced(
      changes: {
        rules?: readonly PolicyRule[];
        revoked?: readonly { authorityId: string; serial: string }[];
        isRevoked?: Enforced['isRevoked'];
        hosts?: Policy['hosts'];
      } = {},
    ): Enforced {
      const revoked = new Set([
        ...revokedAlways,
        ...(changes.revoked ?? []).map(({ authorityId, serial }) => `${authorityId}/${serial}`),
      ]);
      version += 1;
      return {
        epoch: 1,
        version,
        policy: {
          authorities,
          hosts: changes.hosts ?? [
            { hostname: '*.wild.example.test', authorities: ['a'] },
            { hostname: A, authorities: ['a', 'ours', 'limited', 'servers', 'named', 'ended'] },
            { hostname: B, authorities: ['b'] },
            { hostname: UNSERVED, authorities: ['b'] },
          ],
          rules: changes.rules ?? [wantsCertificate()],
          blockedFingerprints: native ? [] : [made.blocked.fingerprintSha256],
        },
        isRevoked: changes.isRevoked ?? ((authorityId, serial) => revoked.has(`${authorityId}/${serial}`)),
      };
    },
    /** Every serial that `enforced` revokes unless told otherwise, for edges that want lists. */
    revokedAlways: [...revokedAlways].map((key) => {
      const [authorityId = '', serial = ''] = key.split('/');
      return { authorityId, serial };
    }),
    async [Symbol.asyncDispose]() {
      await origin[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The rule of the console's page, for every bound name. */
export function wantsCertificate(changes: Partial<PolicyRule> = {}): PolicyRule {
  return aRule({
    expression: `(http.host in {"${A}" "${B}" "${WILD}"} and not tls_client_auth.cert_verified)`,
    ...changes,
  });
}

export function aRule(changes: Partial<PolicyRule> & { expression: string }): PolicyRule {
  return { number: 1, site: 'example.test', name: 'a rule', action: 'deny', status: 403, ...changes };
}
