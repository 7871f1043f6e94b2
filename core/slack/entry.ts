import type { Button, KnownBlock } from '@slack/types';
import { mayDo } from '../access/access.ts';
import type { Role, Site } from '../store/rows.ts';
import { ACTIONS } from './actions.ts';
import { actions, button, section } from './blocks.ts';
import { code, mention } from './text.ts';

/** What people can begin with: the same in the help, which the bot draws, and in the Home, which the worker draws too. */
type Viewer = { roles: ReadonlySet<Role> };

/** The commands that the person's roles allow, a line each. */
export function possibilities({ roles }: Viewer): string[] {
  return [
    ...(mayDo(roles, 'issue') ? ['• `/mtls issue`: create a client certificate'] : []),
    ...(mayDo(roles, 'inventory')
      ? ['• `/mtls list`, `/mtls show device-1`: find certificates, and do something with them']
      : []),
    ...(mayDo(roles, 'revoke') ? ['• `/mtls revoke`: take a certificate out of use'] : []),
    ...(mayDo(roles, 'bindings_show') ? ['• `/mtls bindings`: which hostnames accept whose certificates'] : []),
    ...(mayDo(roles, 'bind') ? ['• `/mtls bind`: add, remove or replace hostnames'] : []),
    ...(mayDo(roles, 'site_list') ? ['• `/mtls site list`: see the sites'] : []),
    ...(mayDo(roles, 'ca_show') ? ['• `/mtls ca`: the authority, which your servers must trust'] : []),
    ...(mayDo(roles, 'ca_show') ? ['• `/mtls ca list`, `/mtls ca show Plant CA`: custom CAs'] : []),
    ...(mayDo(roles, 'ca_upload') ? ['• `/mtls ca upload`, `/mtls ca delete Plant CA`: manage custom CAs'] : []),
    ...(mayDo(roles, 'ca_rotate') ? ['• `/mtls ca rotate`: make the next generation of the authority'] : []),
    ...(mayDo(roles, 'site_add')
      ? ['• `/mtls site add example.com`, `/mtls site remove example.com`: manage the sites']
      : []),
    ...(mayDo(roles, 'rules')
      ? ['• `/mtls waf list`, `/mtls waf add`, `/mtls waf test`: WAF rules, and what they say to a request']
      : []),
    ...(mayDo(roles, 'access_keys')
      ? ['• `/mtls key create`, `/mtls key list`: API keys, with which programs use the OpenAPI']
      : []),
    ...(mayDo(roles, 'edge_list') ? ['• `/mtls edge list`: which edges have what is decided here in effect'] : []),
    ...(mayDo(roles, 'edges') ? ['• `/mtls edge add`: a credential for another edge'] : []),
    ...(mayDo(roles, 'audit_search') ? ['• `/mtls audit`: search what happened, and export it'] : []),
    ...(mayDo(roles, 'settings') ? ['• `/mtls settings`: roles, channels and the default validity'] : []),
  ];
}

/** Buttons that open what the person may open. */
export function entryButtons({ roles }: Viewer): Button[] {
  return [
    ...(mayDo(roles, 'issue')
      ? [button({ label: 'Create certificate', action: ACTIONS.openIssue, value: '', style: 'primary' as const })]
      : []),
    ...(mayDo(roles, 'inventory') ? [button({ label: 'Certificates', action: ACTIONS.openList, value: '' })] : []),
    ...(mayDo(roles, 'bindings_show') ? [button({ label: 'Hostnames', action: ACTIONS.openBindings, value: '' })] : []),
    ...(mayDo(roles, 'rules') ? [button({ label: 'Rules', action: ACTIONS.openRules, value: '' })] : []),
    ...(mayDo(roles, 'site_list') ? [button({ label: 'Sites', action: ACTIONS.openSites, value: '' })] : []),
    ...(mayDo(roles, 'settings') ? [button({ label: 'Settings', action: ACTIONS.openSettings, value: '' })] : []),
  ];
}

export function buttonRow(buttons: Button[]): KnownBlock[] {
  return buttons.length === 0 ? [] : [actions('entry', buttons)];
}

export function withoutRoleText(administrators: readonly string[]): string {
  if (administrators.length === 0) {
    return 'Countersign has no administrator yet. Whoever runs it names one in `COUNTERSIGN_ADMINS` and starts it again.';
  }
  return `You have no role in Countersign yet. Ask ${administrators.slice(0, 5).map(mention).join(', ')} to give you one with \`/mtls settings\`.`;
}

/** A text object holds 3,000 characters, and all blocks of a message about 13,000. */
const SECTION_CHARACTERS = 2_900;
const SECTIONS = 3;

/** The sites, a line each, as many of them as fit. */
export function siteBlocks(
  sites: readonly Pick<Site, 'name' | 'state'>[],
  mayAdd: boolean,
  atMost: number,
): KnownBlock[] {
  if (sites.length === 0) {
    return [section(mayAdd ? 'There is no site yet. Add one: `/mtls site add example.com`' : 'There is no site yet.')];
  }
  const texts = [`*Sites (${sites.length})*`];
  let shown = 0;
  for (const site of sites.slice(0, atMost)) {
    const line = `\n• ${code(site.name)}${site.state === 'pending' ? ' (waiting for proof of ownership)' : ''}`;
    if ((texts.at(-1) as string).length + line.length > SECTION_CHARACTERS) {
      if (texts.length === SECTIONS) break;
      texts.push('');
    }
    texts.push(`${texts.pop()}${line}`);
    shown += 1;
  }
  const rest = sites.length - shown;
  return [...texts.map((text) => section(text.trimStart())), ...(rest > 0 ? [section(`… and ${rest} more.`)] : [])];
}
