import { canonicalJson } from '../canonical-json.ts';
import type { Approval } from '../store/rows.ts';

/** A row as it was when somebody was asked to approve changing it. */
export type Target = Approval['targets'][number];

/** Everything that an approval is about. What is not in here could be changed behind the approver's back. */
export type ApprovedContent = {
  accountId: string;
  requestId: string;
  kind: string;
  payload: Readonly<Record<string, unknown>>;
  targets: readonly Target[];
  expiresAt: Date;
};

/**
 * The hash of what is approved: SHA-256 over canonical JSON (RFC 8785). It is made when the card is posted, held in
 * its buttons, and made again from the rows as they are then in the transaction that carries the request out.
 * @param sha256 of UTF-8 text, in hexadecimal.
 */
export function approvalHash(content: ApprovedContent, sha256: (text: string) => string): string {
  const { accountId, requestId, kind, payload, expiresAt } = content;
  const targets = content.targets.map(({ table, id, version }) => [table, id, version]);
  return sha256(
    canonicalJson({ account: accountId, requestId, kind, payload, targets, expires: expiresAt.toISOString() }),
  );
}
