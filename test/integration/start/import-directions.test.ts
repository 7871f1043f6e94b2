import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

/** One line for each rule: the file, and an import that must be refused in it. A rule that never failed proves nothing. */
const REFUSED = [
  ['core/clock.ts', `import { x } from '../bot/app.ts';`],
  ['core/clock.ts', `import { x } from '../worker/processor.ts';`],
  ['core/clock.ts', `import { x } from '../api/app.ts';`],
  ['core/clock.ts', `import fastify from 'fastify';`],
  ['core/clock.ts', `import type { Scene } from '../sandbox/contract.ts';`],
  ['core/clock.ts', `import { x } from '../start/guard.ts';`],
  ['core/clock.ts', `import { tools } from '../test/support/tools.ts';`],
  ['core/clock.ts', `import { x } from '../bench/issue.ts';`],
  ['core/clock.ts', `import Database from 'better-sqlite3';`],
  ['core/clock.ts', `import { sql } from 'drizzle-orm';`],
  ['core/clock.ts', `import { drizzle } from 'drizzle-orm/better-sqlite3';`],
  ['core/clock.ts', `import { WebClient } from '@slack/web-api';`],
  ['core/clock.ts', `import { App } from '@slack/bolt';`],
  ['core/clock.ts', `import { Queue } from 'bullmq';`],
  ['core/clock.ts', `import { X509Certificate } from '@peculiar/x509';`],
  ['core/store/sqlite/sqlite.ts', `import { decide } from '../../access/access.ts';`],
  ['core/store/sqlite/sqlite.ts', `import { X509Certificate } from '@peculiar/x509';`],
  ['core/store/sqlite/sqlite.ts', `import { x } from '../../../bot/app.ts';`],
  ['core/ca/issue.ts', `import Database from 'better-sqlite3';`],
  ['core/ca/issue.ts', `import { eq } from 'drizzle-orm';`],
  ['core/ca/issue.ts', `import { x } from '../../worker/deps.ts';`],
  ['core/requests/queue.ts', `import { Worker } from 'bullmq';`],
  ['core/requests/queue.ts', `import { x } from '../../worker/deps.ts';`],
  ['core/access/access.ts', `import { readFileSync } from 'node:fs';`],
  ['core/access/access.ts', `import type { Store } from '../store/store.ts';`],
  ['core/approvals/decide.ts', `import { systemClock } from '../clock.ts';`],
  ['core/bindings/match.ts', `import { randomBytes } from 'node:crypto';`],
  ['core/waf/compile.ts', `import { makeLogger } from '../logger.ts';`],
  ['core/slack/blocks.ts', `import { WebClient } from '@slack/web-api';`],
  ['core/slack/blocks.ts', `import { get } from 'node:http';`],
  ['core/ca/profile.ts', `import { randomBytes } from 'node:crypto';`],
  ['core/ca/lint/leaf.ts', `import { hash } from 'node:crypto';`],
  ['core/ca/ocsp/response.ts', `import { hash } from 'node:crypto';`],
  ['core/ca/der/writer.ts', `import { X509Certificate } from '@peculiar/x509';`],
  ['bot/commands/issue.ts', `import { x } from '../../worker/deps.ts';`],
  ['bot/commands/issue.ts', `import { x } from '../../sandbox/contract.ts';`],
  ['bot/commands/issue.ts', `import { issueLeaf } from '../../core/ca/issue.ts';`],
  ['bot/commands/issue.ts', `import { x } from '../../core/ca/account-authority.ts';`],
  ['bot/commands/issue.ts', `import { generate } from '../../core/ca/keys.ts';`],
  ['bot/commands/issue.ts', `import { sign } from '../../core/ca/sign.ts';`],
  ['bot/commands/issue.ts', `const issue = await import('../../core/ca/issue.ts');`],
  ['bot/commands/issue.ts', `export { issueLeaf } from '../../core/ca/issue.ts';`],
  ['bot/commands/issue.ts', `import { Queue } from 'bullmq';`],
  ['bot/commands/issue.ts', `import { eq } from 'drizzle-orm';`],
  ['bot/commands/issue.ts', `import { x } from '../../api/app.ts';`],
  ['bot/commands/issue.ts', `import fastify from 'fastify';`],
  ['api/routes/ocsp.ts', `import { x } from '../../bot/app.ts';`],
  ['api/routes/ocsp.ts', `import { x } from '../../worker/deps.ts';`],
  ['api/routes/ocsp.ts', `import { issueLeaf } from '../../core/ca/issue.ts';`],
  ['api/routes/ocsp.ts', `import { x } from '../../core/ca/account-authority.ts';`],
  ['api/routes/ocsp.ts', `import { generate } from '../../core/ca/keys.ts';`],
  ['api/routes/ocsp.ts', `import { sign } from '../../core/ca/sign.ts';`],
  ['api/routes/ocsp.ts', `import Database from 'better-sqlite3';`],
  ['api/routes/ocsp.ts', `import { Queue } from 'bullmq';`],
  ['api/app.ts', `import { App } from '@slack/bolt';`],
  ['api/app.ts', `import { x } from '../start/ports.ts';`],
  ['worker/jobs/issue.ts', `import { x } from '../../bot/app.ts';`],
  ['worker/jobs/issue.ts', `import { x } from '../../api/app.ts';`],
  ['worker/jobs/issue.ts', `import { App } from '@slack/bolt';`],
  ['worker/jobs/issue.ts', `import { Queue } from 'bullmq';`],
  ['worker/jobs/issue.ts', `import { X509Certificate } from '@peculiar/x509';`],
  ['worker/jobs/issue.ts', `import { x } from '../../test/support/tools.ts';`],
  ['worker/jobs/issue.ts', `import Database from 'better-sqlite3';`],
  ['sandbox/server/app.ts', `import { x } from '../../bot/app.ts';`],
  ['sandbox/server/app.ts', `import { x } from '../../api/app.ts';`],
  ['sandbox/server/app.ts', `import { x } from '../../api/routes/health.ts';`],
  ['sandbox/server/app.ts', `import { x } from '../../core/store/store.ts';`],
  ['sandbox/server/app.ts', `import { WebClient } from '@slack/web-api';`],
  ['start/supervisor.ts', `import { x } from '../worker/deps.ts';`],
  ['start/supervisor.ts', `import type { Scene } from '../sandbox/contract.ts';`],
  ['start/supervisor.ts', `import { x } from '../core/store/open.ts';`],
] as const;

