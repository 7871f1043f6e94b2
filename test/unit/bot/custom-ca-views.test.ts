import { describe, expect, it } from 'vitest';
import { withCustomCas } from '../../../bot/commands/ca.ts';
import { parseCommand } from '../../../bot/parse.ts';
import { buildDeleteView } from '../../../bot/views/custom-ca/delete.ts';
import { buildCustomCaList, buildWhich } from '../../../bot/views/custom-ca/list.ts';
import { type CustomCa, type CustomCas, meantCustomCas } from '../../../bot/views/custom-ca/load.ts';
import { buildUploadView } from '../../../bot/views/custom-ca/view.ts';
import type { UploadedAuthority } from '../../../core/store/rows.ts';
import { assertMessage, assertView } from '../../../sandbox/blockkit/assert.ts';
import { customCaReminder } from '../../../worker/delivery/messages/custom-ca-reminder.ts';
import { authority } from '../../fixtures/ca/certificates.ts';
import { contentOf } from '../../support/acts.ts';

const now = new Date('2026-06-01T00:00:00Z');
const MONSTROUS = '𝕬`*_~<!channel>&'.repeat(4);
const LONGEST_HOST = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(50)}.example`;

const aCa = (name: string, set: Partial<CustomCa> = {}): CustomCa => ({
  authority: {
    id: '7b4c1f0e-0000-4000-8000-000000000000',
    siteId: 's',
    name,
    certificate: Buffer.from(authority.certificateDer),
    fingerprint: 'ab'.repeat(32),
    notBefore: authority.notBefore,
    notAfter: authority.notAfter,
    createdBy: 'U0ADA',
    createdAt: now,
    deletedAt: null,
  } as UploadedAuthority,
  siteName: 'example.com',
  hostnames: [],
  crl: undefined,
  blocks: 0,
  ...set,
});

const cas = (all: CustomCa[]): CustomCas => ({
  caller: {} as never,
  all,
  limit: 50,
  may: { upload: true, delete: true, bind: true, revoke: true },
  now,
});

const many = Array.from({ length: 50 }, (_, i) =>
  aCa(`${MONSTROUS}${i}`, { siteName: LONGEST_HOST, hostnames: Array(50).fill(LONGEST_HOST) }),
);

describe('what is said of custom CAs', () => {
  it('keeps the limits of Slack with as many as there can be, and formats nothing that is data', () => {
    const authorities = { text: 'The authority.', blocks: [] };
    const reminder = customCaReminder(
      many.map(({ authority: one, hostnames }) => ({ authority: one, siteName: LONGEST_HOST, hostnames })),
      now,
    );
    const messages = [
      buildCustomCaList(cas(many)),
      buildCustomCaList(cas([])),
      buildWhich(cas(many), many, 'delete'),
      buildWhich(cas(many), many, 'bind'),
      withCustomCas(authorities, cas(many)),
      withCustomCas(authorities, cas([])),
      reminder,
    ];
    for (const message of messages) {
      assertMessage(message);
      expect(JSON.stringify(message.blocks).length).toBeLessThan(40_000);
      const mrkdwn = JSON.stringify(message, (key, value) => (key === 'accessibility_label' ? undefined : value));
      expect(mrkdwn).not.toContain('<!channel>');
      const characters = message.blocks.reduce(
        (sum, block) => sum + (block.type === 'section' ? (block.text?.text.length ?? 0) : 0),
        0,
      );
      expect(characters).toBeLessThan(13_000);
    }
  });

  it('keeps them in forms and questions', () => {
    assertView(buildUploadView({ sites: [{ id: 's', name: LONGEST_HOST }], places: { used: 49, limit: 50 } }));
    const sites = Array.from({ length: 101 }, (_, i) => ({ id: `s${i}`, name: `s${i}.example` }));
    assertView(buildUploadView({ sites, places: { used: 0, limit: 5 } }));
    assertView(buildDeleteView(many[0] as CustomCa));
  });
});

describe('which one is meant', () => {
  const all = cas([aCa('Plant CA'), aCa('Plant CA 2'), aCa('Office')]);
  const namesOf = (typed: string) => meantCustomCas(all, typed).map(({ authority: { name } }) => name);

  it.each([
    ['', ['Plant CA', 'Plant CA 2', 'Office']],
    ['plant  ca', ['Plant CA']],
    ['PLANT', ['Plant CA', 'Plant CA 2']],
    ['ca 2', ['Plant CA 2']],
    ['ab:ab:ab:ab', ['Plant CA', 'Plant CA 2', 'Office']],
  ])('%j means %j', (typed, names) => expect(namesOf(typed)).toEqual(names));

  it('is nobody by a name that none has', () => {
    expect(() => namesOf('attic')).toThrow(/no custom CA `attic`/);
  });
});

it.each([
  ['ca upload', { kind: 'ca_upload' }],
  ['ca up', { kind: 'ca_upload' }],
  ['ca list', { kind: 'ca_list' }],
  ['ca show Plant CA', { kind: 'ca_show', which: 'Plant CA' }],
  ['ca bind', { kind: 'ca_bind', which: '' }],
  ['CA Delete  Plant', { kind: 'ca_delete', which: 'Plant' }],
  ['ca show', { kind: 'ca' }],
  ['ca', { kind: 'ca' }],
])('/mtls %s is read', (typed, command) => expect(parseCommand(typed)).toEqual(command));

it('a reminder of one that was deleted since asks for nothing any more', () => {
  const { authority: one } = aCa('Plant CA');
  const message = customCaReminder(
    [{ authority: { ...one, deletedAt: now }, siteName: 'example.com', hostnames: [] }],
    now,
  );
  expect(contentOf(message)).toMatch(/has been deleted since/);
});
