import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../../core/requests/contracts.ts';
import type { SlackMessage } from '../../../core/slack/blocks.ts';
import type { Approval } from '../../../core/store/rows.ts';
import { assertMessage } from '../../../sandbox/blockkit/assert.ts';
import { approvalMessage } from '../../../worker/delivery/messages/approval.ts';
import { linkMessage } from '../../../worker/delivery/messages/link.ts';
import { revocationMessage, suspensionAnnouncement } from '../../../worker/delivery/messages/revocation.ts';
import { aCertificate, anApproval, aRequest } from '../../support/rows.ts';

const now = new Date('2026-03-01T12:05:00Z');
const MONSTROUS = '𝕬'.repeat(20) + '`*_~<!channel>&'.repeat(2);
const payload = {
  certificateId: 'c',
  reason: 'keyCompromise',
  because: '',
  suspendNow: true,
  confirmed: true,
  breakGlass: false,
};
const revoke = (set: Parameters<typeof aRequest>[0] = {}) =>
  parseRequest('revoke', aRequest({ kind: 'revoke', payload, state: 'waiting', ...set }));
const seen = (set: object = {}) => ({ token: 't'.repeat(43), effect: '', now, ...set });
const buttons = (message: SlackMessage) => JSON.stringify(message.blocks).match(/"action_id":"[^"]+"/g) ?? [];
const everything = (message: SlackMessage) => JSON.stringify(message);
/** What Slack reads as mrkdwn: the name in what a screen reader says is plain. */
const formatted = ({ text, blocks }: SlackMessage) =>
  JSON.stringify([text, blocks.filter(({ type }) => type !== 'actions')]);
const DECIDED = ['approved', 'denied', 'withdrawn', 'expired', 'overtaken'] as const;
const decided = (state: Approval['state']) =>
  anApproval({ state, decidedBy: state === 'expired' ? null : 'U0BOB', decidedAt: now });

describe('the card of an approval', () => {
  it('asks, with everything an approver needs, until it is decided', () => {
    const message = approvalMessage(anApproval(), revoke(), seen());
    assertMessage(message);
    expect(buttons(message)).toEqual(['approve', 'deny', 'approval_details'].map((id) => `"action_id":"${id}"`));
    for (const word of ['*Why*', '*In use?*', '*Risk*', 'Waiting for a decision until']) {
      expect(everything(message)).toContain(word);
    }
  });

  it.each(DECIDED)('has no buttons once it is %s, and says what was decided', (state) => {
    const message = approvalMessage(
      decided(state),
      revoke({ state: 'done', outcome: { message: 'It is done.' } }),
      seen(),
    );
    assertMessage(message);
    expect(buttons(message)).toEqual([]);
    expect(everything(message)).not.toContain('Waiting for a decision');
  });

  it('has no buttons after its time, whoever has not drawn it anew yet', () => {
    const late = approvalMessage(anApproval({ expiresAt: now }), revoke(), seen());
    expect(buttons(late)).toEqual([]);
  });

  it('keeps the limits with a monstrous card', () => {
    const card = {
      what: MONSTROUS.repeat(40),
      plain: MONSTROUS.repeat(40),
      facts: Array.from({ length: 12 }, (_, i) => [`Fact ${i}`, 'v'.repeat(400)] as const),
      because: 'b'.repeat(2_500),
      evidence: 'e'.repeat(1_000),
      risk: '*'.repeat(1_000),
    };
    assertMessage(approvalMessage(anApproval({ card }), revoke(), seen({ effect: 'x'.repeat(900) })));
    assertMessage(approvalMessage(anApproval({ card, purpose: 'acknowledgement' }), revoke({ state: 'done' }), seen()));
  });
});

describe("the requester's message about a revocation", () => {
  it('can be withdrawn while it waits, and only then', () => {
    const waiting = revocationMessage(revoke(), aCertificate(), anApproval(), '');
    assertMessage(waiting);
    expect(buttons(waiting)).toEqual(['"action_id":"withdraw"']);
    for (const state of DECIDED) {
      const message = revocationMessage(
        revoke({ state: 'done' }),
        aCertificate({ state: 'revoked' }),
        decided(state),
        '',
      );
      assertMessage(message);
      expect(buttons(message)).toEqual([]);
    }
  });

  it('offers both ways out of a suspension that a denial left', () => {
    const held = aCertificate({ state: 'held', heldAt: now, name: MONSTROUS });
    const message = revocationMessage(revoke({ state: 'denied' }), held, decided('denied'), 'Known everywhere.');
    assertMessage(message);
    expect(buttons(message)).toEqual(['"action_id":"open_revoke"', '"action_id":"open_release"']);
    expect(formatted(message)).not.toContain('<!channel>');
  });

  it('is a whole message when the certificate is not to be found', () => {
    assertMessage(revocationMessage(revoke(), undefined, undefined, ''));
  });
});

it.each(['', MONSTROUS.repeat(10).slice(0, 500)])(
  'a suspension is announced, with its reason where there is one (%#)',
  (because) => {
    const suspend = parseRequest('suspend', aRequest({ kind: 'suspend', payload: { certificateId: 'c', because } }));
    const message = suspensionAnnouncement(suspend, aCertificate({ state: 'held', heldAt: now, name: MONSTROUS }));
    assertMessage(message);
    expect(everything(message).includes('*Why*')).toBe(because !== '');
    expect(formatted(message)).not.toContain('<!channel>');
    expect(everything(suspensionAnnouncement(suspend, aCertificate()))).toContain('not suspended any more');
  },
);

it.each(['device-1', MONSTROUS])('the link is a button, and no key is in its words: %s', (name) => {
  const url = `https://countersign.example.com/reveal/x#${'k'.repeat(43)}`;
  const message = linkMessage({ issueId: 'i', name, site: 'example.com', url, expiresAt: now });
  assertMessage(message);
  expect(message.text).not.toContain('#');
  expect(everything(message).split(url)).toHaveLength(2);
  expect(formatted(message)).not.toContain('<!channel>');
});
