import { createReadStream } from 'node:fs';
import { type Checkpoint, findCheckpoint } from './checkpoint.ts';
import { type AuditPublicKey, parseAuditPublicKey } from './key.ts';
import { UnreadableError } from './read-lines.ts';
import { verifyExport } from './verify-export.ts';
import { reportLines } from './verify-words.ts';

/**
 * `npm run audit:verify`. Without arguments it checks the chains in the database. With the files of an export it needs
 * neither database nor configuration nor installed packages.
 * Exit codes: 0 what was checked holds; 1 something is broken; 2 it could not be checked.
 */
const USAGE = `Usage: npm run audit:verify -- EXPORT.jsonl [MORE.jsonl ...] --key PUBLIC_KEY [--anchor 'LINE' ...]

  --key     the public key you have pinned, as npm run audit:key prints it; more than one where it has changed
  --anchor  a checkpoint, as copied out of the audit channel

Without arguments: checks the chains in the database.`;

const NO_KEY = '--key is not a public key: it has 43 characters, or is a PEM.';
const NO_ANCHOR = '--anchor is not one whole checkpoint: countersign-audit-v1 and six more parts.';

const args = process.argv.slice(2);
try {
  if (args.length === 0) {
    // Only here: an export is checked without anything but Node.
    const { checkDatabase } = await import('./verify-database.ts');
    process.exitCode = await checkDatabase();
  } else if (args.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
  } else {
    const { files, keys, anchors } = readArguments(args);
    const report = await verifyExport(
      files.map((name) => ({ name, chunks: createReadStream(name) })),
      { keys, anchors },
    );
    process.stdout.write(`${reportLines(report).join('\n')}\n`);
    process.exitCode = report.faults.length > 0 ? 1 : 0;
  }
} catch (error) {
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (!(error instanceof UnreadableError) && path === undefined) throw error;
  process.stderr.write(`${path === undefined ? message : `${path} cannot be read (${code}).`}\n`);
  process.exitCode = 2;
}

function readArguments(given: readonly string[]): { files: string[]; keys: AuditPublicKey[]; anchors: Checkpoint[] } {
  const files: string[] = [];
  const keys: AuditPublicKey[] = [];
  const anchors: Checkpoint[] = [];
  const rest = [...given];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    const [, name, joined] = /^(--[a-z]+)(?:=([\s\S]*))?$/.exec(next) ?? [];
    if (name === undefined) {
      files.push(next);
      continue;
    }
    // A key may begin with a hyphen, so what follows an option is always its value.
    const value = joined ?? rest.shift() ?? '';
    if (name === '--key') keys.push(required(parseAuditPublicKey(value), NO_KEY));
    else if (name === '--anchor') anchors.push(required(findCheckpoint(value), NO_ANCHOR));
    else throw new UnreadableError(`${name} is not known.\n\n${USAGE}`);
  }
  if (files.length === 0) throw new UnreadableError(`Give the file of an export.\n\n${USAGE}`);
  if (keys.length === 0) {
    throw new UnreadableError(
      'Give the public key with --key. The one in the export proves nothing: whoever forges an export writes their own there.',
    );
  }
  return { files, keys, anchors };
}

function required<T>(value: T | undefined, otherwise: string): T {
  if (value === undefined) throw new UnreadableError(otherwise);
  return value;
}
