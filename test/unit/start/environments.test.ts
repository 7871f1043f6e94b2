import { expect, test } from 'vitest';
import { loadConfig } from '../../../core/config/config.ts';
import { deriveSealingKeys, parseKey } from '../../../core/config/secrets.ts';
import { buildEnvironments, type Installation, reachableHost } from '../../../start/environments.ts';

const masterKey = Buffer.alloc(32, 7).toString('base64');
const installation: Installation = {
  mode: 'slack',
  env: {
    PATH: '/bin',
    AWS_SECRET_ACCESS_KEY: 'of somebody else',
    SLACK_BOT_TOKEN: 'xoxb-1-2-3',
    SLACK_SIGNING_SECRET: 'x'.repeat(32),
    DATABASE_URL: 'file:elsewhere.db',
  },
  dataDir: '/data',
  redisUrl: 'unix:///data/redis/redis.sock',
  masterKey,
  port: 3000,
  apiPort: 8080,
  edgePort: 8443,
  sandboxPort: 3100,
  sandbox: undefined,
  pageToken: 'token-of-this-start',
};
const inSandbox: Installation = {
  ...installation,
  mode: 'sandbox',
  env: { PATH: '/bin' },
  dataDir: '/data/sandbox',
  sandbox: { botToken: 'xoxb-sandbox-1', signingSecret: 'y'.repeat(32) },
};

test.each([
  ['a real Slack', installation],
  ['the sandbox', inSandbox],
])('with %s only the worker is given the master key, and bot and api the derived keys they need', (_, it) => {
  const { bot, api, worker, sandbox } = buildEnvironments(it);
  expect(worker['COUNTERSIGN_MASTER_KEY']).toBe(masterKey);
  expect(JSON.stringify([bot, api, sandbox])).not.toContain(masterKey);
  const { reveal, ocsp, 'access-key': accessKey } = deriveSealingKeys(parseKey('x', masterKey));
  expect(bot['COUNTERSIGN_KEY_REVEAL']).toBe(Buffer.from(reveal).toString('base64'));
  expect(api['COUNTERSIGN_KEY_OCSP']).toBe(Buffer.from(ocsp).toString('base64'));
  expect(api['COUNTERSIGN_KEY_ACCESS_KEY']).toBe(Buffer.from(accessKey).toString('base64'));
  expect(Object.keys(api).filter((name) => /KEY|TOKEN|SECRET/.test(name))).toEqual([
    'COUNTERSIGN_KEY_OCSP',
    'COUNTERSIGN_KEY_ACCESS_KEY',
  ]);
  expect(Object.keys(bot).filter((name) => name.startsWith('COUNTERSIGN_KEY'))).toEqual(['COUNTERSIGN_KEY_REVEAL']);
  expect(Object.keys({ ...worker, ...sandbox }).filter((name) => name.startsWith('COUNTERSIGN_KEY'))).toEqual([]);
});

test('nothing is passed on that is not on the list', () => {
  expect(JSON.stringify(buildEnvironments(installation))).not.toContain('of somebody else');
  expect(buildEnvironments(installation).bot['PATH']).toBe('/bin');
});

test("the processes accept the sandbox's environment, and find each other in it", () => {
  const { bot, worker, sandbox } = buildEnvironments(inSandbox);
  const { config } = loadConfig('bot', bot);
  expect(config.slack).toMatchObject({
    mode: 'http',
    apiUrl: 'http://127.0.0.1:3100/api/',
    botToken: 'xoxb-sandbox-1',
  });
  expect(config.databaseUrl).toBe('file:/data/sandbox/countersign.db');
  expect(config.firstAdmins).toEqual(['U0ADA']);
  expect(loadConfig('worker', worker).config).toMatchObject({ auditChannel: 'C0AUDIT', approvalChannel: 'C0APPROVE' });
  expect(loadConfig('sandbox', sandbox).config.sandboxPort).toBe(3100);
  expect(sandbox).toMatchObject({
    SANDBOX_BOT_URL: 'http://127.0.0.1:3000/slack/events',
    SANDBOX_PAGE_TOKEN: 'token-of-this-start',
    SLACK_SIGNING_SECRET: 'y'.repeat(32),
  });
  expect(JSON.stringify([bot, worker])).not.toContain('token-of-this-start');
});

test.each([
  [
    'the sandbox, whatever is set',
    { ...inSandbox, env: { PKI_URL: 'http://pki.example.com' } },
    'http://127.0.0.1:8080',
  ],
  ['a real Slack in development', installation, 'http://127.0.0.1:8080'],
  [
    'an installation that says so',
    { ...installation, env: { PKI_URL: 'http://pki.example.com' } },
    'http://pki.example.com',
  ],
  ['production', { ...installation, env: { NODE_ENV: 'production' } }, undefined],
])('worker and api are told where the api is reached: %s', (_, it, expected) => {
  const { api, worker } = buildEnvironments(it);
  expect([api['PKI_URL'], worker['PKI_URL']]).toEqual([expected, expected]);
});

test('a database of a real Slack is used with a real Slack alone', () => {
  expect(buildEnvironments(installation).bot['DATABASE_URL']).toBe('file:elsewhere.db');
  const env = { ...installation.env, SLACK_BOT_TOKEN: undefined };
  expect(buildEnvironments({ ...inSandbox, env }).bot['DATABASE_URL']).toBeUndefined();
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1'],
  ['::', '127.0.0.1'],
  ['::1', '[::1]'],
])('something that listens on %s is reached at %s', (host, reached) => {
  expect(reachableHost(host)).toBe(reached);
});

test('CRLs of custom CAs come from private addresses only where that is said, also in the sandbox', () => {
  for (const it of [installation, inSandbox]) {
    expect(loadConfig('worker', buildEnvironments(it).worker).config.crlFetchPrivate).toBe(false);
    const allowing = buildEnvironments({ ...it, env: { ...it.env, CRL_FETCH_PRIVATE: 'true' } }).worker;
    expect(loadConfig('worker', allowing).config.crlFetchPrivate).toBe(true);
    expect(() => loadConfig('worker', { ...allowing, CRL_FETCH_PRIVATE: 'yes' })).toThrow(
      'CRL_FETCH_PRIVATE: must be true or false',
    );
  }
});
