import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import type { AuditEvent, AuditLink } from '../store/rows.ts';

/** What the first link of every chain points back to. */
export const GENESIS = '0'.repeat(64);

/** What a link's hash is made over: everything the event says, its place and the hash before it. */
export type LinkContent = {
  account: string;
  sequence: number;
  previous: string;
  id: string;
  at: string;
  actor: string;
  action: string;
  /** Kind and id. */
  subject: readonly [string, string];
  details: Readonly<Record<string, unknown>>;
};

export function linkContent(event: AuditEvent, sequence: number, previousHash: string): LinkContent {
  return {
    account: event.accountId,
    sequence,
    previous: previousHash,
    id: event.id,
    at: event.at.toISOString(),
    actor: event.actorId,
    action: event.action,
    subject: [event.subjectKind, event.subjectId],
    details: event.details,
  };
}

/** The hash that binds an event to its place: SHA-256 over the canonical JSON (RFC 8785) of its content. */
export function linkHash(event: AuditEvent, sequence: number, previousHash: string): string {
  return hashOfText(canonicalJson(linkContent(event, sequence, previousHash)));
}

export function hashOfText(canonical: string): string {
  return createHash('sha256').update(canonical).digest('hex');
}

export type ChainFault = { sequence: number; fault: string };

/** Where a verification stands after the links seen so far. */
export type ChainPosition = { sequence: number; hash: string };

export const CHAIN_START: ChainPosition = { sequence: 0, hash: GENESIS };

/** Checks one link against the position before it. Returns the new position, or where and how the chain breaks. */
export function followLink(
  position: ChainPosition,
  link: AuditEvent & AuditLink,
): { position: ChainPosition } | { fault: ChainFault } {
  const expected = position.sequence + 1;
  const broken = (fault: string) => ({ fault: { sequence: expected, fault } });
  if (link.sequence !== expected) return broken(`event ${expected} is missing; the next one is ${link.sequence}`);
  if (link.previousHash !== position.hash) return broken(`event ${expected} does not follow the one before it`);
  if (linkHash(link, link.sequence, link.previousHash) !== link.hash) {
    return broken(`event ${expected} (${link.action}, ${link.id}) was changed after it was recorded`);
  }
  return { position: { sequence: expected, hash: link.hash } };
}
