import { connect as connectHttp2 } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Enforced, PolicyRule } from '../../core/snapshot/policy.ts';
import type { Timer } from '../../core/waf/timer.ts';
import { A, aRule, B, type ClientName, makeWorld, OPEN, UNSERVED, WILD, type World } from './conformance-world.ts';
import type { Echo } from './echo-origin.ts';
import { type Answered, type Asked, askEdge, askOn, askStream, type EdgeAddress, openTls } from './edge-client.ts';
import type { Made } from './pki.ts';

/**
 * One table of requests for every kind of edge: the same certificates, the same policy, the same answers. An edge under
 * test serves the hosts of the world and is told what to enforce.
 */
export type ConformanceEdge = EdgeAddress & {
  /** Resolves when it is in force. */
  apply(enforced: Enforced): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

type Row = {
  name: string;
  client?: ClientName;
  asked?: Partial<Asked>;
  /** 200: it was passed on; `verified`: what the origin was told of the certificate. */
  expected: { status: number; verified?: boolean } | 'refused';
};

const accepted = { status: 200, verified: true } as const;
const denied = { status: 403 } as const;
const passed = { status: 200, verified: false } as const;

/** Certificates on a hostname whose rule wants a verified one. */
const CERTIFICATES: readonly Row[] = [
  { name: 'no certificate', expected: denied },
  { name: 'a good one', client: 'good', expected: accepted },
  { name: 'a good one in TLS 1.2', client: 'good', asked: { tls: 'TLSv1.2' }, expected: accepted },
  { name: 'a good one in TLS 1.3', client: 'good', asked: { tls: 'TLSv1.3' }, expected: accepted },
  { name: 'a good one in HTTP/2', client: 'good', asked: { http: '2' }, expected: accepted },
  { name: 'no certificate in HTTP/2', asked: { http: '2' }, expected: denied },
  { name: 'one that Countersign has issued', client: 'ours', expected: accepted },
  { name: 'an RSA one', client: 'rsa', expected: accepted },
  { name: 'a revoked one', client: 'revoked', expected: denied },
  { name: 'a held one', client: 'held', expected: denied },
  { name: 'a blocked one', client: 'blocked', expected: denied },
  { name: 'the longest serial', client: 'longSerial', expected: accepted },
  { name: 'a serial with its high bit set', client: 'highSerial', expected: accepted },
  {
    name: 'the serial that another authority has revoked',
    client: 'sameSerial',
    asked: { sni: B },
    expected: accepted,
  },
  { name: 'that serial, of the authority that revoked it', client: 'revokedSerial', expected: denied },
  { name: 'an expired one', client: 'expired', expected: denied },
  { name: 'one that is not yet valid', client: 'notYetValid', expected: denied },
  { name: 'a self-signed one', client: 'selfSigned', expected: denied },
  { name: 'one of an unknown authority', client: 'wrongAuthority', expected: denied },
  { name: 'one of an authority with the same name and another key', client: 'twin', expected: denied },
  { name: 'one of an authority of another hostname', client: 'ofB', expected: denied },
  { name: 'that one on its own hostname', client: 'ofB', asked: { sni: B }, expected: accepted },
  { name: 'one of the first hostname on the second', client: 'good', asked: { sni: B }, expected: denied },
  { name: 'one for servers only', client: 'serverOnly', expected: denied },
  { name: 'one for servers and clients', client: 'both', expected: accepted },
  { name: 'one for any purpose, which does not name clients', client: 'anyPurpose', expected: denied },
  { name: 'one without extended key usage', client: 'noEku', expected: accepted },
  { name: 'one whose key may not sign', client: 'noSigning', expected: denied },
  { name: 'one with an unknown critical extension', client: 'unknownCritical', expected: denied },
  { name: 'one with an unknown extension that is not critical', client: 'unknownHarmless', expected: accepted },
  { name: 'one below an intermediate', client: 'depth1', expected: accepted },
  { name: 'one below four intermediates', client: 'depth4', expected: accepted },
  { name: 'one below five intermediates', client: 'depth5', expected: denied },
  { name: 'one whose chain is incomplete', client: 'incomplete', expected: denied },
  { name: 'one of an authority that allows no intermediates', client: 'limitedDirect', expected: accepted },
  { name: 'one below an intermediate that is not allowed', client: 'limitedDeep', expected: denied },
  { name: 'one below what is no authority', client: 'notAuthority', expected: denied },
  { name: 'one below an authority that may not sign certificates', client: 'noSigner', expected: denied },
  { name: 'one below an expired intermediate', client: 'endedBelow', expected: denied },
  { name: 'one of an expired authority', client: 'endedRoot', expected: denied },
  { name: 'one of an authority for servers only', client: 'serversRoot', expected: denied },
  { name: 'one below an intermediate for servers only', client: 'serversBelow', expected: denied },
  { name: 'one below a revoked intermediate', client: 'revokedBelow', expected: denied },
  { name: "one within its authority's name constraints", client: 'namedInside', expected: accepted },
  { name: "one outside its authority's name constraints", client: 'namedOutside', expected: denied },
  { name: 'a good one on a name below a wildcard', client: 'good', asked: { sni: WILD }, expected: accepted },
  { name: 'no certificate on a name below a wildcard', asked: { sni: WILD }, expected: denied },
  { name: 'two labels below a wildcard', asked: { sni: `x.${WILD}` }, expected: 'refused' },
  { name: 'a hostname that is bound to nothing, without one', asked: { sni: OPEN }, expected: passed },
  { name: 'a hostname that is bound to nothing, with one', client: 'good', asked: { sni: OPEN }, expected: passed },
  { name: 'a hostname that this edge does not serve', client: 'ofB', asked: { sni: UNSERVED }, expected: 'refused' },
  { name: 'no server name', client: 'good', asked: { sni: null, host: A }, expected: 'refused' },
];

const NAMES: readonly Row[] = [
  { name: 'Host in upper case', client: 'good', asked: { host: A.toUpperCase() }, expected: accepted },
  { name: 'Host with a port', client: 'good', asked: { host: `${A}:8443` }, expected: accepted },
  { name: 'Host with a trailing dot', client: 'good', asked: { host: `${A}.` }, expected: accepted },
  {
    name: 'Host in upper case, with dot and port, without a certificate',
    asked: { host: `${A.toUpperCase()}.:443` },
    expected: denied,
  },
  { name: 'a server name in upper case', client: 'good', asked: { sni: A.toUpperCase() }, expected: accepted },
  { name: 'Host of another hostname', client: 'good', asked: { host: B }, expected: { status: 421 } },
  {
    name: 'Host of another hostname in HTTP/2',
    client: 'good',
    asked: { host: B, http: '2' },
    expected: { status: 421 },
  },
  { name: 'Host of an unbound hostname', client: 'good', asked: { host: OPEN }, expected: { status: 421 } },
  { name: 'an unbound connection for a bound Host', asked: { sni: OPEN, host: A }, expected: { status: 421 } },
  { name: 'Host that is not served', client: 'good', asked: { host: 'evil.test' }, expected: { status: 421 } },
  { name: 'Host that looks alike', client: 'good', asked: { host: `${A}.evil.test` }, expected: { status: 421 } },
];

/** Without a certificate each of these would make the origin believe in one. */
const FORGED = [
  { 'client-cert': ':MIIB:' },
  { 'Client-Cert-Chain': ':MIIB:' },
  { 'x-client-cert-verified': 'true' },
  { 'X-Client-Cert-Verified': 'true' },
  { 'X-Client-Cert-Subject-CN': 'admin' },
  { 'X-Client-Cert-Serial': '01' },
  { 'X-Client-Cert-Fingerprint-SHA256': '00' },
] as const;

const period = (Start: string, End: string): Timer => ({ Scopes: 'periods', Periods: [{ Start, End }] });
const LONG = period('2000-01-01T00:00:00Z', '2100-01-01T00:00:00+02:00');
const OVER = period('2000-01-01T00:00:00Z', '2001-01-01T00:00:00Z');
const DAILY: Timer = { Scopes: 'weekly', Zone: 14, WeeklyPeriods: [{ Days: '1,2,3,4,5,6,7', DailyPeriods: [] }] };

/** What rules say, with the answer for a request as it is and one that differs. */
const RULES: readonly {
  name: string;
  rules: PolicyRule[];
  asked: Partial<Asked>;
  client?: ClientName;
  status: number;
}[] = [
  {
    name: 'monitor lets pass',
    rules: [aRule({ expression: 'not tls_client_auth.cert_verified', action: 'monitor' })],
    asked: {},
    status: 200,
  },
  {
    name: 'another status',
    rules: [aRule({ expression: 'not tls_client_auth.cert_verified', status: 404 })],
    asked: {},
    status: 404,
  },
  {
    name: 'the first that denies decides',
    rules: [
      aRule({ expression: 'http.host eq "nothing.example.test"' }),
      aRule({ number: 2, expression: `http.host eq "${A}"`, status: 429 }),
      aRule({ number: 3, expression: `http.host eq "${A}"` }),
    ],
    asked: {},
    status: 429,
  },
  { name: 'no rule, no denial', rules: [], asked: {}, status: 200 },
  { name: 'a period that runs', rules: [aRule({ expression: 'ssl', timer: LONG })], asked: {}, status: 403 },
  { name: 'a period that is over', rules: [aRule({ expression: 'ssl', timer: OVER })], asked: {}, status: 200 },
  { name: 'every day of the week', rules: [aRule({ expression: 'ssl', timer: DAILY })], asked: {}, status: 403 },
  {
    name: 'after a period that is over, the next rule is asked',
    rules: [
      aRule({ expression: 'ssl', timer: OVER, status: 404 }),
      aRule({ number: 2, expression: 'not tls_client_auth.cert_verified', status: 429 }),
    ],
    asked: {},
    status: 429,
  },
  {
    name: "another site's rule",
    rules: [aRule({ site: 'example.org', expression: 'http.host ne "x"' })],
    asked: {},
    status: 200,
  },
  {
    name: 'method',
    rules: [aRule({ expression: 'http.request.method eq "DELETE"' })],
    asked: { method: 'DELETE' },
    status: 403,
  },
  { name: 'another method', rules: [aRule({ expression: 'http.request.method eq "DELETE"' })], asked: {}, status: 200 },
  {
    name: 'path',
    rules: [aRule({ expression: 'starts_with(http.request.uri.path, "/admin")' })],
    asked: { path: '/admin/x' },
    status: 403,
  },
  {
    name: 'another path',
    rules: [aRule({ expression: 'starts_with(http.request.uri.path, "/admin")' })],
    asked: { path: '/x?/admin' },
    status: 200,
  },
  {
    name: 'an encoded path is not decoded',
    rules: [aRule({ expression: 'http.request.uri.path eq "/%61dmin"' })],
    asked: { path: '/%61dmin' },
    status: 403,
  },
  {
    name: 'query',
    rules: [aRule({ expression: 'http.request.uri.query contains "debug=1"' })],
    asked: { path: '/?a=2&debug=1' },
    status: 403,
  },
  {
    name: 'a header',
    rules: [aRule({ expression: 'http.request.headers["x-tool"] eq "scan"' })],
    asked: { headers: { 'X-Tool': 'scan' } },
    status: 403,
  },
  {
    name: 'user agent',
    rules: [aRule({ expression: 'http.user_agent contains "curl"' })],
    asked: { headers: { 'user-agent': 'curl/8' } },
    status: 403,
  },
  { name: 'address', rules: [aRule({ expression: 'ip.src in {127.0.0.0/8}' })], asked: {}, status: 403 },
  { name: 'another address', rules: [aRule({ expression: 'ip.src in {10.0.0.0/8}' })], asked: {}, status: 200 },
  {
    name: 'presented',
    rules: [aRule({ expression: 'tls_client_auth.cert_presented' })],
    asked: {},
    client: 'selfSigned',
    status: 403,
  },
  { name: 'not presented', rules: [aRule({ expression: 'tls_client_auth.cert_presented' })], asked: {}, status: 200 },
  {
    name: 'revoked',
    rules: [aRule({ expression: 'tls_client_auth.cert_revoked' })],
    asked: {},
    client: 'revoked',
    status: 403,
  },
  {
    name: 'blocked',
    rules: [aRule({ expression: 'tls_client_auth.cert_revoked' })],
    asked: {},
    client: 'blocked',
    status: 403,
  },
  {
    name: 'merely expired is not revoked',
    rules: [aRule({ expression: 'tls_client_auth.cert_revoked' })],
    asked: {},
    client: 'expired',
    status: 200,
  },
  {
    name: 'verified',
    rules: [aRule({ expression: 'tls_client_auth.cert_verified' })],
    asked: {},
    client: 'good',
    status: 403,
  },
  {
    name: 'common name',
    rules: [aRule({ expression: 'tls_client_auth.cert_subject_cn eq "alice-laptop"' })],
    asked: {},
    client: 'good',
    status: 403,
  },
];

/** Rows of what a proxy does not decide by itself: intermediates, and blocks by fingerprint. */
const NOT_NATIVE: ReadonlySet<string> = new Set([
  'a blocked one',
  'one below an intermediate',
  'one below four intermediates',
  'rule: blocked',
]);

/**
 * @param start an edge that serves `world.hosts` and enforces nothing yet
 * @param options `native`: in a world in which a proxy decides by itself whatever it can. `differs`: what becomes of a
 *   row on this kind of edge instead, as its page in docs says.
 */
export function describeConformance(
  kind: string,
  start: (world: World) => Promise<ConformanceEdge>,
  options: { native?: boolean; differs?: Readonly<Record<string, Row['expected']>>; tells?: Told } = {},
): void {
  const { native = false, differs = {}, tells = toldOf } = options;
  describe(`${kind}, by the table of every edge`, () => {
    let world: World;
    let edge: ConformanceEdge;
    beforeAll(async () => {
      world = await makeWorld({ native });
      edge = await start(world);
      await edge.apply(world.enforced());
    });
    afterAll(async () => {
      await edge?.[Symbol.asyncDispose]();
      await world?.[Symbol.asyncDispose]();
    });
    const ask = (asked: Partial<Asked>, client?: ClientName) =>
      askEdge(edge, { sni: A, ...(client ? { client: world.clients[client] } : {}), ...asked });
    const row = (name: string, test: () => Promise<void>) => {
      if (!native || !NOT_NATIVE.has(name)) it(name, test);
    };

    describe('certificates', () => {
      for (const { name, client, asked, expected } of CERTIFICATES) {
        row(name, async () => expectAnswer(await ask(asked ?? {}, client), differs[name] ?? expected));
      }
    });

    describe('names', () => {
      for (const { name, client, asked, expected } of NAMES) {
        row(name, async () => expectAnswer(await ask(asked ?? {}, client), expected));
      }

      row('an HTTP/2 connection is not used for another host', async () => {
        const socket = await openTls(edge, { sni: A, client: world.clients.good }, { ALPNProtocols: ['h2'] });
        const session = connectHttp2(`https://${A}`, { createConnection: () => socket });
        session.on('error', () => undefined);
        expect(await askStream(session, { sni: A })).toMatchObject({ status: 200 });
        expect(await askStream(session, { sni: B })).toMatchObject({ status: 421 });
        expect(await askStream(session, { sni: A })).toMatchObject({ status: 200 });
        session.destroy();
      });
    });

    describe('headers to the origin', () => {
      row('a verified certificate is told', async () => {
        const { headers } = echoOf(await ask({}, 'good'));
        expect(certificateHeadersOf(headers)).toEqual(tells(world.made.good, []));
      });
      row('one below four intermediates', async () => {
        const { headers } = echoOf(await ask({}, 'depth4'));
        expect(certificateHeadersOf(headers)).toEqual(tells(world.made.depth4, world.chains.depth4 ?? []));
      });
      for (const forged of FORGED) {
        const [name = ''] = Object.keys(forged);
        row(`${name} of a client is not`, async () => {
          const told = echoOf(await ask({ sni: OPEN, headers: { ...forged } }));
          expect(told.headers['x-client-cert-verified'] ?? 'false').toBe('false');
          expect(told.headers[name.toLowerCase()]).not.toBe(Object.values(forged)[0]);
        });
      }
    });

    describe('sessions', () => {
      for (const tls of ['TLSv1.2', 'TLSv1.3'] as const) {
        row(`one of a host is not resumed, on it or another, in ${tls}`, async () => {
          const sessions: Buffer[] = [];
          const first = await openTls(
            edge,
            { sni: A, client: world.clients.good, tls },
            { ALPNProtocols: ['http/1.1'] },
          );
          first.on('session', (session: Buffer) => sessions.push(session));
          expect(await askOn(first, { host: A })).toMatchObject({ status: 200 });
          const own = first.getSession();
          if (own) sessions.push(own);
          first.destroy();
          for (const session of sessions) {
            for (const sni of [A, B]) {
              const second = await openTls(edge, { sni, tls }, { ALPNProtocols: ['http/1.1'], session });
              expect(second.isSessionReused()).toBe(false);
              expect(await askOn(second, { host: sni })).toMatchObject({ status: 403 });
              second.destroy();
            }
          }
        });
      }
    });

    describe('changes on an open connection', () => {
      row('a revocation and a release count for the next request', async () => {
        const { serial } = world.made.goodToo;
        const socket = await openTls(edge, { sni: A, client: world.clients.goodToo }, { ALPNProtocols: ['http/1.1'] });
        expect(await askOn(socket, { host: A })).toMatchObject({ status: 200 });
        await edge.apply(world.enforced({ revoked: [{ authorityId: 'a', serial }] }));
        expect(await askOn(socket, { host: A })).toMatchObject({ status: 403 });
        socket.destroy();
        expect(await ask({}, 'goodToo')).toMatchObject({ status: 403 });
        await edge.apply(world.enforced());
        expect(await ask({}, 'goodToo')).toMatchObject({ status: 200 });
      });
    });

    describe('rules', () => {
      afterAll(() => edge.apply(world.enforced()));
      for (const { name, rules, asked, client, status } of RULES) {
        row(`rule: ${name}`, async () => {
          await edge.apply(world.enforced({ rules }));
          expect(await ask(asked, client)).toMatchObject({ status });
        });
      }
    });
  });
}

type Told = (leaf: Made, intermediates: readonly Made[]) => Record<string, string>;

const toldOf: Told = ({ der, serial, fingerprintSha256 }, intermediates) => {
  const octets = (one: Uint8Array) => `:${Buffer.from(one).toString('base64')}:`;
  const chain = intermediates.map((one) => octets(one.der)).join(', ');
  return {
    'client-cert': octets(der),
    ...(chain === '' ? {} : { 'client-cert-chain': chain }),
    'x-client-cert-verified': 'true',
    'x-client-cert-serial': serial,
    'x-client-cert-fingerprint-sha256': fingerprintSha256,
    'x-client-cert-subject-cn': 'alice-laptop',
  };
};

/** What nginx can say without its agent: its serials are upper case, and it knows no SHA-256. */
export const toldByNginx: Told = (leaf, intermediates) => {
  const { 'x-client-cert-fingerprint-sha256': _, ...told } = toldOf(leaf, intermediates);
  return { ...told, 'x-client-cert-serial': leaf.serial.toUpperCase() };
};

const certificateHeadersOf = (headers: Echo['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^(x-)?client-cert/.test(name)));

function expectAnswer(answer: Answered, expected: Row['expected']): void {
  if (expected === 'refused') {
    expect(answer).toHaveProperty('refused');
    return;
  }
  expect(answer).toMatchObject({ status: expected.status });
  if (expected.verified === undefined) return;
  expect(echoOf(answer).headers['x-client-cert-verified'] ?? 'false').toBe(String(expected.verified));
}

export function echoOf(answer: Answered): Echo {
  if (!('body' in answer)) throw new Error(`refused: ${answer.refused}`);
  return JSON.parse(answer.body) as Echo;
}
