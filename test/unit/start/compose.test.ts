import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../core/config/config.ts';
import { describeWith } from '../../support/tools.ts';

type Service = {
  command: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  volumes?: string[];
  networks: string[];
  ports?: string[];
  read_only: boolean;
  cap_drop: string[];
  security_opt: string[];
};

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<'redis' | 'bot' | 'api' | 'worker', Service>;
  secrets: Record<string, unknown>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean }>;
};
const services = Object.entries(compose.services);
const { bot, api, worker, redis } = compose.services;

const samples = mkdtempSync(join(tmpdir(), 'countersign-secrets-'));
afterAll(() => rmSync(samples, { recursive: true, force: true }));
const KEY = Buffer.alloc(32, 7).toString('base64');
const SAMPLES: Readonly<Record<string, string>> = {
  slack_bot_token: 'xoxb-1-2-3',
  slack_signing_secret: 'x'.repeat(32),
  master_key: KEY,
  key_reveal: KEY,
  key_ocsp: KEY,
  key_access_key: KEY,
};
for (const [name, value] of Object.entries(SAMPLES)) writeFileSync(join(samples, name), `${value}\n`);

/** What the container would see: the image's environment, the service's, secrets where they can be read here. */
function environmentOf(service: Service): Record<string, string> {
  const inImage = { NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '3000', DATA_DIR: '/data' };
  const own = Object.entries(service.environment ?? {}).map(([name, value]) => [
    name,
    String(value)
      .replace(/^\/run\/secrets\//, `${samples}/`)
      .replace(/\$\{\w+:-(.*)\}/, '$1'),
  ]);
  return { ...inImage, ...Object.fromEntries(own) };
}

describe('docker-compose.yml', () => {
  test('gives bot, api and worker a configuration they accept in production', () => {
    expect(loadConfig('bot', environmentOf(bot)).config).toMatchObject({
      production: true,
      host: '0.0.0.0',
      port: 3000,
    });
    expect(loadConfig('worker', environmentOf(worker)).config.redisUrl).toBe('redis://redis:6379');
    expect(loadConfig('api', environmentOf(api)).config).toMatchObject({ production: true, apiPort: 8080 });
  });

  test('gives the api two derived keys, and no way to Slack', () => {
    expect(api.secrets).toEqual(['key_ocsp', 'key_access_key']);
    expect(JSON.stringify(api.environment)).not.toMatch(/SLACK|MASTER/);
  });

  test('lets them share one database, on a volume that exists', () => {
    expect(environmentOf(bot)['DATABASE_URL']).toBe(environmentOf(worker)['DATABASE_URL']);
    expect(environmentOf(api)['DATABASE_URL']).toBe(environmentOf(worker)['DATABASE_URL']);
    expect([bot.volumes, api.volumes, worker.volumes]).toEqual([['data:/data'], ['data:/data'], ['data:/data']]);
    expect(Object.keys(compose.volumes)).toEqual(['data', 'redis']);
  });

  test('hands secrets over as files alone, the master key to the worker alone', () => {
    for (const [, service] of services) {
      const named = Object.entries(service.environment ?? {}).filter(([name]) => /TOKEN|SECRET|KEY/.test(name));
      for (const [name, value] of named) {
        expect(name).toMatch(/_FILE$/);
        expect(service.secrets).toContain(basename(value));
        expect(compose.secrets).toHaveProperty(basename(value));
      }
      expect(service.secrets ?? []).toHaveLength(named.length);
    }
    expect(services.filter(([, service]) => service.secrets?.includes('master_key')).map(([name]) => name)).toEqual([
      'worker',
    ]);
  });

  test.each(services)('%s has a read-only root, no capabilities and no way to new privileges', (_, service) => {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
  });

  test('keeps Redis on the inside, with an append-only file and no eviction', () => {
    expect(redis.networks).toEqual(['inside']);
    expect(compose.networks['inside']?.internal).toBe(true);
    expect(redis.ports).toBeUndefined();
    expect(redis.command.join(' ')).toMatch(/--appendonly yes .*--maxmemory-policy noeviction/);
  });

  test('opens bot and api on the loopback alone, and the worker nowhere', () => {
    expect(bot.ports).toEqual(['127.0.0.1:3000:3000']);
    expect(api.ports).toEqual(['127.0.0.1:8080:8080']);
    expect(worker.ports).toBeUndefined();
  });

  test('starts files that the build makes', () => {
    for (const service of [bot, api, worker]) {
      const [, main = ''] = service.command;
      const source = join(root, main.replace(/^dist\//, '').replace(/\.js$/, '.ts'));
      expect(existsSync(source)).toBe(true);
    }
  });
});

describe('the image', () => {
  const dockerfile = read('Dockerfile');
  const final = dockerfile.slice(dockerfile.lastIndexOf('FROM '));

  test('runs without root, with production packages alone', () => {
    expect(final).toMatch(/^USER node$/m);
    expect(dockerfile).toContain('npm prune --omit=dev');
    expect(final).not.toMatch(/npm|apt-get/);
  });

  test('is built without secrets, data and what belongs to one machine', () => {
    expect(read('.dockerignore').split('\n')).toEqual(
      expect.arrayContaining(['secrets', '.data', '.git', 'node_modules']),
    );
  });
});

describeWith('dockerCompose', 'docker-compose.yml, by the schema', ({ dockerCompose }) => {
  const config = (file: string) => spawnSync(dockerCompose, ['-f', file, 'config', '--quiet'], { encoding: 'utf8' });

  test('is a compose file', () => {
    expect(config(join(root, 'docker-compose.yml'))).toMatchObject({ status: 0, stderr: '' });
  });

  test('would not be with a misspelt word', () => {
    const misspelt = join(samples, 'misspelt.yml');
    writeFileSync(misspelt, read('docker-compose.yml').replace('read_only:', 'readonly:'));
    expect(config(misspelt).status).not.toBe(0);
  });
});
