import { editDistance } from '../core/edit-distance.ts';

/** What was typed after `/mtls`. */
export type Command =
  | { kind: 'help' }
  | { kind: 'issue'; site: string | undefined }
  | { kind: 'site_list' }
  | { kind: 'site_add'; name: string }
  | { kind: 'site_remove'; name: string }
  | { kind: 'list'; words: string }
  | { kind: 'show'; which: string }
  | { kind: 'revoke'; which: string }
  | { kind: 'bind'; site: string }
  | { kind: 'bindings'; site: string }
  | { kind: 'audit'; words: string }
  | { kind: 'settings' }
  | { kind: 'ca' }
  | { kind: 'ca_upload' }
  | { kind: 'ca_list' }
  /** Of one custom CA, by its name or fingerprint. */
  | { kind: 'ca_show' | 'ca_bind' | 'ca_delete'; which: string }
  | { kind: 'ca_rotate' }
  | { kind: 'key_list' }
  | { kind: 'key_create'; name: string }
  | { kind: 'key_disable' | 'key_enable' | 'key_delete'; name: string }
  | { kind: 'edge_list' }
  | { kind: 'edge_add' | 'edge_remove'; name: string }
  | { kind: 'waf_list' | 'waf_add' | 'waf_test'; site: string }
  | { kind: 'waf_edit' | 'waf_enable' | 'waf_disable' | 'waf_delete'; which: string }
  | { kind: 'waf_move'; which: string; position: string }
  /** `nearest` is what was probably meant, as a whole command. */
  | { kind: 'unknown'; typed: string; nearest: Word | undefined }
  | { kind: 'unknown_site_word'; typed: string; nearest: SiteWord | undefined }
  | { kind: 'unknown_key_word'; typed: string; nearest: KeyWord | undefined }
  | { kind: 'unknown_edge_word'; typed: string; nearest: EdgeWord | undefined }
  | { kind: 'unknown_waf_word'; typed: string; nearest: WafWord | undefined };

export const WORDS = [
  'help',
  'issue',
  'list',
  'show',
  'revoke',
  'bind',
  'bindings',
  'site',
  'ca',
  'key',
  'edge',
  'waf',
  'audit',
  'settings',
] as const;
export type Word = (typeof WORDS)[number];
const SITE_WORDS = ['list', 'add', 'remove'] as const;
export type SiteWord = (typeof SITE_WORDS)[number];
const KEY_WORDS = ['list', 'create', 'disable', 'enable', 'delete'] as const;
export type KeyWord = (typeof KEY_WORDS)[number];
const EDGE_WORDS = ['list', 'add', 'remove'] as const;
export type EdgeWord = (typeof EDGE_WORDS)[number];
const WAF_WORDS = ['list', 'add', 'edit', 'enable', 'disable', 'move', 'delete', 'test'] as const;
export type WafWord = (typeof WAF_WORDS)[number];
/** What can be typed after `/mtls ca`, which alone shows it. */
const CA_WORDS = ['show', 'list', 'upload', 'bind', 'delete', 'rotate'] as const;

const PLURALS: Readonly<Record<string, Word | undefined>> = Object.assign(Object.create(null), {
  sites: 'site',
  keys: 'key',
  edges: 'edge',
  rule: 'waf',
  rules: 'waf',
});

/** The text of `/mtls` as a command. Any beginning that fits one word alone is that word; capitals do not matter. */
export function parseCommand(text: string): Command {
  const [first = '', ...rest] = unescapeText(text).trim().split(/\s+/);
  if (first === '' || first === '?') return { kind: 'help' };
  const word = PLURALS[first.toLowerCase()] ?? match(first, WORDS);
  switch (word) {
    case undefined:
      return { kind: 'unknown', typed: first, nearest: nearest(first, WORDS) };
    case 'issue':
      return { kind: 'issue', site: rest.length > 0 ? rest.join(' ') : undefined };
    case 'list':
      return { kind: 'list', words: rest.join(' ') };
    case 'show':
      return { kind: 'show', which: rest.join(' ') };
    case 'revoke':
      return { kind: 'revoke', which: rest.join(' ') };
    case 'ca':
      return parseCa(rest);
    case 'bind':
    case 'bindings':
      return { kind: word, site: rest.join(' ') };
    case 'audit':
      return { kind: 'audit', words: rest.join(' ') };
    case 'site':
      return parseSite(rest);
    case 'key':
      return parseKey(rest);
    case 'edge':
      return parseEdge(rest);
    case 'waf':
      return parseWaf(rest);
    default:
      return { kind: word };
  }
}

