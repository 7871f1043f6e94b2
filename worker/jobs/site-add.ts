import { randomBytes, randomUUID } from 'node:crypto';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { parseSiteName } from '../../core/sites/name.ts';
import { makeSiteNumber } from '../../core/sites/number.ts';
import { insert } from '../../core/store/plan.ts';
import type { Site } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { requireSiteActor } from './policy.ts';

/** Adds a site. With one account in the installation it is active at once: nobody else could claim the domain. */
export async function carryOutSiteAdd(deps: JobDeps, request: RequestOf<'site_add'>): Promise<void> {
  const { accountId, actorId } = request;
  const { unchanged } = await requireSiteActor(deps, request, 'site_add', null);
  const name = parseSiteName(request.payload.name);
  const taken = await deps.store.siteByName(name);
  if (taken) {
    throw new CountersignError('already_exists', {
      userMessage:
        taken.accountId === accountId
          ? `\`${name}\` is a site already. Ask for a certificate with \`/mtls issue ${name}\`.`
          : `\`${name}\` belongs to another workspace of this installation. Ask whoever runs it.`,
    });
  }
  const sites = await deps.store.sites(accountId);
  const guarding = sites.find((site) => site.guarded && name.endsWith(`.${site.name}`));
  const at = deps.clock.now();
  const state = (await deps.store.countAccounts()) === 1 ? 'active' : 'pending';
  const site: Site = {
    id: randomUUID(),
    accountId,
    name,
    number: makeSiteNumber(randomBytes),
    state,
    // Below a guarded site everything is guarded: a new name must not be a way around.
    guarded: guarding !== undefined,
    createdBy: actorId,
    createdAt: at,
    version: 1,
  };
  const message =
    state === 'active'
      ? `\`${name}\` is a site now. Operators ask for its certificates with \`/mtls issue ${name}\`.`
      : `\`${name}\` is recorded. It becomes active when whoever runs this installation confirms that it is yours.`;
  const committed = await deps.store.commit([
    ...unchanged,
    insert('sites', site),
    ...events.siteAdded({ accountId, actorId, at }, site),
    endRequest(request, 'done', { code: 'site_added', message, siteId: site.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
