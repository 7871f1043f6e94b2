import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../../core/canonical-json.ts';
import { fetchSnapshot } from '../../../../core/snapshot/fetch.ts';
import { parseHeader, type SignedHeader, type SnapshotHeader } from '../../../../core/snapshot/header.ts';
import { type DeltaMessage, parseMessage, writeMessage } from '../../../../core/snapshot/messages.ts';
import { parsePolicy } from '../../../../core/snapshot/policy.ts';
import { bucketHash } from '../../../../core/snapshot/serial-set.ts';
import {
  followSuccessors,
  openHeartbeat,
  signHeader,
  signHeartbeat,
  signSuccessor,
} from '../../../../core/snapshot/signed.ts';
import { acceptHeader, applyDelta, enforcedOf, type Snapshot } from '../../../../core/snapshot/snapshot.ts';
import { aDelta, aSigner, aSnapshot, breathe, POLICY } from '../../../support/snapshots.ts';

const signer = aSigner();
const trusted = { account: 'T0ACME', key: signer.publicKey };
const code = (what: string) => expect.objectContaining({ code: what });

describe('a delta', () => {
  test('brings the next version into force', async () => {
    const first = await aSnapshot(signer, ['0a']);
    const second = await applyDelta(first, await aDelta(signer, first, { added: ['0b'], removed: ['0a'] }), trusted);
    const { isRevoked, version } = enforcedOf(second);
    expect([version, isRevoked('a1', '0a'), isRevoked('a1', '0b'), isRevoked('a2', '0b')]).toEqual([
      2,
      false,
      true,
      false,
    ]);
    expect(enforcedOf(first).isRevoked('a1', '0a')).toBe(true);
  });

  test('is refused for every single field that is not as it was signed', async () => {
    const first = await aSnapshot(signer, ['0a']);
    const delta = await aDelta(signer, first, { added: ['0b'] });
    const header = parseHeader(delta.header) as SnapshotHeader;
    const forged: Partial<Record<keyof SnapshotHeader, SnapshotHeader>> = {
      account: { ...header, account: 'T0EVIL' },
      epoch: { ...header, epoch: 8 },
      version: { ...header, version: 3 },
      previous: { ...header, previous: 'f'.repeat(64) },
      issuedAt: { ...header, issuedAt: '2027-03-01T12:00:00.000Z' },
      policy: { ...header, policy: 'f'.repeat(64) },
      revocations: { ...header, revocations: {} },
      audit: { ...header, audit: { sequence: 1, hash: '1'.repeat(64) } },
    };
    expect(Object.keys(forged).sort()).toEqual(Object.keys(header).sort());
    for (const [field, value] of Object.entries(forged)) {
      const text = canonicalJson(value);
      await expect(applyDelta(first, { ...delta, header: text }, trusted), field).rejects.toEqual(code('unsigned'));
    }
    const signature = Buffer.from(delta.signature, 'base64');
    signature[5] = (signature[5] as number) ^ 1;
    await expect(applyDelta(first, { ...delta, signature: signature.toString('base64') }, trusted)).rejects.toEqual(
      code('unsigned'),
    );
    await expect(applyDelta(first, { ...delta, key: 'f'.repeat(16) }, trusted)).rejects.toEqual(code('unsigned'));
  });

  test('is refused when what it changes is not what was signed', async () => {
    const first = await aSnapshot(signer, ['0a']);
    const delta = await aDelta(signer, first, { added: ['0b'] });
    const [change] = delta.changes as [DeltaMessage['changes'][number]];
    const run = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
    const forged: DeltaMessage[] = [
      { ...delta, changes: [] },
      { ...delta, changes: [{ ...change, authority: 'a2' }] },
      { ...delta, changes: [{ ...change, added: run('010c') }] },
      { ...delta, changes: [{ ...change, added: run('010b010c') }] },
      { ...delta, changes: [{ ...change, removed: run('010a') }] },
      { ...delta, changes: [{ ...change, added: run('02') }] },
      { ...delta, changes: [{ ...change, bits: 1 }] },
      { ...delta, policy: canonicalJson({ ...POLICY, hosts: [] }) },
      { ...delta, policy: '{}' },
    ];
    for (const one of forged) await expect(applyDelta(first, one, trusted)).rejects.toEqual(code('corrupt'));
  });

  test('of another account, of another key, an older one and one out of turn are refused, however well signed', async () => {
    const first = await aSnapshot(signer, ['0a']);
    const second = await applyDelta(first, await aDelta(signer, first, { added: ['0b'] }), trusted);
    const foreign = await aDelta(signer, first, { added: ['0b'] }, { account: 'T0EVIL' });
    await expect(applyDelta(first, foreign, trusted)).rejects.toEqual(code('foreign'));
    await expect(applyDelta(first, await aDelta(aSigner(), first, {}), trusted)).rejects.toEqual(code('unsigned'));
    await expect(applyDelta(second, await aDelta(signer, first, { added: ['0b'] }), trusted)).rejects.toEqual(
      code('older'),
    );
    await expect(applyDelta(first, await aDelta(signer, first, {}, { version: 3 }), trusted)).rejects.toEqual(
      code('gap'),
    );
    await expect(applyDelta(first, await aDelta(signer, first, {}, { epoch: 8 }), trusted)).rejects.toEqual(
      code('gap'),
    );
    await expect(
      applyDelta(first, await aDelta(signer, first, {}, { previous: 'f'.repeat(64) }), trusted),
    ).rejects.toEqual(code('gap'));
  });
});

