import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataDirOf, openDataDir } from '../../../start/data-dir.ts';
import { findMasterKey, obtainMasterKey } from '../../../start/master-key.ts';
import { readOrMakePrivateFile } from '../../../start/private-file.ts';
import { obtainSandboxIdentity } from '../../../start/sandbox-identity.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
let dataDir: string;
beforeEach(() => {
  dataDir = join(mkdtempSync(join(tmpdir(), 'countersign-data-')), 'data');
});
afterEach(() => rmSync(join(dataDir, '..'), { recursive: true, force: true }));
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('the master key', () => {
  const development = { given: undefined, production: false };

  test('is made once, for its owner alone', () => {
    const key = obtainMasterKey({ ...development, dataDir });
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(modeOf(join(dataDir, 'master.key'))).toBe(0o600);
    expect(modeOf(dataDir)).toBe(0o700);
    expect(readdirSync(dataDir)).toEqual(['master.key']);
    expect(obtainMasterKey({ ...development, dataDir })).toBe(key);
    expect(findMasterKey(undefined, dataDir)).toBe(key);
  });

  test('is never made over one that appears in the meantime', () => {
    const path = join(dataDir, 'master.key');
    const text = readOrMakePrivateFile(path, () => {
      writeFileSync(path, 'theirs', { mode: 0o600 });
      return 'ours';
    });
    expect([text, readFileSync(path, 'utf8'), readdirSync(dataDir)]).toEqual(['theirs', 'theirs', ['master.key']]);
  });

  test('is the given one where one is given, and then none is made', () => {
    expect(obtainMasterKey({ given: KEY, dataDir, production: true })).toBe(KEY);
    expect(findMasterKey(undefined, dataDir)).toBeUndefined();
  });

  test('is not made in production', () => {
    expect(() => obtainMasterKey({ given: undefined, dataDir, production: true })).toThrow(/production makes none/);
    expect(findMasterKey(undefined, dataDir)).toBeUndefined();
  });

  test('is refused when it is not one', () => {
    expect(() => obtainMasterKey({ given: 'short', dataDir, production: false })).toThrow(/must be 32 random bytes/);
  });

  test('is refused when others can read it', () => {
    obtainMasterKey({ ...development, dataDir });
    chmodSync(join(dataDir, 'master.key'), 0o644);
    expect(() => obtainMasterKey({ ...development, dataDir })).toThrow(/can be read by others: chmod 600/);
  });

  test('is not replaced when a database sealed with it is still there', () => {
    openDataDir(dataDir, 'slack');
    writeFileSync(join(dataDir, 'countersign.db'), '');
    expect(() => obtainMasterKey({ ...development, dataDir })).toThrow(/Bring it back/);
  });
});

describe("the sandbox's data", () => {
  test('lies in a folder of its own', () => {
    expect(dataDirOf('sandbox', '/data')).toBe('/data/sandbox');
    expect(dataDirOf('slack', '/data')).toBe('/data');
  });

  test('is never used with a real Slack, nor the reverse', () => {
    openDataDir(join(dataDir, 'sandbox'), 'sandbox');
    openDataDir(join(dataDir, 'sandbox'), 'sandbox');
    expect(() => openDataDir(join(dataDir, 'sandbox'), 'slack')).toThrow(
      /holds data of the sandbox.*real Slack workspace/,
    );
    openDataDir(dataDir, 'slack');
    expect(() => openDataDir(dataDir, 'sandbox')).toThrow(/holds data of a real Slack workspace/);
  });

  test('keeps its token and signing secret for the next start, for its owner alone', () => {
    const identity = obtainSandboxIdentity(dataDir);
    expect(identity.botToken).toMatch(/^xoxb-sandbox-[0-9a-f]{36}$/);
    expect(obtainSandboxIdentity(dataDir)).toEqual(identity);
    expect(modeOf(join(dataDir, 'slack.json'))).toBe(0o600);
  });
});
