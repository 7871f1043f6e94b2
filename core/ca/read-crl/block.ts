/** Blocks: single certificates of an uploaded authority that are refused whatever its CRL says. */
import { CountersignError } from '../../errors.ts';
import type { Block } from '../../store/rows.ts';
import { formatSerial, parseSerial, serialOctets } from '../serial.ts';

/** Of one authority. Whoever needs more has the authority itself revoke. */
export const MOST_BLOCKS = 1_000;

type Named = Pick<Block, 'kind' | 'value'>;

/** @throws CountersignError `invalid_input` when the value is not in its one spelling. */
export function checkBlock({ kind, value }: Named): void {
  const good = kind === 'fingerprint' ? /^[0-9a-f]{64}$/.test(value) : isSerial(value);
  if (!good)
    throw new CountersignError('invalid_input', {
      userMessage: 'This is neither a serial number nor a SHA-256 fingerprint.',
    });
}

function isSerial(value: string): boolean {
  try {
    return serialOctets(value).length > 0;
  } catch {
    return false;
  }
}

/**
 * What a person typed or pasted: 64 hexadecimal digits are a SHA-256 fingerprint, fewer are a serial number. Also as
 * tools print them: `sha256 Fingerprint=AB:CD…`, `serial=0A1B…`. Undefined when it is neither.
 */
export function parseBlocked(text: string): Named | undefined {
  const value = text.trim().replace(/^(?:sha-?256)?\s*(?:fingerprint|serial(?: ?number)?)?\s*[=:]\s*/i, '');
  const digits = value.replace(/[\s:-]/g, '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return { kind: 'fingerprint', value: digits };
  const serial = parseSerial(value);
  return serial === undefined ? undefined : { kind: 'serial', value: serial };
}

/** `serial number 0a:1b`, without formatting. */
export function blockWords({ kind, value }: Named): string {
  return kind === 'serial' ? `serial number ${formatSerial(value)}` : `SHA-256 fingerprint ${value}`;
}

/** The same as mrkdwn. */
export function blockText({ kind, value }: Named): string {
  return kind === 'serial' ? `serial number \`${formatSerial(value)}\`` : `SHA-256 fingerprint \`${value}\``;
}
