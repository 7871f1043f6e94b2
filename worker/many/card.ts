import type { Card } from '../../core/approvals/card.ts';
import { OFFERED_REASONS } from '../../core/ca/reasons.ts';
import { evidenceOfMany, evidenceOfManyText } from '../../core/inventory/evidence.ts';
import { describeFilter } from '../../core/inventory/words.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { bold, escapeText, moment } from '../../core/slack/text.ts';
import type { Store } from '../../core/store/store.ts';
import type { JobDeps } from '../deps.ts';
import { CHUNK } from './chunk.ts';

/** Names an approver can compare. */
const NAMES = 10;

/** The filter in words for whoever reads it, who is not the one who asked. */
export async function describeMany(store: Store, request: RequestOf<'revoke_many'>): Promise<string> {
  const { siteId } = request.payload.filter;
  const site = siteId === undefined ? undefined : await store.site(request.accountId, siteId);
  return describeFilter(request.payload.filter, { viewerId: '', siteName: () => site?.name });
}

/** What an approver is shown before many certificates are revoked. */
export async function revokeManyCard(deps: JobDeps, request: RequestOf<'revoke_many'>): Promise<Card> {
  const { payload, accountId } = request;
  const ids: string[] = [];
  for (let after = -1; ; ) {
    const items = await deps.store.requestItems(request.id, { afterPosition: after, limit: 10 * CHUNK });
    const last = items.at(-1);
    if (last === undefined) break;
    for (const { certificateId } of items) ids.push(certificateId);
    after = last.position;
  }
  const some = await deps.store.listedCertificates(accountId, ids.slice(0, NAMES));
  const names = some.map(({ name, siteName }) => `${bold(name)} for ${escapeText(siteName)}`);
  const many = payload.count === 1 ? 'one certificate' : `${payload.count} certificates`;
  const described = await describeMany(deps.store, request);
  const evidence = await evidenceOfMany(deps.store, accountId, ids, deps.clock.now());
  return {
    what: `Revoke *${many}*: ${described}`,
    plain: `Revoke ${many}`,
    facts: [
      ['Reason', OFFERED_REASONS[payload.reason]],
      ...(payload.invalidityAt === undefined
        ? []
        : [['Keys leaked since', moment(new Date(payload.invalidityAt))] as const]),
      [
        'State',
        payload.suspendNow ? 'suspended: nobody is let in with them now' : 'as they are, until this is approved',
      ],
      [
        'Among them',
        `${names.join(', ')}${payload.count > names.length ? `, and ${payload.count - names.length} more` : ''}`,
      ],
    ],
    because: escapeText(payload.because),
    evidence: evidenceOfManyText(evidence),
    risk: 'The list is fixed: these and no others. It cannot be undone: whoever still uses one of them is shut out until they have a new one.',
  };
}
