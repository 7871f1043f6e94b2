import { insert, type Plan, remove, update } from '../store/plan.ts';
import type { AuditEvent, AuditHead } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { checkpointDue } from './anchoring.ts';
import { GENESIS, linkHash } from './chain.ts';

const AT_ONCE = 200;

/**
 * Puts committed events into their account's chain, in the order of their commit, until none is left. Any number of
 * workers may run this at once: the head's version and the unique sequence number let one of them win each step.
 * @returns how many were chained by this call.
 */
export async function sequenceEvents(store: Store): Promise<number> {
  let chained = 0;
  for (;;) {
    const pending = await store.pendingAuditEvents(AT_ONCE);
    if (pending.length === 0) return chained;
    for (const [accountId, events] of byAccount(pending)) {
      const head = await store.auditHead(accountId);
      const committed = await store.commit(planLinks(accountId, events, head));
      // Another worker was faster: what is left is read again.
      if (committed.ok) chained += events.length;
    }
  }
}

function planLinks(accountId: string, events: readonly AuditEvent[], head: AuditHead | undefined): Plan {
  let { sequence, hash } = head ?? { sequence: 0, hash: GENESIS };
  const links = events.flatMap((event) => {
    const previousHash = hash;
    sequence += 1;
    hash = linkHash(event, sequence, previousHash);
    return [
      insert('auditLinks', { id: event.id, accountId, sequence, previousHash, hash }),
      remove('auditPending', event.id),
    ];
  });
  const checkpointAt = checkpointDue(head, events);
  const newHead = head
    ? update('auditHeads', head, { sequence, hash, checkpointAt })
    : insert('auditHeads', { id: accountId, sequence, hash, signed: 0, checkpointAt, version: 1 });
  return [...links, newHead];
}

function byAccount(events: readonly AuditEvent[]): Map<string, AuditEvent[]> {
  const groups = new Map<string, AuditEvent[]>();
  for (const event of events) groups.set(event.accountId, [...(groups.get(event.accountId) ?? []), event]);
  return groups;
}
