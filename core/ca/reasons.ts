/**
 * The revocation reasons of RFC 5280 5.3.1 that this product uses: a closed set. What is offered to a person is said
 * in plain words; cACompromise (2), aACompromise (10), removeFromCRL (8) and the unassigned 7 are never used.
 */
export const REASON_CODES = {
  /** Expressed by leaving the extension out, never by 0. */
  unspecified: undefined,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
} as const;

export type ReasonName = keyof typeof REASON_CODES;
/** A reason that cannot be undone. */
export type RevocationReason = Exclude<ReasonName, 'certificateHold'>;

/** What a person chooses from, in the order it is offered. */
export const OFFERED_REASONS = {
  keyCompromise: 'Key leaked or device lost',
  superseded: 'Replaced by a new certificate',
  cessationOfOperation: 'Device or service retired',
  affiliationChanged: 'Person or team left',
  privilegeWithdrawn: 'Access withdrawn',
  unspecified: 'No reason given',
} as const satisfies Record<RevocationReason, string>;

export const OFFERED_REASON_NAMES = Object.keys(OFFERED_REASONS) as [RevocationReason, ...RevocationReason[]];

/** The words for a stored reason. */
export function reasonText(reason: string | null): string {
  if (reason === 'certificateHold') return 'Suspended';
  return Object.hasOwn(OFFERED_REASONS, reason ?? '')
    ? OFFERED_REASONS[reason as RevocationReason]
    : OFFERED_REASONS.unspecified;
}
