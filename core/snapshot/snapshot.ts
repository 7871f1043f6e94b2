import { type Breathe, makeBreathe } from '../breathe.ts';
import type { Ed25519PublicKey } from '../ed25519.ts';
import { comparePlaces, hashHeader, type Place, type SignedHeader, type SnapshotHeader } from './header.ts';
import type { DeltaMessage } from './messages.ts';
import { type Enforced, hashPolicy, type Policy, parsePolicy } from './policy.ts';
import { changeSet, emptySet, hasSerial, type SerialSet } from './serial-set.ts';
import { openHeader } from './signed.ts';

/** A version, whole and checked: everything in it is what its signed header says. */
export type Snapshot = {
  signed: SignedHeader;
  header: SnapshotHeader;
  policy: Policy;
  policyText: string;
  sets: ReadonlyMap<string, SerialSet>;
};

/** Why a version was not taken. `code` is for machines and counters. */
export class SnapshotRefused extends Error {
  readonly code: 'unsigned' | 'foreign' | 'older' | 'corrupt' | 'gap';
  constructor(code: SnapshotRefused['code'], message: string) {
    super(message);
    this.name = 'SnapshotRefused';
    this.code = code;
  }
}

/**
 * Checks a header before anything is fetched for it: signed by this key, of this account, and newer than what is there.
 * @throws SnapshotRefused
 */
export function acceptHeader(
  signed: SignedHeader,
  trusted: { account: string; key: Ed25519PublicKey },
  newerThan: Place | undefined,
): SnapshotHeader {
  const header = openHeader(signed, trusted.key);
  if (!header) throw new SnapshotRefused('unsigned', 'a version is not signed with the pinned feed key');
  if (header.account !== trusted.account) throw new SnapshotRefused('foreign', 'a version is of another account');
  if (newerThan && comparePlaces(header, newerThan) <= 0) {
    throw new SnapshotRefused('older', `version ${told(header)} is not newer than ${told(newerThan)}`);
  }
  return header;
}

/**
 * A whole version from its parts.
 * @throws SnapshotRefused `corrupt` when a part is not the one that the header names.
 */
export function assembleSnapshot(
  signed: SignedHeader,
  header: SnapshotHeader,
  policyText: string,
  sets: ReadonlyMap<string, SerialSet>,
): Snapshot {
  const policy = hashPolicy(policyText) === header.policy ? parsePolicy(policyText) : undefined;
  if (!policy) throw new SnapshotRefused('corrupt', 'the policy is not the one that was signed');
  checkSets(header, policy, sets);
  return { signed, header, policy, policyText, sets };
}

/**
 * The next version: the changes applied, and the result compared with what its header says.
 * @throws SnapshotRefused `gap` when it does not follow this one, `corrupt` when the result is another.
 */
export async function applyDelta(
  current: Snapshot,
  delta: DeltaMessage,
  trusted: { account: string; key: Ed25519PublicKey },
  breathe: Breathe = makeBreathe(),
): Promise<Snapshot> {
  const header = acceptHeader(delta, trusted, current.header);
  const follows =
    header.epoch === current.header.epoch &&
    header.version === current.header.version + 1 &&
    header.previous === hashHeader(current.signed.header);
  if (!follows) throw new SnapshotRefused('gap', `version ${told(header)} does not follow ${told(current.header)}`);

  const policyText = delta.policy ?? current.policyText;
  const policy = policyText === current.policyText ? current.policy : parsePolicy(policyText);
  if (!policy || (policy !== current.policy ? hashPolicy(policyText) : current.header.policy) !== header.policy) {
    throw new SnapshotRefused('corrupt', 'the policy is not the one that was signed');
  }
  const sets = new Map<string, SerialSet>();
  const changes = new Map(delta.changes.map((change) => [change.authority, change]));
  for (const { id } of policy.authorities) {
    const before = current.sets.get(id) ?? emptySet;
    const change = changes.get(id);
    sets.set(id, change ? await changed(before, change, breathe) : before);
  }
  checkSets(header, policy, sets);
  const { signature, key } = delta;
  return { signed: { header: delta.header, signature, key }, header, policy, policyText, sets };
}

async function changed(
  before: SerialSet,
  { bits, added, removed }: DeltaMessage['changes'][number],
  breathe: Breathe,
): Promise<SerialSet> {
  try {
    const runs = { bits, added: Buffer.from(added, 'base64'), removed: Buffer.from(removed, 'base64') };
    return await changeSet(before, runs, breathe);
  } catch (error) {
    throw new SnapshotRefused('corrupt', `changes cannot be applied: ${(error as Error).message}`);
  }
}

/** The authorities of the policy and of the revocations are the same, and each set is the one that was signed. */
function checkSets(header: SnapshotHeader, policy: Policy, sets: ReadonlyMap<string, SerialSet>): void {
  const named = Object.keys(header.revocations).length;
  const right = policy.authorities.every(({ id }) => {
    const signed = Object.hasOwn(header.revocations, id) ? header.revocations[id] : undefined;
    const set = sets.get(id);
    return signed !== undefined && set !== undefined && set.root === signed.root && set.count === signed.count;
  });
  if (!right || named !== policy.authorities.length || sets.size !== named) {
    throw new SnapshotRefused('corrupt', 'the revocations are not the ones that were signed');
  }
}

/** With the lists themselves, for edges that hand them on to another program. */
export type EnforcedLists = Enforced & { sets: ReadonlyMap<string, SerialSet> };

/** What is asked for each request. */
export function enforcedOf({ header, policy, sets }: Snapshot): EnforcedLists {
  return {
    epoch: header.epoch,
    version: header.version,
    policy,
    sets,
    isRevoked: (authorityId, serial) => {
      const set = sets.get(authorityId);
      return set !== undefined && hasSerial(set, serial);
    },
  };
}

export function told({ epoch, version }: Place): string {
  return `${epoch}.${version}`;
}
