import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_EDGE } from '../../../core/config/demo-edge.ts';
import { askForCertificate, pressShowOnce, untilShown } from '../../support/acts.ts';
import { askEdge } from '../../support/edge-client.ts';
import { startStack } from '../../support/stack.ts';
import { describeWith } from '../../support/tools.ts';
import { until } from '../../support/until.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'countersign-built-'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};

/** What the image holds: what was built, and the packages that production installs; copied, so that no other is seen. */
beforeAll(() => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')], { cwd: root });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  cpSync(join(root, 'migrations'), join(folder, 'dist/migrations'), { recursive: true });
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const installed = Object.keys(packages).filter(
    (path) => path !== '' && !packages[path]?.dev && existsSync(join(root, path)),
  );
  const copied = spawnSync('sh', ['-c', 'tar -cf - "$@" | tar -xf - -C "$0"', folder, ...installed], { cwd: root });
  if (copied.status !== 0) throw new Error(copied.stderr.toString());
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function runBuilt(main: string, env: Record<string, string> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [join(folder, 'dist', main)], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
    timeout: 20_000,
  });
}

describe('what was built', () => {
  test('imports packages of production alone', () => {
    const files = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.m?js$/.test(name),
    );
    expect(files.length).toBeGreaterThan(20);
    const imports = files.flatMap((name) => importsOf(readFileSync(join(folder, 'dist', name), 'utf8')));
    expect(imports.filter((name) => !builtinModules.includes(name) && !(name in manifest.dependencies))).toEqual([]);
  });

  test('derives keys', () => {
    const result = runBuilt('start/keys-derive.js', { COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') });
    expect(result.stderr).toBe('');
    expect(result.stdout).toMatch(/^COUNTERSIGN_KEY_REVEAL=[\w+/]{43}=$/m);
  });

  test('has no sandbox, and says so', () => {
    const result = runBuilt('start/main.js', { DATA_DIR: join(folder, 'data') });
    expect(result.stderr).toContain('the sandbox is not part of what was built');
    expect(result.status).toBe(78);
  });

  test.each(['bot', 'worker'])('%s names what is missing in its configuration and exits with 78', (name) => {
    const result = runBuilt(`${name}/main.js`);
    expect(`${result.stdout}${result.stderr}`).toContain('SLACK_BOT_TOKEN: is missing');
    expect(result.status).toBe(78);
  });

  test('the gateway names what is missing, too', () => {
    const result = runBuilt('edge/main.js');
    expect(result.stderr).toContain('EDGE_CONFIG: is missing');
    expect(result.status).toBe(78);
  });

  test('applies the migrations it was built with', () => {
    const database = join(folder, 'data', 'migrated.db');
    mkdirSync(dirname(database), { recursive: true });
    const result = runBuilt('core/store/migrate-main.js', { DATABASE_URL: `file:${database}` });
    expect(result.stderr).toBe('');
    expect(existsSync(database)).toBe(true);
  });
});

describeWith('redisServer', 'what was built, running', () => {
  test('issues a certificate', async () => {
    await using stack = await startStack({ built: join(folder, 'dist') });
    await stack.setUp();
    await askForCertificate(stack.alice, { Name: 'device-1' });
    await pressShowOnce(stack.alice, 'device-1');
    const { certificate } = await untilShown(stack.alice, 'device-1');
    expect(certificate.subject).toContain('CN=device-1');
  });

  test('guards with its gateway, and says on the loopback how it is', async () => {
    await using stack = await startStack({
      built: join(folder, 'dist'),
      api: true,
      edge: true,
      env: { EDGE_HEALTH_PORT: '0' },
    });
    await stack.setUp();
    const said = stack.log.find((line) => line.startsWith('edge:') && line.includes('"healthPort"')) ?? '';
    const health = `http://127.0.0.1:${/"healthPort":(\d+)/.exec(said)?.[1]}/healthz`;
    await until('the gateway enforces', async () => (await fetch(health)).status === 200, 30_000);
    expect(await (await fetch(health)).json()).toMatchObject({ status: 'enforcing', connected: true });
    const ca = readFileSync(join(stack.folder, 'edge', DEMO_EDGE.folder, 'ca.pem'), 'utf8');
    const answer = await askEdge({ host: '127.0.0.1', port: stack.edgePort, ca }, { sni: DEMO_EDGE.hostname });
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('whoever you are') });
  });

  test('starts in production, where Slack is spoken to over https alone', async () => {
    await using stack = await startStack({
      built: join(folder, 'dist'),
      env: { NODE_ENV: 'production', SLACK_API_URL: 'https://slack.invalid/api/' },
    });
    const health = await fetch(`http://127.0.0.1:${stack.port}/healthz`);
    expect(health.status).toBe(200);
    await expect(startStack({ built: join(folder, 'dist'), env: { NODE_ENV: 'production' } })).rejects.toThrow(
      /78|https in production/,
    );
  });
});

/** Packages named in import and export statements: `@slack/bolt`, `drizzle-orm` for `drizzle-orm/sqlite-core`. */
function importsOf(code: string): string[] {
  const statements = /^(?:import|(?:import|export) [\w\s{},*$]+ from) '([^'.][^']*)'/gm;
  const names = [...code.matchAll(statements)]
    .map((match) => match[1] ?? '')
    .filter((name) => !name.startsWith('node:'));
  return names.map((name) =>
    name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/'),
  );
}