/** What the rules must let through, so that a pattern that is too wide is noticed as well. */
const ALLOWED = [
  ['core/store/sqlite/sqlite.ts', `import Database from 'better-sqlite3';`],
  ['core/store/sqlite/sqlite.ts', `import { drizzle } from 'drizzle-orm/better-sqlite3';`],
  ['core/store/open.ts', `import type { Config } from '../config/config.ts';`],
  ['core/ca/certificate.ts', `import { X509Certificate } from '@peculiar/x509';`],
  ['core/ca/issue.ts', `import type { Store } from '../store/store.ts';`],
  ['core/requests/queue.ts', `import { Queue } from 'bullmq';`],
  ['core/access/access.ts', `import type { Row } from '../store/rows.ts';`],
  ['bot/commands/issue.ts', `import { parseCsr } from '../../core/ca/csr/csr.ts';`],
  ['bot/commands/issue.ts', `import { formatSerial } from '../../core/ca/serial.ts';`],
  ['bot/commands/issue.ts', `import { issueModal } from '../views/issue.ts';`],
  ['bot/app.ts', `import { App } from '@slack/bolt';`],
  ['bot/app.ts', `import { WebClient } from '@slack/web-api';`],
  ['api/app.ts', `import fastify from 'fastify';`],
  ['api/routes/ocsp.ts', `import { makeOcspResponder } from '../../core/ca/ocsp/responder.ts';`],
  ['api/main.ts', `import { makeKeyMaker } from '../core/ca/key-maker.ts';`],
  ['api/routes/ocsp.ts', `import { recordRequest } from '../../core/requests/record.ts';`],
  ['api/routes/ocsp.ts', `import { addAddress } from '../route.ts';`],
  ['worker/main.ts', `import { Worker } from 'bullmq';`],
  ['worker/main.ts', `import { issueLeaf } from '../core/ca/issue.ts';`],
  ['worker/main.ts', `import { WebClient } from '@slack/web-api';`],
  ['sandbox/server/web/slack.ts', `import { callMethod } from '../api/methods.ts';`],
  ['sandbox/server/main.ts', `import { makeLogger } from '../../core/logger.ts';`],
  ['sandbox/server/main.ts', `import { loadConfig } from '../../core/config/config.ts';`],
  ['start/run-start.ts', `import { asCountersignError } from '../core/errors.ts';`],
  ['test/unit/start/x.test.ts', `import { supervise } from '../../../start/supervisor.ts';`],
  ['bench/issue.ts', `import { issueLeaf } from '../core/ca/issue.ts';`],
] as const;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'countersign-imports-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * The examples as files of one project, all linted in one run. An example is a checkout of its own (`3/core/clock.ts`)
 * that the rules, which count from the root, are told of by a copy with their paths one folder deeper.
 */
function lintExamples(examples: readonly (readonly [string, string])[]): ReadonlySet<number> {
  for (const [index, [path, line]] of examples.entries()) {
    const file = join(folder, String(index), path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${line}\n`);
  }
  const rules = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  for (const override of rules.overrides) override.includes = override.includes.map((path: string) => `*/${path}`);
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...rules, vcs: { enabled: false } }));
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const args = ['lint', '--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none', '.'];
  const { stdout } = spawnSync(process.execPath, [biome, ...args], { cwd: folder, encoding: 'utf8' });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { location: { path: string } }[] };
  return new Set(diagnostics.map(({ location }) => Number.parseInt(location.path, 10)));
}

const refused = lintExamples([...REFUSED, ...ALLOWED]);

describe('the linter refuses', () => {
  test.each(REFUSED.map(([path, line], index) => ({ path, line, index })))('in $path: $line', ({ index }) => {
    expect(refused).toContain(index);
  });
});

describe('the linter lets through', () => {
  test.each(ALLOWED.map(([path, line], index) => ({ path, line, index })))('in $path: $line', ({ index }) => {
    expect(refused).not.toContain(REFUSED.length + index);
  });
});
