import { describe, expect, it } from 'vitest';
import { decideShow } from '../../../core/requests/showing.ts';
import { aCertificate, aRequest } from '../../support/rows.ts';

const now = new Date('2026-03-01T12:00:00Z');
const minutes = (count: number) => new Date(now.getTime() + count * 60_000);
const issue = aRequest({ id: 'i', actorId: 'UALICE', state: 'waiting', deadlineAt: minutes(60) });
const shown = aCertificate({ id: 'c1', requestId: 'i', state: 'active', shownAt: minutes(-5) });
const doneIssue = { ...issue, state: 'done' as const };
const show = (state: 'recorded' | 'done' | 'failed', replaces?: string) =>
  aRequest({ kind: 'show', parentId: 'i', state, payload: { issueId: 'i', ...(replaces ? { replaces } : {}) } });
const click = { actorId: 'UALICE', now, replaces: undefined };

describe('Show once', () => {
  it('works for the requester while the request waits', () => {
    expect(decideShow({ issue, shows: [], certificates: [] }, click)).toEqual({
      allowed: true,
      idempotencyKey: 'show:i:0',
    });
  });

  it('works again after a showing that failed, as another showing', () => {
    const decision = decideShow({ issue, shows: [show('failed')], certificates: [] }, click);
    expect(decision).toEqual({ allowed: true, idempotencyKey: 'show:i:1' });
  });

  it.each([
    ['another person', { issue, shows: [] }, { ...click, actorId: 'UBOB' }, /Only the person/],
    ['a second click while the first is on its way', { issue, shows: [show('recorded')] }, click, /on its way/],
    ['a click after the deadline', { issue, shows: [] }, { ...click, now: minutes(61) }, /24 hours/],
    ['a request that was shown', { issue: doneIssue, shows: [show('done')] }, click, /shown already/],
    ['a request not yet prepared', { issue: { ...issue, state: 'recorded' as const }, shows: [] }, click, /prepared/],
    ['a request that was refused', { issue: { ...issue, state: 'refused' as const }, shows: [] }, click, /ended/],
  ])('is refused for %s', (_what, showing, clicked, because) => {
    const decision = decideShow({ ...showing, certificates: [] }, clicked);
    expect(decision).toEqual({ allowed: false, because: expect.stringMatching(because) });
  });
});

describe('I did not get the key', () => {
  const again = { ...click, replaces: 'c1' };
  it('works for the requester within 30 minutes', () => {
    const decision = decideShow({ issue: doneIssue, shows: [show('done')], certificates: [shown] }, again);
    expect(decision).toEqual({ allowed: true, idempotencyKey: 'show:i:1' });
  });

  it.each([
    ['another person', {}, { ...again, actorId: 'UBOB' }, /Only the person/],
    ['more than 30 minutes later', {}, { ...again, now: minutes(25.1) }, /30 minutes/],
    [
      'a certificate replaced since',
      { certificates: [{ ...shown, state: 'revoked' as const }] },
      again,
      /replaced or revoked/,
    ],
    ['a certificate of another request', { certificates: [] }, again, /replaced or revoked/],
    ['the third time', { shows: [show('done'), show('done', 'a'), show('done', 'b')] }, again, /twice/],
    ['a click while another is on its way', { shows: [show('recorded', 'c1')] }, again, /on its way/],
  ])('is refused for %s', (_what, showing, clicked, because) => {
    const decision = decideShow(
      { issue: doneIssue, shows: [show('done')], certificates: [shown], ...showing },
      clicked,
    );
    expect(decision).toEqual({ allowed: false, because: expect.stringMatching(because) });
  });
});
