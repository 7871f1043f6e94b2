import { describe, expect, it } from 'vitest';
import { HISTORY_ROWS, historyLine, readPlace } from '../../../bot/views/certificate/history.ts';
import { readCertificateState } from '../../../bot/views/certificate/load.ts';
import { buildCertificateView, type CertificateModel } from '../../../bot/views/certificate/view.ts';
import { assertView } from '../../../sandbox/blockkit/assert.ts';
import { aCertificate, anAuditEvent } from '../../support/rows.ts';

const NOW = new Date('2026-06-01T12:00:00Z');
const PEM = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(1200)}\n-----END CERTIFICATE-----\n`;

const model = (set: Partial<CertificateModel> = {}): CertificateModel => ({
  certificate: aCertificate(),
  subject: 'CN=alice-laptop,O=example.com',
  pem: PEM,
  possible: { renew: true, revoke: true, release: false },
  changedBy: undefined,
  effect: '',
  evidence: 'No edge has ever seen it.',
  renews: undefined,
  renewedBy: undefined,
  history: { events: [anAuditEvent({ action: 'certificate.issued' })], older: undefined, isOlder: false },
  metadata: '{"id":"x"}',
  now: NOW,
  ...set,
});
const text = (set: Partial<CertificateModel>) => JSON.stringify(buildCertificateView(model(set)).blocks);

describe('one certificate', () => {
  it('shows everything that identifies it, and its public part', () => {
    const shown = text({});
    for (const part of [
      'alice-laptop',
      'example.com',
      '<@U0ALICE>',
      '4f:00:11',
      'cd'.repeat(32),
      'CN=alice-laptop',
      'BEGIN CERTIFICATE',
      'No edge',
      'was issued',
    ]) {
      expect(shown).toContain(part);
    }
  });

  it('says who suspended or revoked it, why, and since when its key was known', () => {
    expect(text({ certificate: aCertificate({ state: 'held', heldAt: NOW }), changedBy: 'U0BOB' })).toContain(
      'Suspended by <@U0BOB>',
    );
    const revoked = aCertificate({
      state: 'revoked',
      revokedAt: NOW,
      revocationReason: 'keyCompromise',
      invalidityAt: NOW,
    });
    const shown = text({ certificate: revoked, changedBy: 'U0BOB', effect: 'In the CRL since a moment.' });
    expect(shown).toContain('Revoked by <@U0BOB> for good: Key leaked or device lost.');
    expect(shown).toContain('may have been known to others since');
    expect(shown).toContain('In the CRL since a moment.');
  });

  it('offers what is possible, and leads to what it renews and is renewed by', () => {
    const shown = text({
      possible: { renew: false, revoke: false, release: false },
      renewedBy: aCertificate({ name: 'next' }),
      renews: aCertificate({ name: 'before' }),
    });
    expect(shown).not.toMatch(/open_renew|open_revoke|open_release/);
    expect(shown).toContain('Renewed by');
    expect(shown).toContain('next');
    expect(text({ pem: 'x'.repeat(3000) })).not.toContain('xxxx');
  });

  it('tells an event in one line: who, what and why', () => {
    const event = anAuditEvent({
      action: 'certificate.revoked',
      actorId: 'U0BOB',
      details: { reason: 'superseded', why: 'a <new> one\n*x*' },
    });
    expect(historyLine(event)).toMatch(
      /<@U0BOB> had a certificate revoked \(Replaced by a new certificate\): a &lt;new&gt; one \*x\*/,
    );
    expect(historyLine(anAuditEvent({ actorId: 'system', action: 'made.up<>' }))).toContain(
      'Countersign made.up&lt;&gt;',
    );
  });

  it.each(['x'.repeat(300), '💥'.repeat(100), '<!channel>&*_`~'.repeat(30)])(
    'is a view that Slack takes, whatever it holds: %s',
    (monster) => {
      const event = anAuditEvent({
        action: 'certificate.revoked',
        details: { reason: 'keyCompromise', why: monster.repeat(20) },
      });
      assertView(
        buildCertificateView(
          model({
            certificate: aCertificate({
              name: monster,
              siteName: monster,
              state: 'held',
              heldAt: NOW,
              keyAlgorithm: monster,
            }),
            subject: monster.repeat(5),
            pem: 'x'.repeat(2_900),
            possible: { renew: true, revoke: true, release: true },
            changedBy: 'U0BOB',
            effect: monster,
            evidence: monster,
            renews: aCertificate({ name: monster }),
            renewedBy: aCertificate({ name: monster }),
            history: { events: Array.from({ length: HISTORY_ROWS }, () => event), older: [1, 2], isOlder: true },
          }),
        ),
      );
    },
  );

  it('reads nothing but what was written into it', () => {
    expect(readPlace('1780000000000:42')).toEqual([1780000000000, 42]);
    for (const value of ['', '1', '1:2:3', 'a:b', '-1:2', '1e5:2', `${'9'.repeat(20)}:1`])
      expect(readPlace(value)).toBeUndefined();
    expect(readCertificateState('{"id":"x","before":[1,2]}')).toEqual({ id: 'x', before: [1, 2] });
    for (const value of ['', '{}', '{"id":1}', '{"id":"x","y":1}', '{"id":"x","before":["1"]}'])
      expect(readCertificateState(value)).toBeUndefined();
  });
});
