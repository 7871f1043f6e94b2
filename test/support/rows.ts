import { randomBytes, randomUUID } from 'node:crypto';
import { makeSiteNumber } from '../../core/sites/number.ts';
import type { AccessKey, Account, Approval, AuditEvent, Certificate, Request, Site } from '../../core/store/rows.ts';

/** Rows with everything filled in, for tests that are about one or two of their columns. */
const START = new Date('2026-03-01T12:00:00Z');

export function anAccount(set: Partial<Account> = {}): Account {
  return {
    id: 'T0ACME',
    auditChannel: null,
    approvalChannel: null,
    defaultValidityDays: 365,
    maxValidityDays: 3650,
    fourEyes: true,
    openGates: [],
    longValidityDays: 1825,
    keyDelivery: 'message',
    reminderDays: [30, 14, 7, 2],
    uploadedLimit: 5,
    createdAt: START,
    version: 1,
    ...set,
  };
}

const siteNumber = () => makeSiteNumber(randomBytes);

export function aSite(set: Partial<Site> = {}): Site {
  return {
    id: randomUUID(),
    accountId: 'T0ACME',
    name: 'example.com',
    number: siteNumber(),
    state: 'active',
    guarded: false,
    createdBy: 'U0ADA',
    createdAt: START,
    version: 1,
    ...set,
  };
}

export function aRequest(set: Partial<Request> = {}): Request {
  return {
    id: randomUUID(),
    accountId: 'T0ACME',
    actorId: 'U0ALICE',
    kind: 'issue',
    payload: { method: 'system', siteId: 's', name: 'alice-laptop', keyType: 'ec-p256', validityDays: 365 },
    idempotencyKey: randomUUID(),
    contentHash: null,
    state: 'recorded',
    parentId: null,
    deadlineAt: new Date(START.getTime() + 3_600_000),
    sealed: null,
    outcome: null,
    attempts: 0,
    nextAttemptAt: START,
    leaseUntil: null,
    createdAt: START,
    endedAt: null,
    version: 1,
    ...set,
  };
}

export function aCertificate(set: Partial<Certificate> = {}): Certificate {
  return {
    id: randomUUID(),
    accountId: 'T0ACME',
    authorityId: 'a',
    serial: '4f00112233445566778899aabbccddee',
    siteId: 's',
    siteName: 'example.com',
    requestId: 'i',
    madeBy: 'i',
    ownerId: 'U0ALICE',
    name: 'alice-laptop',
    keyAlgorithm: 'ECDSA P-256',
    spkiSha256: 'ab'.repeat(32),
    shard: 1,
    state: 'active',
    tbs: Buffer.from([0x30, 0]),
    certificate: null,
    fingerprint: 'cd'.repeat(32),
    notBefore: START,
    notAfter: new Date(START.getTime() + 365 * 86_400_000),
    shownAt: null,
    heldAt: null,
    holdOrigin: null,
    deletedAt: null,
    revokedAt: null,
    revocationReason: null,
    invalidityAt: null,
    renewsId: null,
    createdAt: START,
    version: 1,
    ...set,
  };
}

export function anAuditEvent(set: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: randomUUID(),
    accountId: 'T0ACME',
    at: START,
    actorId: 'U0ADA',
    action: 'site.added',
    subjectKind: 'site',
    subjectId: 's',
    details: { site: 'example.com' },
    ...set,
  };
}

export function anAccessKey(set: Partial<AccessKey> = {}): AccessKey {
  const id = randomUUID();
  return {
    id,
    accountId: 'T0ACME',
    name: `key-${id.slice(0, 8)}`,
    accessKeyId: `LTAI${id.replaceAll('-', '')}`,
    sealedSecret: null,
    siteIds: null,
    access: 'write',
    groups: ['sites', 'certificates', 'hostnames', 'authorities', 'rules'],
    mode: 'alone',
    state: 'active',
    requestId: 'k',
    createdBy: 'U0ADA',
    createdAt: START,
    shownAt: START,
    endedAt: null,
    version: 1,
    ...set,
  };
}

/** That somebody has agreed to an access key when it was made: without that none acts alone. */
export function anAgreement({ accountId, requestId }: Pick<AccessKey, 'accountId' | 'requestId'>): Approval {
  return anApproval({ accountId, requestId, gate: 'key_create', state: 'approved', decidedBy: 'U0BOB' });
}

export function anApproval(set: Partial<Approval> = {}): Approval {
  return {
    id: randomUUID(),
    accountId: 'T0ACME',
    requestId: 'r',
    purpose: 'decision',
    gate: 'revoke',
    state: 'waiting',
    targets: [],
    contentHash: 'ef'.repeat(32),
    card: {
      what: 'Revoke *alice-laptop* for example.com',
      plain: 'Revoke alice-laptop for example.com',
      facts: [['Reason', 'Key leaked or device lost']],
      because: 'The laptop was stolen.',
      evidence: 'No edge has reported yet, so nothing is known about its use.',
      risk: 'It cannot be undone.',
    },
    onBehalfOf: null,
    expiresAt: new Date(START.getTime() + 86_400_000),
    decidedBy: null,
    decidedAt: null,
    because: null,
    createdAt: START,
    version: 1,
    ...set,
  };
}
