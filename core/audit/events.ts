import { truncate } from '../slack/text.ts';
import type { Plan } from '../store/plan.ts';
import type {
  AccessKey,
  Authority,
  Block,
  Certificate,
  Edge,
  Request,
  Role,
  Rule,
  Ruleset,
  UploadedAuthority,
} from '../store/rows.ts';
import { type EventFacts, recordEvent, SYSTEM } from './event.ts';

/**
 * One function for each thing that happens. What they take is public or sensitive, never secret: names, ids, serials.
 */
type Who = { accountId: string; actorId: string; at: Date };

const about = (who: Who, subjectId: string, details: EventFacts['details']): EventFacts => ({
  ...who,
  subjectId,
  details,
});

export const ACTIONS_TOLD = {
  'site.added': 'added the site',
  'site.removed': 'removed the site',
  'settings.changed': 'changed the settings',
  'role.granted': 'gave a role',
  'role.withdrawn': 'took a role away',
  'authority.created': 'made the authority',
  'certificate.requested': 'asked for a certificate',
  'certificate.issued': 'was issued a certificate',
  'certificate.shown': 'was shown the private key, once',
  'certificate.revoked': 'had a certificate revoked',
  'certificate.suspended': 'suspended the certificate',
  'certificate.released': 'had a suspended certificate released',
  'certificate.opened': 'opened the link with the private key, once',
  'revocation.asked': 'asked for a revocation',
  'revocation.many': 'had many certificates revoked',
  'approval.asked': 'asked for a second person',
  'approval.approved': 'approved',
  'approval.denied': 'denied',
  'approval.acknowledged': 'acknowledged',
  'approval.withdrawn': 'withdrew their request',
  'approval.overtaken': 'lost an approval to a change',
  'approval.skipped': 'acted without a second person',
  'authority.rotated': 'made a new generation of the authority',
  'authority.uploaded': 'uploaded the custom CA',
  'authority.deleted': 'deleted the custom CA',
  'authority.responder': 'made a signer of OCSP answers',
  'authority.retired': 'retired a generation of the authority',
  'binding.changed': 'changed the hostnames of',
  'rule.created': 'made a rule',
  'rule.changed': 'changed a rule',
  'rule.deleted': 'deleted a rule',
  'rules.created': 'made many rules',
  'rules.changed': 'changed many rules',
  'ruleset.created': 'made a ruleset',
  'ruleset.changed': 'changed a ruleset',
  'ruleset.deleted': 'deleted a ruleset',
  'audit.exported': 'exported the audit',
  'key.created': 'made the API key',
  'key.shown': 'was shown the secret, once, of the API key',
  'key.disabled': 'disabled the API key',
  'key.enabled': 'enabled the API key',
  'key.deleted': 'deleted the API key',
  'edge.added': 'added the edge',
  'edge.shown': 'was shown the credential, once, of the edge',
  'edge.removed': 'removed the edge',
  'crl.late': 'could not renew CRLs in time',
  'ca.crl.source': 'changed where the CRL of the custom CA comes from',
  'ca.crl.taken': 'took a new CRL of the custom CA',
  'ca.crl.stale': 'has only an out-of-date CRL of the custom CA',
  'ca.crl.recovered': 'has a good CRL again of the custom CA',
  'ca.blocked': 'blocked a certificate of the custom CA',
  'ca.unblocked': 'lifted the block of a certificate of the custom CA',
  'request.refused': 'was refused',
  'request.failed': 'ran into an error',
  'request.expired': 'did not answer in time',
} as const;
export type AuditAction = keyof typeof ACTIONS_TOLD;

const record = (action: AuditAction, subjectKind: string, facts: EventFacts): Plan =>
  recordEvent(action, subjectKind, facts);

export const siteAdded = (who: Who, site: { id: string; name: string }) =>
  record('site.added', 'site', about(who, site.id, { site: site.name }));

export const siteRemoved = (who: Who, site: { id: string; name: string }) =>
  record('site.removed', 'site', about(who, site.id, { site: site.name }));

export const settingsChanged = (who: Who, changes: Record<string, string | number | null>) =>
  record('settings.changed', 'account', about(who, who.accountId, changes));