describe('a version that is fetched', () => {
  const chunksOf = ({ policyText, header, sets }: Snapshot) => {
    const chunks = new Map<string, Uint8Array>([[header.policy, Buffer.from(policyText)]]);
    for (const set of sets.values()) {
      chunks.set(set.root, set.manifest);
      for (const [index, { octets }] of set.buckets.entries()) chunks.set(bucketHash(set, index), octets);
    }
    return chunks;
  };

  test('is whole, and what is known is not fetched again', async () => {
    const snapshot = await aSnapshot(signer, ['0a', 'abcd']);
    const chunks = chunksOf(snapshot);
    const asked: string[] = [];
    const get = async (hash: string) => {
      asked.push(hash);
      return chunks.get(hash);
    };
    const fetched = await fetchSnapshot(snapshot.signed, snapshot.header, undefined, get, breathe);
    expect(enforcedOf(fetched).isRevoked('a1', 'abcd')).toBe(true);
    expect(asked).toHaveLength(3);
    await fetchSnapshot(snapshot.signed, snapshot.header, fetched, get, breathe);
    expect(asked).toHaveLength(3);
  });

  test('is refused when any chunk is missing, another, longer or shorter', async () => {
    const snapshot = await aSnapshot(signer, ['0a', 'abcd']);
    const chunks = chunksOf(snapshot);
    for (const [hash, octets] of chunks) {
      for (const forged of [
        undefined,
        Buffer.alloc(0),
        Buffer.concat([octets, Buffer.of(0)]),
        octets.subarray(1),
        Buffer.from(octets).fill(1, octets.length - 1),
      ]) {
        const get = async (asked: string) => (asked === hash ? forged : chunks.get(asked));
        await expect(fetchSnapshot(snapshot.signed, snapshot.header, undefined, get, breathe)).rejects.toEqual(
          code('corrupt'),
        );
      }
    }
  });
});

