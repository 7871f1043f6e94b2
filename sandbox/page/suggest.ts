import type { SlashCommand } from '../contract.ts';

/** Completion of slash commands: the command first, then its subcommands. Pure. */
export type Suggestion = {
  /** What the composer holds after taking it. */
  insert: string;
  label: string;
  description: string;
};
export type Suggestions = {
  items: Suggestion[];
  /** Which one Enter takes without choosing first; -1 for none, so that Enter sends what was typed. */
  ready: number;
};

/** Known without the bot, which may write its usage hint as freely as it likes. */
const KNOWN: Record<string, Record<string, string>> = {
  '/mtls': {
    help: 'See what Countersign can do',
    issue: 'Get a client certificate',
    list: 'Find certificates',
    show: 'See everything about one certificate',
    revoke: 'Take a certificate out of use',
    bind: 'Change the hostnames that ask for certificates',
    bindings: 'See which hostnames accept whose certificates',
    'site add': 'Add a domain',
    'site list': 'List the domains',
    'site remove': 'Remove a domain',
    ca: 'See the authority that servers must trust',
    'ca upload': 'Upload the root of a custom CA',
    'ca list': 'See the custom CAs',
    'ca show': 'See everything about one custom CA',
    'ca bind': 'Change the hostnames of a custom CA',
    'ca delete': 'Delete a custom CA',
    'ca rotate': 'Make the next generation of the authority',
    'key list': 'See the API keys',
    'key create': 'Make an API key for a program',
    'key disable': 'Switch an API key off',
    'key enable': 'Switch an API key on again',
    'key delete': 'End an API key for ever',
    'edge list': 'See the edges, and how far each is',
    'edge add': 'Add an edge',
    'edge remove': 'End the credential of an edge',
    'waf list': 'See the WAF rules in their order',
    'waf add': 'Make a WAF rule',
    'waf edit': 'Change a WAF rule',
    'waf enable': 'Switch a WAF rule on',
    'waf disable': 'Switch a WAF rule off',
    'waf move': 'Move a WAF rule to a position',
    'waf delete': 'Delete a WAF rule',
    'waf test': 'See what the rules say to a request',
    audit: 'Search what happened',
    settings: 'Roles, channels, four eyes, delivery',
  },
};

const NONE: Suggestions = { items: [], ready: -1 };

export function suggest(text: string, commands: SlashCommand[]): Suggestions {
  if (!text.startsWith('/') || text.includes('\n')) return NONE;
  const command = commands.find((candidate) => text.startsWith(`${candidate.command} `));
  const items = command ? subcommands(command) : commands.map(commandItem);
  return matching(items, text);
}

const commandItem = ({ command, description }: SlashCommand): Suggestion => ({
  insert: `${command} `,
  label: command,
  description,
});

function subcommands({ command, usageHint }: SlashCommand): Suggestion[] {
  const known = KNOWN[command] ?? {};
  const names = new Set([...Object.keys(known), ...parseUsageHint(usageHint)]);
  return [...names].map((name) => ({
    insert: `${command} ${name} `,
    label: `${command} ${name}`,
    description: known[name] ?? '',
  }));
}

/** `[issue <host> | site add <domain> | help]` names `issue`, `site add` and `help`. */
export function parseUsageHint(usageHint: string): string[] {
  const bare = usageHint.trim().replace(/^\[(.*)\]$/, '$1');
  return bare
    .split('|')
    .map((part) => /^[a-z][a-z-]*(?: [a-z][a-z-]*)*(?=$|\s)/.exec(part.trim())?.[0] ?? '')
    .filter((name) => name !== '');
}

function matching(items: Suggestion[], text: string): Suggestions {
  const typed = text.replace(/\s+$/, (spaces) => (spaces ? ' ' : ''));
  const fitting = items.filter((item) => item.insert.startsWith(typed) && item.insert.trim() !== text.trim());
  const first = fitting[0]?.insert.trimEnd();
  // Halfway through a word Enter completes it; between words it sends.
  const halfway = first !== undefined && /\S$/.test(typed) && /\S/.test(first.charAt(typed.length));
  return { items: fitting, ready: halfway ? 0 : -1 };
}
