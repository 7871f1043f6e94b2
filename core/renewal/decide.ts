import type { RevocationReason } from '../ca/reasons.ts';
import { formatSerial } from '../ca/serial.ts';
import { bold, code, moment } from '../slack/text.ts';
import type { Certificate } from '../store/rows.ts';
import { DAY_MS } from './due.ts';

/** A certificate that has ended can be renewed for this long: afterwards nobody can say what still used it. */
export const RENEWABLE_AFTER_END_DAYS = 30;

/**
 * After these a certificate may be replaced: its key is at fault, not its holder. The others say that nobody is to
 * have one any more; who should after all, asks for a new certificate.
 */
const REPLACEABLE: readonly string[] = [
  'keyCompromise',
  'superseded',
  'unspecified',
] as const satisfies RevocationReason[];

export type RenewalDecision = { allowed: true; certificate: Certificate } | { allowed: false; because: string };

/**
 * Whether this certificate may be renewed now. Asked by the bot at the click and at the submission, and by the worker
 * in each step. That the asker may issue certificates at all is asked beside it (core/access): a renewal is a new
 * certificate, and its owner is whoever asked for it, because that is who gets the key.
 * @param successor what was made to replace it and is in use (active or suspended), whatever its end.
 */
export function decideRenewal(
  certificate: Certificate | undefined,
  successor: Certificate | undefined,
  asking: { accountId: string; now: Date },
): RenewalDecision {
  const refuse = (because: string): RenewalDecision => ({ allowed: false, because });
  if (certificate?.accountId !== asking.accountId || certificate.certificate === null) {
    return refuse('There is no such certificate here.');
  }
  if (successor) return refuse(renewedText(successor));
  if (certificate.state === 'held') {
    return refuse('This certificate is suspended. Have it released or revoked first, then it can be renewed.');
  }
  if (certificate.state === 'revoked' && !REPLACEABLE.includes(certificate.revocationReason ?? 'unspecified')) {
    return refuse('This certificate was withdrawn, so it is not renewed. Ask for a new one with `/mtls issue`.');
  }
  if (certificate.state !== 'active' && certificate.state !== 'revoked') {
    return refuse('This certificate was never handed out.');
  }
  const renewableUntil = certificate.notAfter.getTime() + RENEWABLE_AFTER_END_DAYS * DAY_MS;
  if (asking.now.getTime() > renewableUntil) {
    return refuse(
      `This certificate ended ${moment(certificate.notAfter)}, and one can be renewed for ${RENEWABLE_AFTER_END_DAYS} days after its end. Ask for a new one with \`/mtls issue\`.`,
    );
  }
  return { allowed: true, certificate };
}

function renewedText(successor: Certificate): string {
  const state = successor.state === 'held' ? ', which is suspended now' : '';
  return `This certificate has been renewed already: by ${bold(successor.name)}, serial ${code(formatSerial(successor.serial))}, valid until ${moment(successor.notAfter)}${state}. Renew that one instead.`;
}
