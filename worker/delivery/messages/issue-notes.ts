import type { KnownBlock } from '@slack/types';
import { formatSerial } from '../../../core/ca/serial.ts';
import { hasEnded } from '../../../core/inventory/state.ts';
import type { RequestOf } from '../../../core/requests/contracts.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, section } from '../../../core/slack/blocks.ts';
import { code, days, moment } from '../../../core/slack/text.ts';
import type { Authority, Certificate } from '../../../core/store/rows.ts';
import type { Drawn } from '../drawn.ts';

export type IssueFacts = {
  /** What this request has made and is in use. */
  current: Certificate | undefined;
  /** What it renews. */
  renewed: Certificate | undefined;
  /** The authority that signed `current`. */
  authority: Pick<Authority, 'notAfter'> | undefined;
};

/**
 * What the lasting message of a certificate request says beside the certificate: what it renews and what is to become
 * of that, and that its authority's end has made it shorter than it was asked for.
 */
export function withNotes(drawn: Drawn, issue: RequestOf<'issue'>, facts: IssueFacts, now: Date): Drawn {
  const { renewed, current, authority } = facts;
  const blocks: KnownBlock[] = [...drawn.message.blocks];
  if (current && current.notAfter.getTime() === authority?.notAfter.getTime()) {
    blocks.push(
      context(
        `Its authority ends then, so it is valid for less than the ${days(issue.payload.validityDays)} asked for.`,
      ),
    );
  }
  if (!renewed) return { ...drawn, message: { ...drawn.message, blocks } };
  const inUse = (renewed.state === 'active' || renewed.state === 'held') && !hasEnded(renewed, now);
  blocks.push(...renewalBlocks(renewed, issue.state === 'done' && current !== undefined, inUse));
  const refreshAt = inUse ? earlier(drawn.refreshAt, new Date(renewed.notAfter.getTime() + 1)) : drawn.refreshAt;
  const text = `${drawn.message.text} It renews serial ${formatSerial(renewed.serial)}.`;
  return { message: { text, blocks }, refreshAt };
}

function renewalBlocks(renewed: Certificate, done: boolean, inUse: boolean): KnownBlock[] {
  const old = `serial ${code(formatSerial(renewed.serial))}`;
  if (renewed.state === 'revoked') return [context(`It renews ${old}, which is revoked.`)];
  if (!inUse) return [context(`It renews ${old}, which ended ${moment(renewed.notAfter)}.`)];
  if (!done) return [context(`It renews ${old}, which stays valid until ${moment(renewed.notAfter)}.`)];
  return [
    section(
      `It renews ${old}. *The old one is valid until ${moment(renewed.notAfter)}*: revoke it as soon as nothing uses it any more.`,
    ),
    actions('revoke_old', [
      button({
        label: 'Revoke the old one…',
        action: ACTIONS.openRevoke,
        value: renewed.id,
        spoken: `Revoke the old certificate of ${renewed.name}`,
      }),
    ]),
  ];
}

const earlier = (a: Date | null, b: Date) => (a !== null && a < b ? a : b);
