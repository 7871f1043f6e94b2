/**
 * What needs a second person, by default all of it (DESIGN section 8). An account can take single gates off the table
 * in `/mtls settings`, which itself passes the gate `four_eyes`.
 */
export const GATES = {
  revoke: 'Final revocation',
  release: 'Release of a suspended certificate',
  ca_rotate: 'New generation of the authority',
  roles: 'Changes of roles and approvers',
  four_eyes: 'Changes of four eyes, channels and guarded sites',
  key_delivery: 'Changes of the key delivery',
  issue_beyond: 'Long validity and guarded sites',
  unbind: 'Taking hostnames away from an authority',
  ca_upload: 'Upload of a custom CA',
  ca_bind: 'Binding hostnames to a custom CA',
  ca_unblock: 'Lifting blocks and revocations of a custom CA',
  key_create: 'API keys that may write',
  api_request: 'What an API key asks for that does not act alone',
  edge_add: 'Credentials of edges',
  rule_weaken: 'Switching off, deleting or weakening a rule',
} as const;

export type Gate = keyof typeof GATES;
export const GATE_NAMES = Object.keys(GATES) as [Gate, ...Gate[]];

export function isGate(text: string): text is Gate {
  return Object.hasOwn(GATES, text);
}
