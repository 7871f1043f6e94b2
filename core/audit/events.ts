import type { Plan } from '../store/plan.ts';
import type { Authority, Certificate, Request, Role } from '../store/rows.ts';
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

export const certificateRequested = (who: Who, request: Request, facts: { site: string; name: string; key: string }) =>
  record('certificate.requested', 'request', about(who, request.id, facts));

export const certificateIssued = (who: Who, certificate: Certificate) =>
  record('certificate.issued', 'certificate', about(who, certificate.id, certificateFacts(certificate)));

export const certificateShown = (who: Who, certificate: Certificate) =>
  record('certificate.shown', 'certificate', about(who, certificate.id, certificateFacts(certificate)));

export const certificateRevoked = (who: Who, certificate: Certificate, reason: string, why: string) =>
  record(
    'certificate.revoked',
    'certificate',
    about(who, certificate.id, { ...certificateFacts(certificate), reason, why }),
  );

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
