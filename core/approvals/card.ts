/**
 * What an approver is shown, fixed when the card is posted. Everything is mrkdwn whose data has been escaped, and none
 * of it is secret.
 */
export type Card = {
  /** What is to be done, beginning with a verb: `Revoke *device-1* for example.com`. */
  what: string;
  /** The same without formatting, for notifications and screen readers. */
  plain: string;
  /** Label and value, at most ten. */
  facts: readonly (readonly [string, string])[];
  /** Why, in the requester's words; empty where nothing was said. */
  because: string;
  /** What is known about use; null where use says nothing about it. */
  evidence: string | null;
  /** What happens when it is approved, and what if it was wrong. */
  risk: string;
};