export const roleGranted = (who: Who, grant: { userId: string; role: Role }) =>
  record('role.granted', 'person', about(who, grant.userId, { role: grant.role, person: grant.userId }));

export const roleWithdrawn = (who: Who, grant: { userId: string; role: Role }) =>
  record('role.withdrawn', 'person', about(who, grant.userId, { role: grant.role, person: grant.userId }));

export const authorityCreated = (who: Omit<Who, 'actorId'>, authority: Authority, fingerprint: string) =>
  record(
    'authority.created',
    'authority',
    about({ ...who, actorId: SYSTEM }, authority.id, {
      generation: authority.generation,
      fingerprint,
      notAfter: authority.notAfter.toISOString(),
    }),
  );

/** Servers that trust what `/mtls ca` shows already know it when it begins to sign. */
export const authorityRotated = (who: Who, authority: Authority, fingerprint: string, because: string) =>
  record(
    'authority.rotated',
    'authority',
    about(who, authority.id, {
      generation: authority.generation,
      fingerprint,
      signsFrom: authority.issuesFrom.toISOString(),
      notAfter: authority.notAfter.toISOString(),
      because,
    }),
  );

export const authorityRetired = (who: Omit<Who, 'actorId'>, authority: Authority, fingerprint: string) =>
  record(
    'authority.retired',
    'authority',
    about({ ...who, actorId: SYSTEM }, authority.id, { generation: authority.generation, fingerprint }),
  );

export const authorityUploaded = (who: Who, authority: UploadedAuthority, facts: { site: string; subject: string }) =>
  record('authority.uploaded', 'uploaded_authority', about(who, authority.id, uploadedFacts(authority, facts)));

export const authorityDeleted = (who: Who, authority: UploadedAuthority, facts: { site: string; subject: string }) =>
  record('authority.deleted', 'uploaded_authority', about(who, authority.id, uploadedFacts(authority, facts)));

function uploadedFacts(
  authority: UploadedAuthority,
  { site, subject }: { site: string; subject: string },
): EventFacts['details'] {
  const { name, fingerprint, notAfter } = authority;
  return { name, site, subject, fingerprint, notAfter: notAfter.toISOString() };
}

/** @param late how many CRLs of the authority, and when the first of them ends. */
export const crlsLate = (who: Omit<Who, 'actorId'>, authority: Authority, late: { crls: number; firstEnd: Date }) =>
  record(
    'crl.late',
    'authority',
    about({ ...who, actorId: SYSTEM }, authority.id, {
      generation: authority.generation,
      crls: late.crls,
      firstEnd: late.firstEnd.toISOString(),
    }),
  );

export const certificateRequested = (who: Who, request: Request, facts: { site: string; name: string; key: string }) =>
  record('certificate.requested', 'request', about(who, request.id, facts));

export const certificateIssued = (who: Who, certificate: Certificate) =>
  record('certificate.issued', 'certificate', about(who, certificate.id, certificateFacts(certificate)));

export const certificateShown = (who: Who, certificate: Certificate) =>
  record('certificate.shown', 'certificate', about(who, certificate.id, certificateFacts(certificate)));

export const certificateOpened = (who: Who, certificate: Certificate) =>
  record('certificate.opened', 'certificate', about(who, certificate.id, certificateFacts(certificate)));

export const certificateRevoked = (who: Who, certificate: Certificate, reason: string, why: string) =>
  record(
    'certificate.revoked',
    'certificate',
    about(who, certificate.id, { ...certificateFacts(certificate), reason, why }),
  );

export const certificateSuspended = (who: Who, certificate: Certificate, because: string) =>
  record(
    'certificate.suspended',
    'certificate',
    about(who, certificate.id, { ...certificateFacts(certificate), because }),
  );

export const certificateReleased = (who: Who, certificate: Certificate, because: string) =>
  record(
    'certificate.released',
    'certificate',
    about(who, certificate.id, { ...certificateFacts(certificate), because }),
  );

