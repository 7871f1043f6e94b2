import { requireRole } from '../../../core/access/access.ts';
import { section } from '../../../core/slack/blocks.ts';
import { code, mention } from '../../../core/slack/text.ts';
import type { BotDeps } from '../../deps.ts';
import { calling } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Turn } from '../../turn.ts';
import { buildNotice } from '../notice.ts';
import { loadIssueChoices } from './choices.ts';
import { defaultName } from './default-name.ts';
import { buildIssueView } from './view.ts';

/** Opens "Create Certificate"; without a site, a modal that says who can add one and how. */
export async function openIssue(deps: BotDeps, turn: Turn, wanted: string | undefined): Promise<void> {
  const caller = await loadCaller(deps, turn.person);
  requireRole(caller.roles, 'issue', caller.administrators);
  const choices = await loadIssueChoices(deps.store, caller.accountId);
  const asked = wanted?.trim().toLowerCase().replace(/\.$/, '') ?? '';
  const named = choices.sites.find((site) => site.name === asked);
  const site = named ?? choices.sites[0];
  const notice =
    asked !== '' && !named ? `There is no active site ${code(asked.slice(0, 80))}. Choose one.` : undefined;
  const view =
    site === undefined
      ? buildNotice('Create Certificate', [section(noSiteText(caller))])
      : buildIssueView(
          { ...choices, notice },
          {
            site,
            name: defaultName(caller, site.name),
            method: 'system',
            csr: '',
            keyType: 'ec-p256',
            validity: String(choices.defaultDays),
            days: '',
            renewsId: undefined,
          },
        );
  await calling(turn.client.views.open({ trigger_id: turn.triggerId, view }));
  await turn.done();
}

function noSiteText(caller: Caller): string {
  if (caller.roles.has('administrator')) {
    return 'There is no active site yet. Add the domain that your certificates are for: `/mtls site add example.com`';
  }
  const whom = caller.administrators.slice(0, 5).map(mention).join(', ') || 'an administrator';
  return `There is no active site yet. Ask ${whom} to add one with \`/mtls site add example.com\`.`;
}
