import type { Breathe } from '../../../core/breathe.ts';
import { type Ed25519PublicKey, parsePublicKey } from '../../../core/ed25519.ts';
import { fetchSnapshot } from '../../../core/snapshot/fetch.ts';
import type { SignedHeader } from '../../../core/snapshot/header.ts';
import { parseMessage } from '../../../core/snapshot/messages.ts';
import { acceptHeader, applyDelta, type Snapshot } from '../../../core/snapshot/snapshot.ts';
import type { FeedKey, Snapshot as SnapshotRow } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';

const OCTETS_AT_ONCE = 1024 * 1024;

/**
 * The newest version of an account as it was published, from its base and the deltas since, checked as an edge checks
 * them. Throws when anything is missing or wrong: then it is made anew.
 */
export async function loadSnapshot(
  store: Store,
  row: SnapshotRow,
  keys: readonly FeedKey[],
  breathe: Breathe,
): Promise<Snapshot> {
  const accountId = row.id;
  const trustedFor = ({ key }: SignedHeader) => ({ account: accountId, key: keyOf(keys, key) });
  const header = acceptHeader(row.baseHeader, trustedFor(row.baseHeader), undefined);
  let snapshot = await fetchSnapshot(
    row.baseHeader,
    header,
    undefined,
    (hash) => store.snapshotChunk(accountId, hash),
    breathe,
  );
  for (;;) {
    const { epoch, version } = snapshot.header;
    if (epoch === row.epoch && version === row.snapshot) return snapshot;
    const lines = await store.snapshotLines(accountId, { epoch, snapshot: version }, OCTETS_AT_ONCE);
    if (lines.length === 0) throw new Error('a version is missing');
    for (const { message } of lines) {
      const delta = parseMessage(message);
      if (delta?.type !== 'delta') throw new Error('a version is no delta');
      snapshot = await applyDelta(snapshot, delta, trustedFor(delta), breathe);
    }
  }
}

function keyOf(keys: readonly FeedKey[], id: string): Ed25519PublicKey {
  const key = keys.map(({ publicKey }) => parsePublicKey(publicKey)).find((one) => one?.id === id);
  if (!key) throw new Error('a version was signed with another key');
  return key;
}
