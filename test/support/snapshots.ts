import { generateKeyPairSync } from 'node:crypto';
import { makeBreathe } from '../../core/breathe.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import { publicHalf } from '../../core/ed25519.ts';
import { hashHeader, type SnapshotHeader } from '../../core/snapshot/header.ts';
import type { DeltaMessage } from '../../core/snapshot/messages.ts';
import { hashPolicy, type Policy } from '../../core/snapshot/policy.ts';
import { buildSet, changeSet, packSerials, type SerialSet } from '../../core/snapshot/serial-set.ts';
import { type FeedSigner, signHeader } from '../../core/snapshot/signed.ts';
import { assembleSnapshot, type Snapshot } from '../../core/snapshot/snapshot.ts';

export const breathe = makeBreathe();

export function aSigner(): FeedSigner {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: publicHalf(privateKey) };
}

export const POLICY: Policy = {
  authorities: [{ id: 'a1', name: 'generation 1', certificate: 'MAA=' }],
  hosts: [{ hostname: 'api.example.com', authorities: ['a1'] }],
  rules: [],
  blockedFingerprints: [],
};

export const setOf = (...serials: string[]): Promise<SerialSet> => buildSet([packSerials(serials)], breathe);

/** A version of the account T0ACME with the authority a1. */
export async function aSnapshot(signer: FeedSigner, serials: readonly string[]): Promise<Snapshot> {
  const set = await setOf(...serials);
  const policyText = canonicalJson(POLICY);
  const header: SnapshotHeader = {
    account: 'T0ACME',
    epoch: 7,
    version: 1,
    previous: '',
    issuedAt: '2026-03-01T12:00:00.000Z',
    policy: hashPolicy(policyText),
    revocations: { a1: { count: set.count, root: set.root } },
    audit: { sequence: 0, hash: '0'.repeat(64) },
  };
  return assembleSnapshot(signHeader(signer, header), header, policyText, new Map([['a1', set]]));
}

/** The delta that adds and removes these serials. `set` changes its header before it is signed. */
export async function aDelta(
  signer: FeedSigner,
  from: Snapshot,
  { added = [], removed = [] }: { added?: string[]; removed?: string[] },
  set: Partial<SnapshotHeader> = {},
): Promise<DeltaMessage> {
  const before = from.sets.get('a1') as SerialSet;
  const changes = { bits: before.bits, added: packSerials(added), removed: packSerials(removed) };
  const after = await changeSet(before, changes, breathe);
  const header: SnapshotHeader = {
    ...from.header,
    version: from.header.version + 1,
    previous: hashHeader(from.signed.header),
    revocations: { a1: { count: after.count, root: after.root } },
    ...set,
  };
  const text = (run: Buffer) => run.toString('base64');
  return {
    type: 'delta',
    ...signHeader(signer, header),
    changes: [{ authority: 'a1', bits: changes.bits, added: text(changes.added), removed: text(changes.removed) }],
  };
}
