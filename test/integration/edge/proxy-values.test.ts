import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodedOf } from '../../../core/ca/der/reader.ts';
import { readCertificate } from '../../../core/ca/fields.ts';
import { silentLogger } from '../../../core/logger.ts';
import type { Policy } from '../../../core/snapshot/policy.ts';
import { makeHaproxyDriver } from '../../../edge/haproxy/driver.ts';
import { makeNginxDriver } from '../../../edge/nginx/driver.ts';
import type { Driver } from '../../../edge/proxy/driver.ts';
import { issuerPattern } from '../../../edge/proxy/issuer-name.ts';
import { type ProxySight, planHosts } from '../../../edge/proxy/plan-hosts.ts';
import { HAPROXY_SEES, NGINX_SEES } from '../../../edge/proxy/start.ts';
import { aRule } from '../../support/conformance-world.ts';
import { makeAuthority, makeServerCertificate } from '../../support/pki.ts';
import { describeWith } from '../../support/tools.ts';

/** Stands in every value that people can choose. Found anywhere in a configuration, it was written into it. */
const MARK = 'cs_injected';
const HOSTILE = [
  `"; } ${MARK}; {`,
  `'; ${MARK} on; #`,
  `\n${MARK}\n`,
  `\r\n  http-request ${MARK}\r\n`,
  `$${MARK} \${${MARK}}`,
  `%[${MARK}] %{${MARK}}`,
  `} server { listen 1; ${MARK}`,
  `\\\\" ${MARK} \\`,
  `--[[ ${MARK} ]] os.execute("${MARK}")`,
  `\u2028${MARK}\u0000`,
];

/** A policy in which names, subjects and rules are as hostile as whoever chooses them could make them. */
async function hostilePolicy(): Promise<Policy> {
  const subjects = HOSTILE.map((text) => `CN=${text.replace(/[\\,"+<>;=#]/g, '\\$&').replace(/[\0\r\n]/g, '')}`);
  const made = await Promise.all(subjects.map((subject) => makeAuthority(subject)));
  const quoted = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;
  return {
    authorities: made.map(({ der }, index) => ({
      id: `authority-${index}`,
      name: HOSTILE[index] as string,
      certificate: Buffer.from(der).toString('base64'),
    })),
    hosts: [{ hostname: 'a.example.test', authorities: made.map((_, index) => `authority-${index}`) }],
    rules: HOSTILE.map((text, index) =>
      aRule({
        number: index + 1,
        name: text,
        expression: `http.host eq "a.example.test" and http.request.uri.path ne ${quoted(text)}`,
      }),
    ),
    blockedFingerprints: ['00'.repeat(32)],
  };
}

describeWith(['nginx', 'haproxy'], 'what people choose', ({ nginx, haproxy }) => {
  let folder: string;
  let served: Parameters<typeof planHosts>[0];
  let policy: Policy;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cs-values-'));
    const made = await makeServerCertificate(await makeAuthority('CN=Servers'), ['a.example.test']);
    const [certificateFile, keyFile] = [join(folder, 'a.pem'), join(folder, 'a.key')];
    writeFileSync(certificateFile, made.pem);
    writeFileSync(keyFile, made.keyPem);
    served = [{ hostname: 'a.example.test', certificateFile, keyFile, origin: 'http://127.0.0.1:9' }];
    policy = await hostilePolicy();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The reload fails, since nothing runs; what was written stays long enough to be read. */
  async function writtenBy(driver: Driver, sees: ProxySight, test: readonly string[]): Promise<string> {
    const patternOf = (certificate: string) =>
      issuerPattern(encodedOf(readCertificate(Buffer.from(certificate, 'base64')).subject));
    const applied = driver.apply({
      hosts: planHosts(served, policy, { sees, decide: 'native' }),
      issuers: policy.authorities.map(({ id, certificate }) => ({ authorityId: id, pattern: patternOf(certificate) })),
      revocations: [],
      blockedFingerprints: policy.blockedFingerprints,
    });
    // The test is the proxy's own and passes; the reload then copies what there is and refuses.
    await expect(applied).rejects.toThrow('false');
    expect(test[0]).toBeDefined();
    return readAll(join(folder, 'copy'));
  }

  const copying = (from: string) => [
    'sh',
    '-c',
    `rm -rf ${folder}/copy && cp -r ${from}/versions ${folder}/copy && false`,
  ];

  it('is nowhere in what nginx reads, and nginx takes it', async () => {
    const own = join(folder, 'nginx');
    mkdirSync(own);
    const conf = join(folder, 'nginx.conf');
    writeFileSync(
      conf,
      `pid ${folder}/pid; error_log ${folder}/error.log; events {} http { access_log off; include ${own}/countersign*.conf; }`,
    );
    const test = [nginx, '-t', '-q', '-c', conf];
    const options = { folder: own, listen: '127.0.0.1:8443', oldWorkersMs: 1, logger: silentLogger };
    const text = await writtenBy(makeNginxDriver({ ...options, test, reload: copying(own) }), NGINX_SEES, test);
    expect(text).toContain('server_name a.example.test;');
    expect(text).not.toContain(MARK);
  });

  it('is nowhere in what HAProxy reads, its script among it, and HAProxy takes it', async () => {
    const own = join(folder, 'haproxy');
    mkdirSync(join(own, 'conf'), { recursive: true });
    const test = [haproxy, '-c', '-f', join(own, 'conf')];
    const driver = makeHaproxyDriver({ folder: own, bind: '127.0.0.1:8443', test, reload: copying(own), asks: true });
    const text = await writtenBy(driver, HAPROXY_SEES, test);
    expect(text).toContain('-m str a.example.test');
    expect(text).not.toContain(MARK);
  });

  it('cannot be a hostname, an authority or a serial that is no word: nothing is written then', async () => {
    const own = join(folder, 'refused');
    mkdirSync(own);
    const driver = makeNginxDriver({
      folder: own,
      listen: '1',
      test: ['false'],
      reload: ['false'],
      oldWorkersMs: 1,
      logger: silentLogger,
    });
    for (const text of HOSTILE) {
      const authority = { ...policy.authorities[0], id: text } as Policy['authorities'][number];
      const state = { hosts: [], issuers: [], revocations: [], blockedFingerprints: [] };
      const issuers = [{ authorityId: text, pattern: '^x$' }];
      await expect(driver.apply({ ...state, issuers })).rejects.toThrow(RangeError);
      const hosts = planHosts([{ ...served[0], hostname: text } as (typeof served)[number]], policy, {
        sees: HAPROXY_SEES,
        decide: 'native',
      });
      await expect(driver.apply({ ...state, hosts })).rejects.toThrow(RangeError);
      await expect(
        driver.change([{ authorityId: 'a', serial: `../${text}`, revoked: true }], () => []),
      ).rejects.toThrow(RangeError);
      expect(authority.id).toBe(text);
    }
  });
});

function readAll(folder: string): string {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}