/** What is no word of ours shows the authority: there is nothing to be lost by that. */
function parseCa([first = '', ...rest]: string[]): Command {
  const which = rest.join(' ');
  const word = first === '' ? 'show' : match(first, CA_WORDS);
  switch (word) {
    case 'upload':
    case 'list':
    case 'rotate':
      return { kind: `ca_${word}` };
    case 'bind':
    case 'delete':
      return { kind: `ca_${word}`, which };
    case 'show':
      return which === '' ? { kind: 'ca' } : { kind: 'ca_show', which };
    default:
      return { kind: 'ca' };
  }
}

function parseSite([first = '', ...rest]: string[]): Command {
  if (first === '') return { kind: 'site_list' };
  const name = rest.join(' ');
  switch (match(first, SITE_WORDS)) {
    case 'list':
      return { kind: 'site_list' };
    case 'add':
      return { kind: 'site_add', name };
    case 'remove':
      return { kind: 'site_remove', name };
    default:
      return { kind: 'unknown_site_word', typed: first, nearest: nearest(first, SITE_WORDS) };
  }
}

function parseKey([first = '', ...rest]: string[]): Command {
  if (first === '') return { kind: 'key_list' };
  const name = rest.join(' ');
  const word = match(first, KEY_WORDS);
  switch (word) {
    case undefined:
      return { kind: 'unknown_key_word', typed: first, nearest: nearest(first, KEY_WORDS) };
    case 'list':
      return { kind: 'key_list' };
    default:
      return { kind: `key_${word}`, name };
  }
}

function parseEdge([first = '', ...rest]: string[]): Command {
  if (first === '') return { kind: 'edge_list' };
  const name = rest.join(' ');
  const word = match(first, EDGE_WORDS);
  switch (word) {
    case undefined:
      return { kind: 'unknown_edge_word', typed: first, nearest: nearest(first, EDGE_WORDS) };
    case 'list':
      return { kind: 'edge_list' };
    default:
      return { kind: `edge_${word}`, name };
  }
}

function parseWaf([first = '', ...rest]: string[]): Command {
  if (first === '') return { kind: 'waf_list', site: '' };
  const [which = '', position = ''] = rest;
  const word = match(first, WAF_WORDS);
  switch (word) {
    case undefined:
      return { kind: 'unknown_waf_word', typed: first, nearest: nearest(first, WAF_WORDS) };
    case 'list':
    case 'add':
    case 'test':
      return { kind: `waf_${word}`, site: rest.join(' ') };
    case 'move':
      // `move 20000001 to 1` is what people say.
      return { kind: 'waf_move', which, position: position.toLowerCase() === 'to' ? (rest[2] ?? '') : position };
    default:
      return { kind: `waf_${word}`, which };
  }
}

/**
 * What was typed, where Slack has made links of domains and escaped what has a meaning (`should_escape`, which is on so
 * that people come as their ids). People stay as they came: `<@U0BOB|bob>`.
 */
function unescapeText(text: string): string {
  return text
    .replace(/<(?:https?:\/\/|mailto:)[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** The word itself, or the only word that begins like this. */
function match<W extends string>(typed: string, words: readonly W[]): W | undefined {
  const lower = typed.toLowerCase();
  const exact = words.find((word) => word === lower);
  const fitting = words.filter((word) => word.startsWith(lower));
  return exact ?? (fitting.length === 1 ? fitting[0] : undefined);
}

/** The word that a person probably meant: at most half of it wrong. Of several that fit, the first of the list. */
export function nearest<W extends string>(typed: string, words: readonly W[]): W | undefined {
  if (typed.length > 20) return undefined;
  const lower = typed.toLowerCase();
  const begun = words.find((word) => word.startsWith(lower));
  if (begun !== undefined) return begun;
  const ranked = words
    .map((word) => ({ word, distance: editDistance(lower, word) }))
    .filter(({ word, distance }) => distance <= Math.floor(word.length / 2))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.word;
}
