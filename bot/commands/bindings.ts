import type { KnownBlock } from '@slack/types';
import { mayDo, requireRole } from '../../core/access/access.ts';
import { bindingId, MANAGED } from '../../core/bindings/verbs.ts';
import { CountersignError } from '../../core/errors.ts';
import { MANAGED_NAME } from '../../core/hostnames/stock.ts';
import { ACTIONS } from '../../core/slack/actions.ts';
import { namesText } from '../../core/slack/bindings.ts';
import { actions, button, context, type SlackMessage, section } from '../../core/slack/blocks.ts';
import { bold, code, truncate } from '../../core/slack/text.ts';
import type { Binding, Site, UploadedAuthority } from '../../core/store/rows.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import { loadCaller } from '../middleware/caller.ts';
import type { ActionHandler, Turn } from '../turn.ts';
import { findSite, loadActiveSites, unknownSite } from '../views/bind/load.ts';

/** `/mtls bindings [site]`: which hostnames accept whose certificates, for every role. */
export async function runBindings(deps: BotDeps, turn: Turn, typed: string): Promise<void> {
  const caller = await loadCaller(deps, turn.person);
  requireRole(caller.roles, 'bindings_show', caller.administrators);
  const sites = await loadActiveSites(deps, caller);
  const site = typed.trim() === '' ? undefined : findSite(sites, typed);
  if (typed.trim() !== '' && !site) {
    throw new CountersignError('not_found', {
      userMessage: `${unknownSite(typed.trim())} \`/mtls site list\` shows those there are.`,
    });
  }
  const shown = site ? [site] : sites;
  const [bindings, uploaded] = await reading(
    Promise.all([
      site ? deps.store.bindingsOfSites([site.id]) : deps.store.bindings(caller.accountId),
      deps.store.uploadedAuthorities(caller.accountId),
    ]),
  );
  await turn.tell(buildBindings({ sites: shown, bindings, uploaded }, mayDo(caller.roles, 'bind')));
}

/** The button of help and Home. */
export const clickOpenBindings: ActionHandler = (deps, turn) => runBindings(deps, turn, turn.value);

export type BindingsShown = {
  sites: readonly Pick<Site, 'id' | 'name'>[];
  bindings: readonly Pick<Binding, 'id' | 'siteId' | 'authorityId' | 'hostnames'>[];
  uploaded: readonly Pick<UploadedAuthority, 'id' | 'siteId' | 'name'>[];
};

/** Slack holds 50 blocks and about 13,000 characters in one message. */
const AUTHORITIES_SHOWN = 40;
const CHARACTERS = 10_000;
const SITES_NAMED = 10;

/** A paragraph for each authority that has hostnames, by site; the sites without any are named at the end. */
export function buildBindings({ sites, bindings, uploaded }: BindingsShown, mayBind: boolean): SlackMessage {
  const bound = sites.flatMap((site) =>
    bindings
      .filter(({ siteId, hostnames }) => siteId === site.id && hostnames.length > 0)
      .map((row) => ({ site, row })),
  );
  const open = sites.filter(({ id }) => !bound.some(({ site }) => site.id === id));
  const names = new Map<string, string>(uploaded.map(({ id, name }) => [id, name]));
  const blocks: KnownBlock[] = [];
  let characters = 0;
  let shown = 0;
  for (const { site, row } of bound) {
    const authority = row.authorityId === MANAGED ? MANAGED_NAME : (names.get(row.authorityId) ?? 'A CA that is gone');
    const text = `${bold(authority)} at ${code(site.name)} (${row.hostnames.length})\n${namesText(row.hostnames)}`;
    characters += text.length;
    if (shown === AUTHORITIES_SHOWN || (characters > CHARACTERS && shown > 0)) break;
    blocks.push({ ...section(text), ...(mayBind ? { accessory: changeButton(row.id, authority, site.name) } : {}) });
    shown += 1;
  }
  const only = sites.length === 1 ? sites[0] : undefined;
  return {
    text: summary(sites, bound.length, only),
    blocks: [
      ...(bound.length === 0
        ? []
        : [section('*Hostnames with mTLS*\nAt each of them, certificates of these authorities are accepted.')]),
      ...blocks,
      ...(bound.length > shown
        ? [context(`And ${bound.length - shown} more lists: name the site, as in \`/mtls bindings example.com\`.`)]
        : []),
      ...(open.length === 0 ? [] : [section(openText(open))]),
      ...(mayBind ? [bindButtons(only ?? open[0], bound.length === 0)] : []),
    ],
  };
}

function summary(sites: BindingsShown['sites'], lists: number, only: { name: string } | undefined): string {
  const where = only ? only.name : `${sites.length} sites`;
  return lists === 0
    ? `No hostname of ${where} is bound to an authority.`
    : `The hostnames of ${where} and whose certificates they accept (${lists === 1 ? '1 list' : `${lists} lists`}).`;
}

function openText(open: BindingsShown['sites']): string {
  const named = open.slice(0, SITES_NAMED).map(({ name }) => code(truncate(name, 100)));
  const more = open.length > SITES_NAMED ? ` and ${open.length - SITES_NAMED} more` : '';
  return `No hostname of ${named.join(', ')}${more} is bound: nobody is asked for a certificate there.`;
}

function changeButton(rowId: string, authority: string, siteName: string) {
  const spoken = `Change the hostnames of ${authority} at ${siteName}`;
  return button({ label: 'Change…', action: ACTIONS.openBind, value: rowId, spoken });
}

function bindButtons(site: { id: string; name: string } | undefined, first: boolean): KnownBlock {
  return actions('bind', [
    button({
      label: 'Bind hostnames…',
      action: ACTIONS.openBind,
      value: site === undefined ? '' : bindingId(site.id, MANAGED),
      spoken: site === undefined ? 'Bind hostnames' : `Bind hostnames of ${site.name}`,
      ...(first ? { style: 'primary' as const } : {}),
    }),
  ]);
}
