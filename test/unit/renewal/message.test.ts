import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../../bot/parse.ts';
import { buildRotateView } from '../../../bot/views/authority/rotate.ts';
import { ACTIONS_TOLD } from '../../../core/audit/events.ts';
import { filterSchema } from '../../../core/inventory/filter.ts';
import { DAY_MS } from '../../../core/renewal/due.ts';
import type { SlackMessage } from '../../../core/slack/blocks.ts';
import type { Authority } from '../../../core/store/rows.ts';
import { assertMessage, assertView } from '../../../sandbox/blockkit/assert.ts';
import { authorityReminder, certificateReminder, REMINDED_SHOWN } from '../../../worker/delivery/messages/reminder.ts';
import { contentOf } from '../../support/acts.ts';
import { aCertificate } from '../../support/rows.ts';

const now = new Date('2027-02-20T12:00:00Z');
const MONSTROUS = '𝕬'.repeat(20) + '`*_~<!channel>&'.repeat(2) + '‏مرحبا😀'.repeat(2);
const about = { ownerId: 'U0ALICE', to: 'owner' as const, total: 1, withinDays: 30, now };
const ending = (set = {}) => ({
  certificate: aCertificate({ name: MONSTROUS, notAfter: new Date(now.getTime() + 7 * DAY_MS), ...set }),
  renewed: false,
});

/** Without what screen readers say, which is plain text. */
const mrkdwnOf = (message: SlackMessage) =>
  JSON.stringify(message, (key, value) => (key === 'accessibility_label' ? undefined : value));

describe('a reminder', () => {
  it.each(['owner', 'gone', 'key'] as const)('of one or of very many keeps the limits of Slack (for: %s)', (to) => {
    const one = certificateReminder([ending()], { ...about, to });
    const many = Array.from({ length: REMINDED_SHOWN }, (_, i) => ending({ id: `c${i}`, siteName: 'x'.repeat(253) }));
    const all = certificateReminder(many, { ...about, to, total: 100_000 });
    for (const message of [one, all]) {
      assertMessage(message);
      expect(mrkdwnOf(message)).not.toContain('<!channel>');
      expect(contentOf(message).includes('open_revoke')).toBe(to === 'gone');
      expect(contentOf(message).includes('open_renew')).toBe(to !== 'key');
    }
    expect(contentOf(all)).toContain('And 99990 more.');
  });

  it('offers nothing that has become pointless when it is drawn late', () => {
    const states = [
      [{ state: 'revoked' as const }, 'revoked since'],
      [{ state: 'held' as const }, 'suspended since'],
      [{ notAfter: new Date(now.getTime() - 1) }, 'ended since'],
    ] as const;
    for (const [set, told] of states) {
      const content = contentOf(certificateReminder([ending(set)], about));
      expect(content).toContain(told);
      expect(content).not.toContain('open_renew');
    }
    expect(contentOf(certificateReminder([{ ...ending(), renewed: true }], about))).toContain('renewed since');
  });

  it('leads to a list whose filter the bot can read', () => {
    const message = certificateReminder([ending(), ending({ id: 'c2' })], { ...about, total: 2 });
    const button = message.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
    const values = button.flatMap((element) => ('value' in element ? [element.value ?? ''] : []));
    const filters = values
      .filter((value) => value.startsWith('{'))
      .map((value) => filterSchema.parse(JSON.parse(value)));
    expect(filters).toEqual([{ owner: 'U0ALICE', state: 'expiring', withinDays: 30 }]);
  });

  it('of an authority says what to do about the newest, and that another takes over from an older one', () => {
    const authority = { id: 'a', generation: 1, notAfter: new Date(now.getTime() + 300 * DAY_MS) } as Authority;
    const message = authorityReminder([authority], authority, now);
    assertMessage(message);
    for (const part of ['in 300 days', '/mtls ca rotate']) expect(contentOf(message)).toContain(part);
    const older = authorityReminder([authority], { ...authority, id: 'b', generation: 2 }, now);
    expect(contentOf(older)).not.toContain('/mtls ca rotate');
    expect(contentOf(older)).toContain('takes over');
  });
});

describe('the form for a new generation', () => {
  it('keeps the limits of Slack', () => assertView(buildRotateView({ generation: 999 })));

  it.each([
    ['ca', 'ca'],
    ['ca show', 'ca'],
    ['CA Rotate', 'ca_rotate'],
    ['ca r', 'ca_rotate'],
    ['ca what', 'ca'],
  ])('/mtls %s is %s', (typed, kind) => expect(parseCommand(typed)).toEqual({ kind }));

  it('is told in words', () => {
    expect(ACTIONS_TOLD['authority.rotated']).toContain('generation');
    expect(ACTIONS_TOLD['authority.retired']).toContain('retired');
  });
});
