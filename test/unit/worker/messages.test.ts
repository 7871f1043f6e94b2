import { describe, expect, it } from 'vitest';
import { ACTIONS_TOLD } from '../../../core/audit/events.ts';
import { makeKeyPair } from '../../../core/ca/keys.ts';
import { fileName } from '../../../core/file-name.ts';
import { parseRequest } from '../../../core/requests/contracts.ts';
import type { SlackMessage } from '../../../core/slack/blocks.ts';
import type { Certificate, Request } from '../../../core/store/rows.ts';
import { assertMessage } from '../../../sandbox/blockkit/assert.ts';
import { auditMessage } from '../../../worker/delivery/messages/audit.ts';
import { issueMessage } from '../../../worker/delivery/messages/issue.ts';
import { keyMessage } from '../../../worker/delivery/messages/key.ts';
import { requestMessage } from '../../../worker/delivery/messages/request.ts';
import { aCertificate, anAuditEvent, aRequest } from '../../support/rows.ts';

const now = new Date('2026-03-01T12:05:00Z');
const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
const MONSTROUS = '𝕬'.repeat(20) + '`*_~<!channel>&'.repeat(2) + '‏مرحبا😀'.repeat(2);

function draw(set: Partial<Request>, rest: { shows?: Request[]; certificates?: Certificate[] } = {}) {
  const issue = parseRequest('issue', aRequest(set));
  return issueMessage(issue, 'example.com', { shows: rest.shows ?? [], certificates: rest.certificates ?? [] }, now);
}

const actionIds = (message: SlackMessage) =>
  message.blocks.flatMap((block) =>
    block.type === 'actions' ? block.elements.map((element) => ('action_id' in element ? element.action_id : '')) : [],
  );
const everything = (message: SlackMessage) => JSON.stringify(message);

describe('the lasting message of a certificate request', () => {
  const payload = { method: 'system', siteId: 's', name: MONSTROUS, keyType: 'rsa-4096', validityDays: 3650 };
  const shown = aCertificate({ id: 'c', state: 'active', shownAt: at(-5), name: MONSTROUS });

  it('offers Show once while it waits', () => {
    const { message, refreshAt } = draw({ state: 'waiting' });
    assertMessage(message);
    expect(actionIds(message)).toEqual(['show_once']);
    expect(refreshAt).toBeNull();
  });

  it('says what went wrong with the last showing', () => {
    const shows = [
      aRequest({ kind: 'show', state: 'failed', outcome: { code: 'unclear', message: 'Slack was silent.' } }),
    ];
    const { message } = draw({ state: 'waiting' }, { shows });
    assertMessage(message);
    expect(everything(message)).toContain('Slack was silent.');
  });

  it('shows serial, fingerprint and validity once shown, and offers the way out for half an hour', () => {
    const { message, refreshAt } = draw({ state: 'done', payload }, { certificates: [shown] });
    assertMessage(message);
    expect(actionIds(message)).toEqual(['not_received']);
    expect(everything(message)).toContain('4f:00:11:22');
    expect(refreshAt).toEqual(at(25));
  });

  it('draws no dead button: not after half an hour, not after two replacements, not when revoked', () => {
    const late = { ...shown, shownAt: at(-30) };
    const twice = [1, 2].map(() => aRequest({ kind: 'show', state: 'done', payload: { issueId: 'i', replaces: 'x' } }));
    for (const rest of [
      { certificates: [late] },
      { certificates: [shown], shows: twice },
      { certificates: [{ ...shown, state: 'revoked' as const }] },
    ]) {
      const { message, refreshAt } = draw({ state: 'done', payload }, rest);
      assertMessage(message);
      expect(actionIds(message)).toEqual([]);
      expect(refreshAt).toBeNull();
    }
  });

  it.each(['recorded', 'refused', 'failed', 'expired'] as const)('is one sentence when %s', (state) => {
    const { message } = draw({ state, payload, outcome: { code: 'x', message: 'm'.repeat(5000) } });
    assertMessage(message);
    expect(actionIds(message)).toEqual([]);
  });

  it('never lets a name format, mention or link', () => {
    const { message } = draw({ state: 'waiting', payload });
    assertMessage(message);
    expect(everything(message)).not.toContain('<!channel>');
  });
});

describe('the message with the key', () => {
  it.each(['ec-p256', 'rsa-4096'] as const)(
    'keeps the limits with %s, and its notification says nothing secret',
    async (keyType) => {
      const { privateKeyPkcs8Pem } = await makeKeyPair(keyType);
      const certificatePem = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(2600)}\n-----END CERTIFICATE-----\n`;
      const message = keyMessage({
        issueId: 'i',
        name: MONSTROUS,
        site: 'example.com',
        certificatePem,
        privateKeyPem: privateKeyPkcs8Pem,
      });
      assertMessage(message);
      expect(everything(message)).toContain(JSON.stringify(privateKeyPkcs8Pem).slice(1, -1));
      expect(message.text).not.toContain('PRIVATE KEY');
    },
  );
});

describe('the audit channel', () => {
  it.each(Object.keys(ACTIONS_TOLD))('tells %s within the limits', (action) => {
    for (const details of [
      {},
      { site: 'example.com', name: MONSTROUS, serial: 'ab'.repeat(16), note: 'n'.repeat(10_000) },
    ]) {
      const message = auditMessage(anAuditEvent({ action, details }));
      assertMessage(message);
      expect(message.text).toContain('<@U0ADA>');
    }
  });

  it('says who, what, when and the serial', () => {
    const details = { serial: '4f00', name: 'alice-laptop', site: 'example.com', owner: 'U0ALICE' };
    const told = everything(auditMessage(anAuditEvent({ action: 'certificate.issued', details })));
    for (const part of ['<@U0ADA>', 'alice-laptop', '4f:00', '<!date^', 'certificate.issued'])
      expect(told).toContain(part);
  });
});

describe('the message about a late answer', () => {
  it.each(['site_add', 'site_remove', 'settings'] as const)('tells %s', (kind) => {
    const message = requestMessage(
      aRequest({ kind, state: 'done', outcome: { code: 'x', message: 'It is done.' } }),
      undefined,
    );
    assertMessage(message);
    expect(message.text).toContain('It is done.');
  });
});

describe('a file name', () => {
  it.each([
    ['alice-laptop', 'alice-laptop'],
    ['Alice’s Phone; rm -rf /', 'alice-s-phone-rm-rf'],
    ['😀', 'client'],
    ['$(id)', 'id'],
  ])('of %s is %s', (name, file) => expect(fileName(name)).toBe(file));
});