/** Routine every two weeks: in the chain because the authority's key was used, and not told to the audit channel. */
export const responderMade = (
  who: Omit<Who, 'actorId'>,
  authority: Pick<Authority, 'id' | 'generation'>,
  responder: { serial: string; fingerprint: string; notAfter: Date },
) =>
  recordEvent(
    'authority.responder' satisfies AuditAction,
    'authority',
    about({ ...who, actorId: SYSTEM }, authority.id, {
      generation: authority.generation,
      serial: responder.serial,
      fingerprint: responder.fingerprint,
      notAfter: responder.notAfter.toISOString(),
    }),
    { told: false },
  );

/** One of many: in the chain like every other, and told to the audit channel by `revocationOfMany` alone. */
export const certificateRevokedAmongMany = (who: Who, certificate: Certificate, reason: string, why: string) =>
  recordEvent(
    'certificate.revoked',
    'certificate',
    about(who, certificate.id, { ...certificateFacts(certificate), reason, why }),
    { told: false },
  );

export const certificateSuspendedAmongMany = (who: Who, certificate: Certificate, because: string) =>
  recordEvent(
    'certificate.suspended',
    'certificate',
    about(who, certificate.id, { ...certificateFacts(certificate), because }),
    { told: false },
  );

export const revocationOfMany = (who: Who, request: Request, facts: EventFacts['details']) =>
  record('revocation.many', 'request', about(who, request.id, facts));

export const approvalAsked = (who: Who, request: Request, gate: string) =>
  record('approval.asked', 'request', about(who, request.id, { kind: request.kind, gate }));

type Decision = 'approved' | 'denied' | 'acknowledged' | 'withdrawn' | 'overtaken';

export const approvalDecided = (
  who: Who,
  decision: Decision,
  request: Pick<Request, 'id' | 'kind' | 'actorId'>,
  because: string | null,
) =>
  record(
    `approval.${decision}`,
    'request',
    about(who, request.id, { kind: request.kind, requester: request.actorId, because }),
  );

/** @param because `setup`, `open_gate`, `four_eyes_off`, `nobody_to_ask` or `break_glass`. */
export const approvalSkipped = (who: Who, request: Request, gate: string, because: string) =>
  record('approval.skipped', 'request', about(who, request.id, { kind: request.kind, gate, because }));

/** @param facts which names the authority's list has gained and lost; names are in the order of the list. */
export const bindingChanged = (
  who: Who,
  binding: { id: string },
  facts: { site: string; authority: string; added: readonly string[]; removed: readonly string[] },
) =>
  record(
    'binding.changed',
    'binding',
    about(who, binding.id, { ...facts, added: facts.added.join(' '), removed: facts.removed.join(' ') }),
  );

type RuleAction = 'rule.created' | 'rule.changed' | 'rule.deleted';

/**
 * @param facts besides what the rule is: what of it changed, where it moved, that an administrator insisted.
 * @param told false for one of many, of which `rulesOfMany` tells the audit channel.
 */
export const ruleEvent = (
  who: Who,
  action: RuleAction,
  rule: Rule,
  facts: EventFacts['details'] & { site: string },
  told: boolean,
) =>
  recordEvent(
    action,
    'rule',
    about(who, rule.id, {
      ...facts,
      rule: rule.number,
      name: rule.name,
      expression: truncate(rule.expression, EXPRESSION_TOLD),
      does: rule.action,
      status: rule.status,
    }),
    { told },
  );

/** Of an expression of up to 4,096 bytes. */
const EXPRESSION_TOLD = 1_000;

export const rulesOfMany = (
  who: Who,
  action: 'rules.created' | 'rules.changed',
  request: Pick<Request, 'id'>,
  facts: { site: string; rules: number },
) => record(action, 'request', about(who, request.id, facts));

export const rulesetEvent = (
  who: Who,
  action: 'ruleset.created' | 'ruleset.changed' | 'ruleset.deleted',
  ruleset: Pick<Ruleset, 'id' | 'number' | 'name' | 'status'>,
  facts: { site: string; rules: number },
) =>
  record(
    action,
    'ruleset',
    about(who, ruleset.id, { ...facts, ruleset: ruleset.number, name: ruleset.name, status: ruleset.status }),
  );

/** @param facts which events, in which form; recorded before any of it leaves. */
export const auditExported = (who: Who, request: Pick<Request, 'id'>, facts: EventFacts['details']) =>
  record('audit.exported', 'request', about(who, request.id, facts));

