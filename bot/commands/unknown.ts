import type { Button } from '@slack/types';
import { ACTIONS } from '../../core/slack/actions.ts';
import { actions, button, type SlackMessage, section } from '../../core/slack/blocks.ts';
import { code, truncate } from '../../core/slack/text.ts';
import type { Command, EdgeWord, KeyWord, SiteWord, WafWord, Word } from '../parse.ts';

type Unknown = Extract<
  Command,
  { kind: 'unknown' | 'unknown_site_word' | 'unknown_key_word' | 'unknown_edge_word' | 'unknown_waf_word' }
>;

const USAGE: Readonly<Record<Word, string>> = {
  help: '`/mtls help`',
  issue: '`/mtls issue`',
  list: '`/mtls list`',
  show: '`/mtls show` and a serial or name',
  revoke: '`/mtls revoke` and a serial, or `/mtls revoke` to choose',
  bind: '`/mtls bind`, or `/mtls bind example.com`',
  bindings: '`/mtls bindings`, or `/mtls bindings example.com`',
  site: '`/mtls site list`, `/mtls site add example.com` or `/mtls site remove example.com`',
  ca: '`/mtls ca`, `/mtls ca upload`, `/mtls ca list`, `/mtls ca show Plant CA`, or `bind`, `delete` and `rotate` in place of `show`',
  key: '`/mtls key list` or `/mtls key create`',
  edge: '`/mtls edge list` or `/mtls edge add`',
  waf: '`/mtls waf list`, `/mtls waf add`, `/mtls waf test`, or `/mtls waf edit 20000001` (`enable`, `disable`, `move`, `delete`)',
  audit: '`/mtls audit`',
  settings: '`/mtls settings`',
};
const SITE_USAGE: Readonly<Record<SiteWord, string>> = {
  list: '`/mtls site list`',
  add: '`/mtls site add example.com`',
  remove: '`/mtls site remove example.com`',
};

const KEY_USAGE: Readonly<Record<KeyWord, string>> = {
  list: '`/mtls key list`',
  create: '`/mtls key create`',
  disable: '`/mtls key disable` and a name',
  enable: '`/mtls key enable` and a name',
  delete: '`/mtls key delete` and a name',
};

const EDGE_USAGE: Readonly<Record<EdgeWord, string>> = {
  list: '`/mtls edge list`',
  add: '`/mtls edge add`',
  remove: '`/mtls edge remove` and a name',
};

const WAF_USAGE: Readonly<Record<WafWord, string>> = {
  list: '`/mtls waf list`',
  add: '`/mtls waf add`, or `/mtls waf add example.com`',
  edit: '`/mtls waf edit` and a number',
  enable: '`/mtls waf enable` and a number',
  disable: '`/mtls waf disable` and a number',
  move: '`/mtls waf move`, a number and a position',
  delete: '`/mtls waf delete` and a number',
  test: '`/mtls waf test`',
};

/** A word that is none of ours: what it was probably meant to be, with a button where one click does it. */
export function buildUnknown(command: Unknown): SlackMessage {
  const typed = code(truncate(command.typed, 60));
  if (command.kind === 'unknown_site_word') {
    const meant = command.nearest;
    return message(
      meant === undefined
        ? `I do not know ${typed} of a site. Type ${USAGE.site}.`
        : `I do not know ${typed} of a site. Did you mean ${SITE_USAGE[meant]}?`,
      meant === 'list' ? button({ label: 'List the sites', action: ACTIONS.openSites, value: '' }) : undefined,
    );
  }
  if (command.kind === 'unknown_key_word') {
    const meant = command.nearest;
    const create = button({ label: 'New API key…', action: ACTIONS.openKeyCreate, value: '' });
    return message(
      meant === undefined
        ? `I do not know ${typed} of an API key. Type ${USAGE.key}.`
        : `I do not know ${typed} of an API key. Did you mean ${KEY_USAGE[meant]}?`,
      meant === 'create' ? create : undefined,
    );
  }
  if (command.kind === 'unknown_edge_word') {
    const meant = command.nearest;
    const add = button({ label: 'Add edge…', action: ACTIONS.openEdgeAdd, value: '' });
    return message(
      meant === undefined
        ? `I do not know ${typed} of an edge. Type ${USAGE.edge}.`
        : `I do not know ${typed} of an edge. Did you mean ${EDGE_USAGE[meant]}?`,
      meant === 'add' ? add : undefined,
    );
  }
  if (command.kind === 'unknown_waf_word') {
    const meant = command.nearest;
    return message(
      meant === undefined
        ? `I do not know ${typed} of a rule. Type ${USAGE.waf}.`
        : `I do not know ${typed} of a rule. Did you mean ${WAF_USAGE[meant]}?`,
      button({ label: 'Rules', action: ACTIONS.openRules, value: '' }),
    );
  }
  const meant = command.nearest;
  if (meant === undefined) return message(`I do not know ${typed}. Type \`/mtls help\` to see what I know.`);
  return message(`I do not know ${typed}. Did you mean \`${meant}\`? Type ${USAGE[meant]}.`, buttonOf(meant));
}

function buttonOf(word: Word): Button | undefined {
  switch (word) {
    case 'issue':
      return button({ label: 'Create certificate', action: ACTIONS.openIssue, value: '', style: 'primary' });
    case 'list':
    case 'show':
    case 'revoke':
      return button({ label: 'My certificates', action: ACTIONS.openList, value: '' });
    case 'bind':
      return button({ label: 'Bind hostnames…', action: ACTIONS.openBind, value: '' });
    case 'bindings':
      return button({ label: 'Hostnames', action: ACTIONS.openBindings, value: '' });
    case 'waf':
      return button({ label: 'Rules', action: ACTIONS.openRules, value: '' });
    case 'site':
      return button({ label: 'Sites', action: ACTIONS.openSites, value: '' });
    case 'settings':
      return button({ label: 'Settings', action: ACTIONS.openSettings, value: '' });
    default:
      return undefined;
  }
}

function message(text: string, button?: Button): SlackMessage {
  return { text, blocks: [section(text), ...(button ? [actions('meant', [button])] : [])] };
}
