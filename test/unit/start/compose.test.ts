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
  profiles?: string[];
  depends_on?: Record<string, unknown>;
  healthcheck?: { test: string[] };
  ports?: string[];
  read_only: boolean;
  cap_drop: string[];
  security_opt: string[];
};

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<'redis' | 'bot' | 'api' | 'worker' | 'edge', Service>;
  secrets: Record<string, unknown>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean }>;
};
const services = Object.entries(compose.services);
const { bot, api, worker, edge, redis } = compose.services;

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
  key_edge: KEY,
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
  test('gives each process a configuration it accepts in production', () => {
    expect(loadConfig('bot', environmentOf(bot)).config).toMatchObject({
      production: true,
      host: '0.0.0.0',
      port: 3000,
    });
    expect(loadConfig('worker', environmentOf(worker)).config.redisUrl).toBe('redis://redis:6379');
    expect(loadConfig('api', environmentOf(api)).config).toMatchObject({ production: true, apiPort: 8080 });
    const { config, keys } = loadConfig('edge', { ...environmentOf(edge), EDGE_FEED_URL: 'https://mtls.example.com' });
    expect(config).toMatchObject({
      production: true,
      host: '0.0.0.0',
      edgePort: 8443,
      edgeFeedUrl: 'https://mtls.example.com',
    });
    expect(keys.edge).toBeDefined();
  });

  test('keeps the gateway apart: a volume of its own, no way to Redis, nothing to wait for', () => {
    expect(edge.volumes).toEqual(['edge:/data', './gateway:/gateway:ro']);
    expect(edge.networks).toEqual(['outside']);
    expect(edge.depends_on).toEqual({});
    expect(edge.secrets).toEqual(['key_edge']);
    expect(JSON.stringify(edge.environment)).not.toMatch(/SLACK|MASTER|DATABASE|REDIS/);
    // Without an edge.json it could only fail.
    expect(services.filter(([, { profiles }]) => profiles).map(([name]) => name)).toEqual(['edge']);
  });

  test('asks api and gateway how they are where they say it', () => {
    const asked = (service: Service) => /http:\/\/[^`]+/.exec(service.healthcheck?.test.at(-1) ?? '')?.[0];
    expect(asked(api)).toBe('http://127.0.0.1:$${process.env.API_PORT}/readyz');
    expect(asked(edge)).toBe('http://127.0.0.1:$${process.env.EDGE_HEALTH_PORT}/healthz');
    expect(loadConfig('edge', environmentOf(edge)).config.edgeHealthPort).toBe(8445);
  });

  test('gives the api two derived keys, and no way to Slack', () => {
    expect(api.secrets).toEqual(['key_ocsp', 'key_access_key']);
    expect(JSON.stringify(api.environment)).not.toMatch(/SLACK|MASTER/);
  });

  test('lets them share one database, on a volume that exists', () => {
    expect(environmentOf(bot)['DATABASE_URL']).toBe(environmentOf(worker)['DATABASE_URL']);
    expect(environmentOf(api)['DATABASE_URL']).toBe(environmentOf(worker)['DATABASE_URL']);
    expect([bot.volumes, api.volumes, worker.volumes]).toEqual([['data:/data'], ['data:/data'], ['data:/data']]);
    expect(Object.keys(compose.volumes)).toEqual(['data', 'edge', 'redis']);
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

  test('opens bot and api on the loopback alone, the gateway to everybody, and the worker nowhere', () => {
    expect(bot.ports).toEqual(['127.0.0.1:3000:3000']);
    expect(api.ports).toEqual(['127.0.0.1:8080:8080']);
    expect(edge.ports).toEqual(['8443:8443']);
    expect(worker.ports).toBeUndefined();
  });

  test('starts files that the build makes', () => {
    for (const service of [bot, api, worker, edge]) {
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
      expect.arrayContaining(['secrets', 'gateway', '.data', '.git', 'node_modules']),
    );
  });
});

describeWith('dockerCompose', 'docker-compose.yml, by the schema', ({ dockerCompose }) => {
  const config = (file: string) =>
    spawnSync(dockerCompose, ['--profile', 'edge', '-f', file, 'config', '--quiet'], { encoding: 'utf8' });

  test('is a compose file', () => {
    expect(config(join(root, 'docker-compose.yml'))).toMatchObject({ status: 0, stderr: '' });
  });

  test('would not be with a misspelt word', () => {
    const misspelt = join(samples, 'misspelt.yml');
    writeFileSync(misspelt, read('docker-compose.yml').replace('read_only:', 'readonly:'));
    expect(config(misspelt).status).not.toBe(0);
  });
});