type KeyChange = 'created' | 'shown' | 'disabled' | 'enabled' | 'deleted';

/** @param siteNames of the sites it is for; null for all of them. */
export const keyChanged = (who: Who, change: KeyChange, key: AccessKey, siteNames: readonly string[] | null) =>
  record(
    `key.${change}`,
    'access_key',
    about(who, key.id, {
      name: key.name,
      accessKeyId: key.accessKeyId,
      access: key.access,
      operations: key.groups.join(', '),
      sites: siteNames === null ? 'all' : siteNames.join(', '),
      actsAlone: key.access === 'write' ? (key.mode === 'alone' ? 'yes' : 'no') : null,
    }),
  );

export const edgeChanged = (
  who: Who,
  change: 'added' | 'shown' | 'removed',
  edge: Pick<Edge, 'id' | 'name' | 'kind'>,
) => record(`edge.${change}`, 'edge', about(who, edge.id, { name: edge.name, kind: edge.kind }));

/** A custom CA as events name it, with the site it belongs to. */
export type CustomCa = Pick<UploadedAuthority, 'id' | 'name'> & { site: string };

const aboutCustomCa = (who: Who, { id, name, site }: CustomCa, details: EventFacts['details']) =>
  about(who, id, { name, site, ...details });

/** @param source an address, `pasted`, or `nothing`. */
export const uploadedCrlSource = (who: Who, ca: CustomCa, source: string) =>
  record('ca.crl.source', 'uploaded_authority', aboutCustomCa(who, ca, { source }));

/** Told only when something has changed: a list that says the same as before is no news. */
export const uploadedCrlTaken = (
  who: Who,
  ca: CustomCa,
  facts: { revoked: number; added: number; removed: number; number: string | null; goodUntil: Date },
) =>
  record(
    'ca.crl.taken',
    'uploaded_authority',
    aboutCustomCa(who, ca, { ...facts, goodUntil: facts.goodUntil.toISOString() }),
  );

/** Once for each time: somebody has to look after it, so it is told in the approval channel as well. */
export const uploadedCrlStale = (who: Omit<Who, 'actorId'>, ca: CustomCa, goodUntil: Date, problem: string | null) =>
  recordEvent(
    'ca.crl.stale' satisfies AuditAction,
    'uploaded_authority',
    aboutCustomCa({ ...who, actorId: SYSTEM }, ca, { goodUntil: goodUntil.toISOString(), problem }),
    { told: true, alarm: true },
  );

export const uploadedCrlRecovered = (who: Omit<Who, 'actorId'>, ca: CustomCa, goodUntil: Date) =>
  recordEvent(
    'ca.crl.recovered' satisfies AuditAction,
    'uploaded_authority',
    aboutCustomCa({ ...who, actorId: SYSTEM }, ca, { goodUntil: goodUntil.toISOString() }),
    { told: true, alarm: true },
  );

type Blocked = Pick<Block, 'kind' | 'value'>;
const blockFacts = ({ kind, value }: Blocked, because: string) => ({ [kind]: value, because });

export const certificateBlocked = (who: Who, ca: CustomCa, block: Blocked, because: string) =>
  record('ca.blocked', 'uploaded_authority', aboutCustomCa(who, ca, blockFacts(block, because)));

export const certificateUnblocked = (who: Who, ca: CustomCa, block: Blocked, because: string) =>
  record('ca.unblocked', 'uploaded_authority', aboutCustomCa(who, ca, blockFacts(block, because)));

export const requestRefused = (who: Who, request: Request, code: string) =>
  record('request.refused', 'request', about(who, request.id, { kind: request.kind, code }));

export const requestFailed = (who: Who, request: Request, code: string) =>
  record('request.failed', 'request', about(who, request.id, { kind: request.kind, code }));

export const requestExpired = (who: Who, request: Request) =>
  record('request.expired', 'request', about(who, request.id, { kind: request.kind }));

function certificateFacts(certificate: Certificate): EventFacts['details'] {
  return {
    serial: certificate.serial,
    name: certificate.name,
    site: certificate.siteName,
    owner: certificate.ownerId,
    fingerprint: certificate.fingerprint,
    notAfter: certificate.notAfter.toISOString(),
  };
}
