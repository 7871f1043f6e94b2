import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { verifyChain } from '../../core/audit/verify.ts';
import { deriveSealingKeys } from '../../core/config/secrets.ts';
import { connectRedis } from '../../core/requests/redis.ts';
import { pairIn } from '../support/access-keys.ts';
import { askForCertificate, contentOf, countTold, pressShowOnce, untilShown } from '../support/acts.ts';
import { ACCOUNT, MASTER_KEY, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

/**
 * After a run with every kind of key, trouble and all, everything that was written anywhere is searched for every
 * secret there was, in each spelling it could have taken.
 */
describeWith('redisServer', 'no secret', () => {
  let stack: Stack;
  const monitored: string[] = [];
  const shownKeys: string[] = [];
  const apiSecrets: string[] = [];
  let stopMonitoring: () => void;

  beforeAll(async () => {
    stack = await startStack();
    const redis = connectRedis(stack.redis.url);
    await new Promise((resolve) => redis.once('ready', resolve));
    const monitor = await redis.monitor();
    monitor.on('monitor', (_time: string, command: string[]) => monitored.push(command.join(' ')));
    stopMonitoring = () => {
      monitor.disconnect();
      redis.disconnect();
    };
    await stack.setUp();

    const { alice, sandbox, ada } = stack;
    for (const [name, type] of [
      ['ec', 'ECDSA P-256 (recommended)'],
      ['rsa', 'RSA 2048 (for old software)'],
    ] as const) {
      await askForCertificate(alice, { Name: `device-${name}`, 'Private Key Type': type });
      await pressShowOnce(alice, `device-${name}`);
      const { keyPem, message } = await untilShown(alice, `device-${name}`, 60_000);
      shownKeys.push(keyPem);
      await alice.click(message, 'I saved it');
      await alice.until(() =>
        alice
          .messages(alice.dm)
          .some(
            (seen) => contentOf(seen).includes(`device-${name}`) && contentOf(seen).includes('SHA-256 fingerprint'),
          ),
      );
    }
    // An API key, shown, and one whose showing goes wrong.
    for (const name of ['deploy', 'lost']) {
      await ada.command(ada.dm, '/mtls key create');
      await ada.until(() => ada.modal);
      await ada.submit({ Name: name, Sites: 'all', Operations: ['certificates'] });
      await ada.close({ all: true });
      const ready = await ada.until(() =>
        ada
          .messages(ada.dm)
          .find((seen) => contentOf(seen).includes(name) && contentOf(seen).includes('show_key_once')),
      );
      if (name === 'lost') sandbox.faults.add({ method: 'response_url', kind: 'lost', times: 1 });
      await ada.click(ready, 'Show once');
      const pair = await ada.until(() =>
        ada
          .ephemerals(ada.dm)
          .flatMap(({ blocks }) => pairIn(blocks) ?? [])
          .find(({ secret }) => !apiSecrets.includes(secret)),
      );
      apiSecrets.push(pair.secret);
    }
    await ada.until(() =>
      ada.messages(ada.dm).some((seen) => contentOf(seen).includes('not certain that Slack displayed')),
    );
    // A showing that goes wrong leaves its traces too.
    await askForCertificate(alice, { Name: 'device-lost' });
    sandbox.faults.add({ method: 'response_url', kind: 'lost', times: 1 });
    await pressShowOnce(alice, 'device-lost');
    const { keyPem } = await untilShown(alice, 'device-lost');
    shownKeys.push(keyPem);
    await alice.until(() =>
      alice.messages(alice.dm).some((seen) => contentOf(seen).includes('not certain that Slack displayed')),
    );
    await vi.waitUntil(async () => (await verifyChain(stack.store, ACCOUNT)).waiting === 0, { timeout: 20_000 });
    const events = await countTold(stack.store, ACCOUNT);
    await ada.until(() => ada.messages('C0AUDIT').length >= events, 30_000);
  }, 180_000);
  afterAll(async () => {
    stopMonitoring?.();
    await stack?.[Symbol.asyncDispose]();
  });

  const places: [string, () => string][] = [
    ['the database and its log', () => read([stack.databasePath, `${stack.databasePath}-wal`])],
    ['what Redis was told', () => monitored.join('\n')],
    ['what Redis keeps on disk', () => read(filesBelow(join(stack.folder, 'redis')))],
    ['the logs', () => stack.log.join('\n')],
    ['the lasting messages and the audit channel', () => JSON.stringify(stack.sandbox.store.workspace)],
  ];

  it.each(places)('is in %s', (_place, content) => {
    const text = content();
    expect(text.length).toBeGreaterThan(100);
    for (const [what, spellings] of secrets()) {
      for (const spelling of spellings) {
        expect(text.includes(spelling), `${what} was found, spelt ${spelling.slice(0, 6)}…`).toBe(false);
      }
    }
    expect(text).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY/);
    expect(text).not.toMatch(/CSAKSecret[a-z2-7]/);
  });

  it('would have been missed: the same search finds what is meant to be there', async () => {
    const [certificate] = await stack.store.certificatesByKey(await keyOf('device-ec'));
    const bytes = certificate?.certificate?.toString('latin1');
    expect(places[0]?.[1]()).toContain(bytes as string);
    expect(places[1]?.[1]()).toContain(certificate?.requestId as string);
    expect(places[3]?.[1]()).toContain('"msg":"ready"');
    expect(places[4]?.[1]()).toContain(certificate?.fingerprint as string);
    expect(apiSecrets).toHaveLength(2);
    const key = await stack.store.accessKeyByName(ACCOUNT, 'deploy');
    expect(key).toMatchObject({ state: 'active' });
    expect(places[4]?.[1]()).toContain(key?.accessKeyId as string);
    // And a response_url was really there to be lost: it was sealed while its request was open.
    expect((await stack.store.requestsOf(certificate?.requestId as string)).map(({ sealed }) => sealed)).toEqual([
      null,
    ]);
  });

  function secrets(): [string, string[]][] {
    const sealing = Object.entries(deriveSealingKeys(Buffer.from(MASTER_KEY, 'base64')));
    return [
      ...shownKeys.map((pem, n): [string, string[]] => [`private key ${n}`, keySpellings(pem)]),
      ...apiSecrets.map((secret, n): [string, string[]] => [
        `the secret of API key ${n}`,
        [secret, ...byteSpellings(Buffer.from(secret))],
      ]),
      ['the bot token', [stack.sandbox.botToken]],
      ['the signing secret', [stack.sandbox.signingSecret]],
      ['the master key', byteSpellings(Buffer.from(MASTER_KEY, 'base64'))],
      ...sealing.map(([purpose, key]): [string, string[]] => [`the ${purpose} key`, byteSpellings(Buffer.from(key))]),
      ['a response_url', ['/actions/T0ACME/', '/commands/T0ACME/']],
    ];
  }

  async function keyOf(name: string): Promise<string> {
    const message = stack.alice.messages(stack.alice.dm).find((seen) => contentOf(seen).includes(name));
    const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(JSON.stringify(message?.blocks))?.[0] ?? '';
    return (await stack.store.certificatesOfRequest(id))[0]?.spkiSha256 ?? '';
  }
});

/** The secret numbers of a key as bytes, and its encodings. */
function keySpellings(pem: string): string[] {
  const jwk = createPrivateKey(pem).export({ format: 'jwk' });
  const numbers = [jwk.d, jwk.p, jwk.q].filter((value): value is string => value !== undefined);
  const lines = pem.split('\n').filter((line) => line.length === 64);
  const der = Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64');
  return [
    ...numbers,
    ...numbers.flatMap((value) => byteSpellings(Buffer.from(value, 'base64url'))),
    ...lines,
    ...byteSpellings(der),
  ];
}

function byteSpellings(bytes: Buffer): string[] {
  return [
    bytes.toString('latin1'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('base64'),
    bytes.toString('base64url'),
  ];
}

const read = (paths: string[]) => paths.map((path) => readFileSync(path, 'latin1')).join('\n');

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile());
}
