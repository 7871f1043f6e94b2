import type { ModalView } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { buildDenyView } from '../../../bot/views/approval/deny.ts';
import { buildApprovalDetails } from '../../../bot/views/approval/details.ts';
import type { RevokeChoices } from '../../../bot/views/revoke/fields.ts';
import type { RevokeForm } from '../../../bot/views/revoke/form.ts';
import { buildRevokeManyView } from '../../../bot/views/revoke/many.ts';
import { buildReleaseView } from '../../../bot/views/revoke/release.ts';
import { buildRevokeView } from '../../../bot/views/revoke/view.ts';
import type { Card } from '../../../core/approvals/card.ts';
import { OFFERED_REASON_NAMES } from '../../../core/ca/reasons.ts';
import type { RoleGrant } from '../../../core/store/rows.ts';
import { assertView } from '../../../sandbox/blockkit/assert.ts';
import { aCertificate, anApproval, aRequest } from '../../support/rows.ts';

const now = new Date('2026-03-01T12:05:00Z');
const MONSTERS = [
  'x'.repeat(64),
  '💥👩‍👩‍👧‍👦'.repeat(5),
  '\u202eمرحبا'.repeat(8),
  '*_`~<@U1>&amp;<!channel>|'.repeat(2),
];

const form = (set: Partial<RevokeForm> = {}): RevokeForm => ({
  reason: undefined,
  since: undefined,
  because: '',
  confirmed: false,
  suspendNow: false,
  breakGlass: false,
  ...set,
});
const choices = (set: Partial<RevokeChoices> = {}): RevokeChoices => ({
  approval: 'A second person is asked.',
  mayBreakGlass: false,
  canSuspend: true,
  maySuspendAlone: true,
  many: false,
  evidence: 'No edge has reported yet.',
  ...set,
});
const full = form({
  reason: 'keyCompromise',
  since: '2026-02-28',
  because: '<'.repeat(500),
  confirmed: true,
  suspendNow: true,
  breakGlass: true,
});
const fieldsOf = (view: ModalView) =>
  view.blocks.flatMap((block) => (block.type === 'input' ? [block.block_id ?? ''] : []));
const textOf = (view: ModalView) => JSON.stringify(view.blocks);

describe('Revoke', () => {
  it('asks for the day and for break glass only of a leaked key', () => {
    const all = choices({ mayBreakGlass: true });
    for (const reason of [undefined, ...OFFERED_REASON_NAMES]) {
      const view = buildRevokeView(aCertificate(), all, form({ reason }));
      assertView(view);
      const leaked = reason === 'keyCompromise';
      expect(fieldsOf(view)).toEqual(
        leaked
          ? ['reason', 'since', 'because', 'confirmed', 'suspend_leaked', 'break_glass']
          : ['reason', 'because', 'confirmed', 'suspend'],
      );
    }
  });

  it('ticks Suspend Now for a leaked key, and never the confirmation by itself', () => {
    const view = textOf(buildRevokeView(aCertificate(), choices(), form({ reason: 'keyCompromise' })));
    expect(view.match(/"initial_options"/g)).toHaveLength(1);
    expect(view).toContain('"action_id":"revoke_suspend_leaked"');
  });

  it('does not offer to suspend what is suspended, and says since when it is', () => {
    const held = aCertificate({ state: 'held', heldAt: now });
    const view = buildRevokeView(held, choices({ canSuspend: false }), form());
    assertView(view);
    expect(fieldsOf(view)).not.toContain('suspend');
    expect(textOf(view)).toContain('It is suspended since');
  });

  it.each(MONSTERS)('keeps the limits with everything filled in: %s', (name) => {
    const view = buildRevokeView(
      aCertificate({ name, siteName: 'a'.repeat(253) }),
      choices({ mayBreakGlass: true }),
      full,
    );
    assertView(view);
    expect(textOf(view)).not.toMatch(/<!channel>|<@U1>/);
  });
});

describe('Revoke Many', () => {
  const preview = (count: number) => ({ filter: { owner: 'U0BOB' }, count, digest: 'ab'.repeat(32) });
  it.each([1, 2, 15, 16, 10_000])('names what it is about, for %i', (count) => {
    for (const name of MONSTERS) {
      const sample = Array.from({ length: Math.min(count, 15) }, () => ({ name, siteName: 'a'.repeat(253) }));
      const view = buildRevokeManyView(
        preview(count),
        'active ones of <@U0BOB>',
        sample,
        choices({ mayBreakGlass: true }),
        full,
      );
      assertView(view);
      expect(view.submit?.text).toBe(`Revoke ${count}`);
      const named = textOf(view).match(/• /g)?.length ?? 0;
      const rest = Number(/… and (\d+) more\./.exec(textOf(view))?.[1] ?? 0);
      expect(named + rest).toBe(count);
      expect(textOf(view)).not.toContain('<!channel>');
    }
  });
});

it.each(MONSTERS)('Release shows which certificate and asks why: %s', (name) => {
  const view = buildReleaseView(aCertificate({ name, state: 'held', heldAt: now }));
  assertView(view);
  expect(fieldsOf(view)).toEqual(['why']);
});

describe('what approvers open', () => {
  const card: Card = {
    what: 'w'.repeat(3_500),
    plain: MONSTERS.join(' '),
    facts: Array.from({ length: 12 }, (_, i) => [`Fact ${i}`, 'v'.repeat(2_500)] as const),
    because: 'b'.repeat(3_500),
    evidence: 'e'.repeat(3_500),
    risk: 'r'.repeat(3_500),
  };
  const pressed = { approvalId: 'a'.repeat(36), hash: 'f'.repeat(64), token: 't'.repeat(64), channel: 'C1', ts: '1.2' };
  const approver = (userId: string): RoleGrant => ({
    id: userId,
    accountId: 'T0ACME',
    userId,
    role: 'approver',
    grantedBy: 'U0ADA',
    duringSetup: true,
    grantedAt: now,
  });

  it.each([{}, { card }])('Deny asks why (%#)', (set) => {
    const view = buildDenyView(pressed, anApproval(set));
    assertView(view);
    expect(fieldsOf(view)).toEqual(['why']);
  });

  it('Details shows all of a request, its hash and who can decide', () => {
    const request = aRequest({ kind: 'revoke', payload: { certificateId: 'c', reason: 'keyCompromise' } });
    const view = buildApprovalDetails(anApproval(), request, [approver('U0BOB'), approver('U0ALICE')], now);
    assertView(view);
    expect(textOf(view)).toContain('*Who can decide*\\n<@U0BOB>"');
    expect(textOf(view)).toContain('ef'.repeat(32));
  });

  it('Details keeps the limits whatever is asked for', () => {
    const request = aRequest({ kind: 'revoke', payload: { because: '𝕬"\\\n'.repeat(2_000) } });
    const many = Array.from({ length: 200 }, (_, i) => approver(`U${String(i).padStart(10, '0')}`));
    assertView(buildApprovalDetails(anApproval({ card }), request, many, now));
    assertView(
      buildApprovalDetails(anApproval({ card, state: 'denied', decidedBy: 'U0BOB', decidedAt: now }), request, [], now),
    );
  });
});
