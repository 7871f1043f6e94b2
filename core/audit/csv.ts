import type { LinkContent } from './chain.ts';
import { ACTIONS_TOLD, type AuditAction } from './events.ts';

/** A program that shows a table takes a cell that begins like this for a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[\s]*[=+\-@\t\r\n＝＋－＠]/;

const COLUMNS = [
  'sequence',
  'time (UTC)',
  'actor',
  'action',
  'in words',
  'subject kind',
  'subject',
  'details (JSON)',
  'hash (to verify, export JSON Lines)',
];

/** The first record of every file; it says that a CSV is for reading. */
export const csvHeader = () => record(COLUMNS);

export function csvRecord({ sequence, at, actor, action, subject, details }: LinkContent, hash: string): string {
  const words = ACTIONS_TOLD[action as AuditAction] ?? '';
  return record([String(sequence), at, actor, action, words, ...subject, JSON.stringify(details), hash]);
}

/** RFC 4180 section 2: CRLF, every cell quoted, quotes doubled. A cell that would be a formula gets an apostrophe. */
function record(cells: readonly string[]): string {
  const quoted = cells.map((cell) => `"${(FORMULA.test(cell) ? `'${cell}` : cell).replaceAll('"', '""')}"`);
  return `${quoted.join(',')}\r\n`;
}
