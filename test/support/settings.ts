import type { Payload } from '../../core/requests/contracts.ts';
import type { RoleGrant } from '../../core/store/rows.ts';

/** What `/mtls settings` asks for in an account of `anAccount` with the roles of the worker's rig. */
export function someSettings(set: Partial<Payload<'settings'>> = {}): Payload<'settings'> {
  return {
    seenVersion: 1,
    administrators: ['U0ADA'],
    operators: ['U0ALICE'],
    approvers: [],
    viewers: [],
    auditChannel: 'C0AUDIT',
    approvalChannel: 'C0APPROVE',
    defaultValidityDays: 365,
    longValidityDays: 1825,
    fourEyes: true,
    openGates: [],
    guardedSites: [],
    keyDelivery: 'message',
    reminderDays: [30, 14, 7, 2],
    uploadedLimit: 5,
    ...set,
  };
}

/** The grant of an approver who can decide about anybody's requests from the start. */
export function anApprover(userId: string, grantedAt: Date): RoleGrant {
  const given = { grantedBy: 'U0ADA', grantedAt, duringSetup: true };
  return { id: `${userId}-approver`, accountId: 'T0ACME', userId, role: 'approver', ...given };
}
