import { isPerson } from '../../core/access/actor.ts';
import type { Card } from '../../core/approvals/card.ts';
import * as events from '../../core/audit/events.ts';
import { bindingId } from '../../core/bindings/verbs.ts';
import { describeCertificate } from '../../core/ca/certificate.ts';
import { requireUnbound } from '../../core/ca/uploaded/bound.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { bold, code, escapeText, moment } from '../../core/slack/text.ts';
import { update } from '../../core/store/plan.ts';
import type { Site, UploadedAuthority } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { refuseWhileSameAsked, requireActor, requireSiteActor } from './policy.ts';

/**
 * Deletes a custom CA that no hostname is bound to, which shuts nobody out. It keeps its row, without its place, so
 * that what was done with it can still be told.
 */
export async function carryOutCaDelete(deps: JobDeps, request: RequestOf<'ca_delete'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const authority = await deps.store.uploadedAuthority(payload.authorityId);
  if (authority?.accountId !== accountId || authority.deletedAt !== null) {
    throw new CountersignError('not_found', {
      userMessage: 'There is no such custom CA here any more. `/mtls ca list` shows those there are.',
    });
  }
  const { site, account, grants, unchanged } = await requireDeleter(deps, request, authority);
  await refuseWhileSameAsked(deps, request, (other) => other.payload['authorityId'] === authority.id);
  // What a removed site bound is bound no more: nothing is enforced there.
  const binding = await deps.store.binding(bindingId(authority.siteId, authority.id));
  if (site.state !== 'removed') await requireUnbound(deps.store, authority, binding);

  const gate = await passGate(deps, request, {
    // A person needs nobody for it; an access key may.
    gate: [],
    account,
    grants,
    targets: [{ table: 'uploadedAuthorities', id: authority.id, version: authority.version }],
    card: deleteCard(authority, site),
  });
  if (!gate.passed) return;

  const at = deps.clock.now();
  const { subject } = describeCertificate(authority.certificate);
  const message = `${bold(authority.name)} is deleted. Its place is free again.`;
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    update('uploadedAuthorities', authority, { deletedAt: at, updatedAt: at }),
    // Changed as well, so that a binding at this very instant is overtaken by it, or it by the binding.
    ...(binding ? [update('bindings', binding, { hostnames: [], updatedAt: at })] : []),
    ...events.authorityDeleted({ accountId, actorId, at }, authority, { site: site.name, subject }),
    endRequest(request, 'done', { code: 'ca_deleted', message, authorityId: authority.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** A person may delete what a removed site has left; an access key is for sites, and that one is gone. */
async function requireDeleter(deps: JobDeps, request: RequestOf<'ca_delete'>, { siteId }: UploadedAuthority) {
  const { accountId, actorId } = request;
  const site = await deps.store.site(accountId, siteId);
  if (site?.state === 'removed' && isPerson(actorId)) {
    return { ...(await requireActor(deps, accountId, actorId, 'ca_delete')), site };
  }
  return requireSiteActor(deps, request, 'ca_delete', siteId);
}

function deleteCard(authority: UploadedAuthority, site: Site): Card {
  return {
    what: `Delete the custom CA ${bold(authority.name)} of ${escapeText(site.name)}`,
    plain: `Delete the custom CA ${escapeText(authority.name)} of ${escapeText(site.name)}`,
    facts: [
      ['Subject', code(describeCertificate(authority.certificate).subject.slice(0, 500))],
      ['SHA-256', code(authority.fingerprint)],
      ['Valid until', moment(authority.notAfter)],
    ],
    because: '',
    evidence: null,
    risk: 'No hostname is bound to it, so nobody is shut out. It can be uploaded again; what is blocked of it is then blocked no more.',
  };
}
