import { randomUUID } from 'node:crypto';
import type { Card } from '../../core/approvals/card.ts';
import * as events from '../../core/audit/events.ts';
import { bindingId } from '../../core/bindings/verbs.ts';
import { checkBesideOthers } from '../../core/ca/uploaded/known.ts';
import { nameForUploaded } from '../../core/ca/uploaded/name.ts';
import { freePlace } from '../../core/ca/uploaded/place.ts';
import { readUploaded, type UploadedCertificate } from '../../core/ca/uploaded/uploaded.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { bold, code, escapeText, moment } from '../../core/slack/text.ts';
import { insert } from '../../core/store/plan.ts';
import type { Site, UploadedAuthority } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { refuseWhileSameAsked, requireSiteActor } from './policy.ts';

/**
 * Takes a custom CA in for a site. It is trusted nowhere by that: hostnames are bound to it afterwards, which is a
 * decision of its own. Everything is checked again after an approval, because time has passed.
 */
export async function carryOutCaUpload(deps: JobDeps, request: RequestOf<'ca_upload'>): Promise<void> {
  const { accountId, actorId, payload } = request;

  // 1. Whether this may be done, and is not asked already.
  const { site, account, grants, unchanged } = await requireSiteActor(deps, request, 'ca_upload', payload.siteId);
  await refuseWhileSameAsked(
    deps,
    request,
    (other) => other.payload['siteId'] === site.id && other.payload['certificate'] === payload.certificate,
  );

  // 2. Whether it is a CA that can be here, and there is a place for it.
  const uploaded = readUploaded(Buffer.from(payload.certificate, 'base64'), deps.clock.now());
  const beside = await checkBesideOthers(deps.store, uploaded, { accountId, siteId: site.id });
  const name = nameForUploaded(payload.name, uploaded);
  const inUse = await deps.store.uploadedSlots(accountId);
  const slot = freePlace(inUse, account.uploadedLimit);

  // 3. Whether a second person has to agree.
  const notices = [...uploaded.notices, ...beside];
  const places = { used: inUse.length, limit: account.uploadedLimit };
  const gate = await passGate(deps, request, {
    gate: 'ca_upload',
    account,
    grants,
    targets: [{ table: 'sites', id: site.id, version: site.version }],
    card: uploadCard(uploaded, { name, site, notices, places }),
  });
  if (!gate.passed) return;

  // 4. The change.
  const at = deps.clock.now();
  const row: UploadedAuthority = {
    id: randomUUID(),
    accountId,
    siteId: site.id,
    slot,
    name,
    certificate: Buffer.from(uploaded.der),
    fingerprint: uploaded.fingerprint,
    subjectSha256: uploaded.subjectSha256,
    spkiSha256: uploaded.spkiSha256,
    notBefore: uploaded.notBefore,
    notAfter: uploaded.notAfter,
    createdBy: actorId,
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
    version: 1,
  };
  const binding = { id: bindingId(site.id, row.id), accountId, siteId: site.id, authorityId: row.id, version: 1 };
  const outcome = { code: 'ca_uploaded', message: uploadedText(row, site, notices), authorityId: row.id };
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    insert('uploadedAuthorities', row),
    // All rows of a site are there before any of them is changed, so that whoever changes one can expect them all.
    insert('bindings', { ...binding, hostnames: [], updatedAt: at }),
    ...events.authorityUploaded({ accountId, actorId, at }, row, { site: site.name, subject: uploaded.subject }),
    endRequest(request, 'done', outcome, at),
    ...planTold(request, at),
  ]);
  // A duplicate: somebody has taken the place, or uploaded the same, at this instant. The next try sees that.
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

function uploadedText(row: UploadedAuthority, site: Site, notices: readonly string[]): string {
  const said = notices.map((notice) => ` ${notice}`).join('');
  return `${bold(row.name)} is uploaded for ${code(site.name)}, SHA-256 ${code(row.fingerprint)}.${said} It is trusted nowhere yet: bind hostnames to it with ${code(`/mtls ca bind ${row.name}`)}.`;
}

function uploadCard(
  uploaded: UploadedCertificate,
  about: { name: string; site: Site; notices: readonly string[]; places: { used: number; limit: number } },
): Card {
  const { name, site, notices, places } = about;
  return {
    what: `Upload the custom CA ${bold(name)} for ${escapeText(site.name)}`,
    plain: `Upload the custom CA ${escapeText(name)} for ${escapeText(site.name)}`,
    facts: [
      ['Subject', code(uploaded.subject.slice(0, 500))],
      ['SHA-256', code(uploaded.fingerprint)],
      ['Key', escapeText(uploaded.keyAlgorithm)],
      ['Valid', `${moment(uploaded.notBefore)} until ${moment(uploaded.notAfter)}`],
      ['Place', `${places.used + 1} of ${places.limit} custom CAs`],
      ...(notices.length === 0 ? [] : [['To know', notices.map((notice) => `• ${notice}`).join('\n')] as const]),
    ],
    because: '',
    evidence: null,
    risk: 'Compare the fingerprint with the CA’s own. Whoever has this CA’s key decides who gets in at hostnames that are bound to it; until then it is trusted nowhere.',
  };
}