describe('a header', () => {
  const good = JSON.parse(signHeader(signer, { ...HEADER() }).header) as Record<string, unknown>;
  test.each([
    ['another spelling', (header: object) => `${canonicalJson(header)} `],
    ['a field too many', (header: object) => canonicalJson({ ...header, extra: 1 })],
    ['a field too few', ({ audit: _, ...header }: Record<string, unknown>) => canonicalJson(header)],
    ['a negative version', (header: object) => canonicalJson({ ...header, version: -1 })],
    [
      'a version beyond integers',
      (header: object) => canonicalJson(header).replace('"version":1', '"version":9007199254740993'),
    ],
    ['a field twice', (header: object) => canonicalJson(header).replace('{', '{"account":"T0ACME",')],
    [
      'too many authorities',
      (header: object) =>
        canonicalJson({
          ...header,
          revocations: Object.fromEntries(
            Array.from({ length: 1_001 }, (_, i) => [`a${i}`, { count: 0, root: '0'.repeat(64) }]),
          ),
        }),
    ],
    ['no JSON', () => 'no JSON'],
  ])('with %s is none, even if it is signed', (_what, spell) => {
    expect(parseHeader(canonicalJson(good))).toBeDefined();
    expect(parseHeader(spell(good))).toBeUndefined();
  });

  test('is not taken for a heartbeat, nor the other way round', () => {
    const heartbeat = { account: 'T0ACME', epoch: 7, version: 1, at: '2026-03-01T12:00:00.000Z' };
    const signed = signHeartbeat(signer, heartbeat);
    expect(openHeartbeat(signed, signer.publicKey)).toEqual(heartbeat);
    const asHeader: SignedHeader = { header: signed.text, signature: signed.signature, key: signed.key };
    expect(() => acceptHeader(asHeader, trusted, undefined)).toThrow();
    expect(openHeartbeat({ ...signed, text: signed.text.replace('1', '2') }, signer.publicKey)).toBeUndefined();
    const header = signHeader(signer, HEADER());
    expect(
      openHeartbeat({ text: header.header, signature: header.signature, key: header.key }, signer.publicKey),
    ).toBeUndefined();
  });
});

describe('a policy', () => {
  test.each([
    ['names an authority that is not there', { hosts: [{ hostname: 'a.example.com', authorities: ['a2'] }] }],
    ['names a hostname twice', { hosts: [POLICY.hosts[0], POLICY.hosts[0]] }],
    ['has an authority twice', { authorities: [POLICY.authorities[0], POLICY.authorities[0]] }],
    ['has a hostname in capitals', { hosts: [{ hostname: 'API.example.com', authorities: ['a1'] }] }],
    ['has a hostname with an end of line', { hosts: [{ hostname: 'a.example.com\n', authorities: ['a1'] }] }],
    ['has a hostname with a quotation mark', { hosts: [{ hostname: 'a".example.com', authorities: ['a1'] }] }],
    ['accepts no authority somewhere', { hosts: [{ hostname: 'a.example.com', authorities: [] }] }],
    [
      'has an action that is none',
      { rules: [{ number: 1, site: 'example.com', name: 'x', expression: 'x', action: 'allow', status: 403 }] },
    ],
    ['has a field too many', { extra: true }],
  ])('that %s is none', (_what, set) => {
    expect(parsePolicy(canonicalJson(POLICY))).toEqual(POLICY);
    expect(parsePolicy(canonicalJson({ ...POLICY, ...set }))).toBeUndefined();
  });
});

describe('feed keys', () => {
  const at = '2026-03-01T12:00:00.000Z';
  test('are followed from the pinned one along their words, and nowhere else', () => {
    const [first, second, third, evil] = [aSigner(), aSigner(), aSigner(), aSigner()];
    const word = (from: typeof first, to: typeof first, account = 'T0ACME', by = from) =>
      signSuccessor(by, { account, from: from.publicKey.text, to: to.publicKey.text, at });
    const follow = (...words: ReturnType<typeof word>[]) =>
      followSuccessors('T0ACME', first.publicKey, words).at(-1)?.text;
    expect(follow(word(first, second), word(second, third))).toBe(third.publicKey.text);
    expect(follow(word(second, third))).toBe(first.publicKey.text);
    expect(follow(word(first, evil, 'T0EVIL'))).toBe(first.publicKey.text);
    expect(follow(word(first, evil, 'T0ACME', evil))).toBe(first.publicKey.text);
    expect(follow({ ...word(first, evil), key: evil.publicKey.id })).toBe(first.publicKey.text);
  });
});

test('a line of the feed that is none is not taken for one', () => {
  expect(parseMessage(writeMessage({ type: 'idle' }))).toEqual({ type: 'idle' });
  for (const line of ['', '{}', 'null', '{"type":"idle","more":1}', '{"type":"other"}', '[', '{"type":"full"}']) {
    expect(parseMessage(line), line).toBeUndefined();
  }
});

function HEADER(): SnapshotHeader {
  return {
    account: 'T0ACME',
    epoch: 7,
    version: 1,
    previous: '',
    issuedAt: '2026-03-01T12:00:00.000Z',
    policy: '0'.repeat(64),
    revocations: {},
    audit: { sequence: 0, hash: '0'.repeat(64) },
  };
}
