import type { Store } from '../store/store.ts';
import { CHAIN_START, type ChainFault, followLink } from './chain.ts';

export type ChainReport = {
  accountId: string;
  /** Events found intact and in order. */
  intact: number;
  headHash: string;
  /** Committed events that the sequencer has not chained yet. */
  waiting: number;
  fault: ChainFault | undefined;
};

/** Reads an account's whole chain and recomputes every link. Holds 1,000 events in memory at a time. */
export async function verifyChain(store: Store, accountId: string): Promise<ChainReport> {
  let position = CHAIN_START;
  const report = (fault?: ChainFault, waiting = 0): ChainReport => ({
    accountId,
    intact: position.sequence,
    headHash: position.hash,
    waiting,
    fault,
  });
  for (;;) {
    const links = await store.auditChain(accountId, position.sequence, 1000);
    for (const link of links) {
      const step = followLink(position, link);
      if ('fault' in step) return report(step.fault);
      position = step.position;
    }
    if (links.length < 1000) break;
  }
  const head = await store.auditHead(accountId);
  if (head && (head.sequence !== position.sequence || head.hash !== position.hash)) {
    return report({
      sequence: position.sequence + 1,
      fault: `the chain ends at event ${position.sequence}, but its head says ${head.sequence}: events were cut off`,
    });
  }
  return report(undefined, (await store.countAuditEvents(accountId)) - position.sequence);
}
