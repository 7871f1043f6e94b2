import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Command, parseCommand, WORDS } from '../../bot/parse.ts';
import { GATES } from '../../core/approvals/gates.ts';
import { OFFERED_REASON_NAMES, OFFERED_REASONS, REASON_CODES } from '../../core/ca/reasons.ts';
import { loadConfig, PROCESSES } from '../../core/config/config.ts';
import { PURPOSES, purposeVariable } from '../../core/config/secrets.ts';
import { asCountersignError } from '../../core/errors.ts';
import { buildEnvironments } from '../../start/environments.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const README = read('README.md');
const PAGES = ['README.md', 'CHANGELOG.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter(
  (path) => /\.(md|yaml|svg)$/.test(path),
);

/** The rows of the table below a heading, each cell trimmed. Fails when the page has no such table. */
function tableBelow(heading: string, page = README): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && /[^|\s-]/.test(line));
  expect(rows.length, `the table below ${heading}`).toBeGreaterThan(1);
  return rows.slice(1).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const codeIn = (cell: string | undefined) => /^`(.+)`$/.exec(cell ?? '')?.[1];

describe('the configuration table', () => {
  const rows = tableBelow('Configuration').map(([name, value, readers]) => ({
    name: codeIn(name) ?? '',
    value: codeIn(value),
    readers: (readers ?? '').split(', '),
  }));

  it('names the variables that core/config reads, all of them and no other', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual([...variablesRead()].sort());
  });

  it('prints defaults that are the defaults: setting them changes nothing', () => {
    for (const { name, value } of rows) {
      if (value === undefined) continue;
      for (const process of ['migrate', 'sandbox'] as const) {
        expect(loadConfig(process, { [name]: value }), name).toEqual(loadConfig(process, {}));
      }
    }
  });

  it('says of each variable which processes npm start gives it to', () => {
    const given = buildEnvironments({
      mode: 'slack',
      env: Object.fromEntries(rows.map(({ name }) => [name, 'given'])),
      dataDir: 'data',
      redisUrl: 'redis://127.0.0.1',
      masterKey: Buffer.alloc(32).toString('base64'),
      port: 1,
      apiPort: 3,
      edgePort: 4,
      sandboxPort: 2,
      sandbox: undefined,
      pageToken: 'page',
    });
    for (const { name, readers } of rows) {
      for (const reader of ['bot', 'api', 'worker', 'edge', 'sandbox'] as const) {
        expect(readers.includes(reader), `${name} and ${reader}`).toBe(name in given[reader]);
      }
    }
  });

  it('is followed by the name of every derived key', () => {
    for (const purpose of PURPOSES) expect(README).toContain(purposeVariable(purpose).replace('COUNTERSIGN_KEY', ''));
  });
});

/** The keys of the schema, and what each process misses in an empty environment (keys are not in the schema). */
function variablesRead(): Set<string> {
  const schema = /const schema = z\.object\(\{\n([\s\S]*?)\n\}\);/.exec(read('core/config/config.ts'))?.[1] ?? '';
  const names = new Set([...schema.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name as string));
  expect(names.size).toBeGreaterThan(10);
  for (const process of PROCESSES) {
    for (const [, name] of problemsOf(process).matchAll(/^ {2}- ([A-Z_]+): /gm)) names.add(name as string);
  }
  return names;
}

function problemsOf(process: (typeof PROCESSES)[number]): string {
  try {
    loadConfig(process, {});
    return '';
  } catch (error) {
    return asCountersignError(error).userMessage;
  }
}

describe('the commands table', () => {
  /** By the compiler: every kind of command there is. */
  const KINDS: Record<Exclude<Command['kind'], 'unknown' | `unknown_${string}`>, true> = {
    help: true,
    issue: true,
    site_list: true,
    site_add: true,
    site_remove: true,
    ca: true,
    ca_upload: true,
    ca_list: true,
    ca_show: true,
    ca_bind: true,
    ca_delete: true,
    ca_rotate: true,
    key_list: true,
    key_create: true,
    key_disable: true,
    key_enable: true,
    key_delete: true,
    edge_list: true,
    edge_add: true,
    edge_remove: true,
    waf_list: true,
    waf_add: true,
    waf_edit: true,
    waf_enable: true,
    waf_disable: true,
    waf_move: true,
    waf_delete: true,
    waf_test: true,
    list: true,
    show: true,
    revoke: true,
    bind: true,
    bindings: true,
    audit: true,
    settings: true,
  };
  const typed = tableBelow('Commands').map(([command]) => codeIn(command) ?? '');

  it('holds every command that the bot answers, and no other', () => {
    const kinds = typed.map((text) => parseCommand(text.replace(/^\/mtls /, '')).kind);
    expect(kinds.sort()).toEqual(Object.keys(KINDS).sort());
    expect(new Set(typed.map((text) => text.split(' ')[1]))).toEqual(new Set(WORDS));
  });

  it.each(PAGES)('%s names no command that the bot does not know', (path) => {
    const named = [...read(path).matchAll(/`\/mtls ([a-z][^`]*)`/g)].map(([, text]) => text as string);
    const unknown = named.filter((text) => parseCommand(text).kind.startsWith('unknown'));
    expect(unknown).toEqual([]);
  });
});

describe('the tables of the documents', () => {
  it('name every gate, with the words of the settings', () => {
    const rows = tableBelow('What needs a second person', read('docs/approvals.md'));
    expect(Object.fromEntries(rows.map(([gate, words]) => [codeIn(gate), words]))).toEqual(GATES);
  });

  it('name every reason that is offered, in its order, with its code', () => {
    const rows = tableBelow('Reasons', read('docs/revocation.md'));
    const told = rows.map(([words, reason, code]) => [
      words,
      codeIn(reason),
      code === 'left out' ? undefined : Number(code),
    ]);
    expect(told).toEqual(OFFERED_REASON_NAMES.map((name) => [OFFERED_REASONS[name], name, REASON_CODES[name]]));
  });
});

describe.each(PAGES)('%s', (path) => {
  const text = read(path);

  it('names no npm script that package.json does not have', () => {
    const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
    const named = [...text.matchAll(/\bnpm run (?:-s |--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name as string);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  it('links to files and headings that are there', () => {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
    const broken = targets.filter((target) => !/^https?:/.test(target) && !leadsSomewhere(path, target));
    expect(broken).toEqual([]);
  });

  it('speaks of no folder of anybody’s machine', () => {
    expect(text.match(/(?<![\w./-])\/(home|root|work|Users|tmp|private)(\/[\w.-]*|\b)/g) ?? []).toEqual([]);
  });
});

function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', heading] = target.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(ROOT, path))) return false;
  return heading === undefined || headingsOf(read(path)).includes(heading);
}

/** As GitHub makes anchors of headings. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title as string)
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
