import { keyActor, keyNameOf } from '../access/actor.ts';
import { KEY_NAME } from '../access/key.ts';
import { parseSerial } from '../ca/serial.ts';
import { code } from '../slack/text.ts';
import type { Site } from '../store/rows.ts';
import type { CertificateFilter } from './filter.ts';

/** Who types, and what they may mean. */
export type WordContext = {
  userId: string;
  /** Of the account; removed ones too, where they are to be found. */
  sites: readonly Pick<Site, 'id' | 'name'>[];
  /** Slack hands over `@bob` as it was typed where names are not escaped: the user's id, if there is one. */
  findPerson?: (handle: string) => string | undefined;
};

/** `all` is everybody's, and not to be confused with nothing said. */
export type ReadWords = { filter: CertificateFilter; owner: string | undefined; notUnderstood: string[] };

const STATES: Readonly<Record<string, CertificateFilter['state']>> = {
  active: 'active',
  valid: 'active',
  held: 'held',
  hold: 'held',
  suspended: 'held',
  revoked: 'revoked',
  expired: 'expired',
  expiring: 'expiring',
  ending: 'expiring',
};
const MOST_DAYS = 3650;
const MOST_NAME = 64;

type Reading = {
  context: WordContext;
  tokens: readonly string[];
  filter: CertificateFilter;
  owner: string | undefined;
  name: string[];
  notUnderstood: string[];
};

/** Takes what it understands at place `i` and says how many tokens that were; undefined when it is not for it. */
type Reader = (reading: Reading, i: number) => number | undefined;

/** Reads the words one after the other; whatever nobody claims is a part of the name. */
export function readWords(words: string, context: WordContext): ReadWords {
  const reading: Reading = { context, tokens: split(words), filter: {}, owner: undefined, name: [], notUnderstood: [] };
  for (let i = 0; i < reading.tokens.length; ) {
    const taken = READERS.map((read) => read(reading, i)).find((count) => count !== undefined);
    if (taken === undefined) reading.name.push(reading.tokens[i] as string);
    i += taken ?? 1;
  }
  takeName(reading);
  const { filter, owner, notUnderstood } = reading;
  return { filter, owner, notUnderstood };
}

/** Words, and what stands between quotation marks as one; Slack's keyboards make those curly. */
function split(words: string): string[] {
  const parts = inOnePiece(words).matchAll(/["“”„]([^"“”„]+)["“”„]|(\S+)/gu);
  return [...parts].map(([, quoted, bare = '']) => (quoted === undefined ? unlink(bare) : quoted.trim()));
}

/** What programs print with spaces in it: `SHA256 Fingerprint=AB:CD...`, `Serial Number: 4f 00 11 22 ...`. */
function inOnePiece(words: string): string {
  return words
    .replace(/(?:sha-?256\s+)?fingerprint\s*[=:]\s*/gi, 'fingerprint:')
    .replace(/serial(?:\s+number)?\s*[=:]\s*/gi, 'serial:')
    .replace(/(?<![0-9a-z])[0-9a-f]{2}(?: [0-9a-f]{2}){7,}(?![0-9a-z])/gi, (pairs) => pairs.replaceAll(' ', ''));
}

/** Slack turns a typed domain into `<http://example.com|example.com>`. */
const unlink = (token: string) => /^<https?:\/\/[^|>]+\|([^>]+)>$/.exec(token)?.[1] ?? token;

const at = ({ tokens }: Reading, i: number) => tokens[i] ?? '';
const lower = (reading: Reading, i: number) => at(reading, i).toLowerCase();

const readOwner: Reader = (reading, i) => {
  const introduced = /^(of|owner|by)$/.test(lower(reading, i)) && /^(<?@|me$|all$|key:)/i.test(at(reading, i + 1));
  const place = introduced ? i + 1 : i;
  const word = at(reading, place);
  const owner = ownerOf(reading, word);
  if (owner === undefined) return undefined;
  if (owner === null) {
    reading.notUnderstood.push(
      `${code(word)} is nobody I can find. Pick the person from the list that Slack offers after the @.`,
    );
  } else if (reading.owner !== undefined && reading.owner !== owner) {
    reading.notUnderstood.push(`${code(word)}: only one person at a time; the first one is used.`);
  } else {
    reading.owner = owner;
  }
  return place - i + 1;
};

/** A user's id, an API key (`key:deploy`), or `all`; null for a mention of nobody; undefined for another word. */
function ownerOf({ context }: Reading, word: string): string | null | undefined {
  if (/^(all|everybody|everyone)$/i.test(word)) return 'all';
  if (/^(me|mine|my|own)$/i.test(word)) return context.userId;
  const key = keyNameOf(word.toLowerCase());
  if (key !== undefined && KEY_NAME.test(key)) return keyActor(key);
  const mentioned = /^<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>$/.exec(word)?.[1];
  if (mentioned !== undefined) return mentioned;
  return /^@\S+$/.test(word) ? (context.findPerson?.(word.slice(1)) ?? null) : undefined;
}

const readSite: Reader = (reading, i) => {
  const introduced = /^(site|for)$/.test(lower(reading, i));
  const word = lower(reading, introduced ? i + 1 : i).replace(/\.$/, '');
  const site = reading.context.sites.find(({ name }) => name === word);
  if (!site && !(introduced && word.includes('.'))) return undefined;
  if (!site) reading.notUnderstood.push(`${code(word)} is not a site here. \`/mtls site list\` shows those there are.`);
  else if (reading.filter.siteId !== undefined && reading.filter.siteId !== site.id) {
    reading.notUnderstood.push(`${code(word)}: only one site at a time; the first one is used.`);
  } else reading.filter.siteId = site.id;
  return introduced ? 2 : 1;
};

const readState: Reader = (reading, i) => {
  const word = lower(reading, i);
  const state = Object.hasOwn(STATES, word) ? STATES[word] : undefined;
  if (state === undefined) return undefined;
  const { filter } = reading;
  if (filter.state !== undefined && filter.state !== state) {
    reading.notUnderstood.push(`${code(word)}: only one state at a time; ${code(filter.state)} is used.`);
    return 1;
  }
  filter.state = state;
  return state === 'expiring' ? 1 + readWithin(reading, i + 1) : 1;
};

/** `14`, `in 14 days`, `14d` after `expiring`. */
function readWithin(reading: Reading, i: number): number {
  const introduced = /^(in|within)$/.test(lower(reading, i)) ? 1 : 0;
  const number = /^(\d{1,9})(d|days?)?$/.exec(lower(reading, i + introduced));
  if (!number) return 0;
  const withinDays = Number(number[1]);
  if (withinDays >= 1 && withinDays <= MOST_DAYS) reading.filter.withinDays = withinDays;
  else reading.notUnderstood.push(`${code(`expiring ${withinDays}`)}: give 1 to ${MOST_DAYS} days.`);
  const unit = number[2] === undefined && /^days?$/.test(lower(reading, i + introduced + 1)) ? 1 : 0;
  return introduced + 1 + unit;
}

const readBefore: Reader = (reading, i) => {
  const introduced = lower(reading, i) === 'issued' ? 1 : 0;
  if (lower(reading, i + introduced) !== 'before') return undefined;
  const day = at(reading, i + introduced + 1);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) {
    reading.notUnderstood.push('`before` needs a date such as `before 2026-01-31`.');
    return introduced + (/^\d/.test(day) ? 2 : 1);
  }
  const date = new Date(`${day}T00:00:00Z`);
  // The 31st of a month with 30 days would otherwise be the 1st of the next.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day) {
    reading.notUnderstood.push(`${code(day)} is not a day of the calendar.`);
  } else reading.filter.issuedBefore = date.toISOString();
  return introduced + 2;
};

/** `serial` and `fingerprint` say what the digits after them are; without them it shows by their form. */
const readNumber: Reader = (reading, i) => {
  const [, label, rest = ''] = /^(serial|fingerprint)(?:[=:](.*))?$/i.exec(at(reading, i)) ?? [];
  if (label === undefined) return takeNumber(reading, at(reading, i), looksLikeNumber) ? 1 : undefined;
  const [digits, tokens] = rest === '' ? [at(reading, i + 1), 2] : [rest, 1];
  if (takeNumber(reading, digits, () => true)) return tokens;
  // `fingerprint-reader` is a name, `serial: xyz` a mistake.
  if (at(reading, i).toLowerCase() === label.toLowerCase()) return undefined;
  reading.notUnderstood.push(`${code(at(reading, i))}: this is no ${label.toLowerCase()}.`);
  return 1;
};

/** Short hexadecimal words are names rather: `cafe`, `ada`, `deadbeef`. */
const looksLikeNumber = (token: string) =>
  /^0x[0-9a-f]+$/i.test(token) ||
  /^[0-9a-f]{2}(?:[:-][0-9a-f]{2}){3,}$/i.test(token) ||
  /^(?:[0-9a-f]{32}){1,2}$/i.test(token) ||
  (/^[0-9a-f]{16,}$/i.test(token) && /\d/.test(token));

function takeNumber(reading: Reading, token: string, fits: (token: string) => boolean): boolean {
  if (!fits(token)) return false;
  const fingerprint = token.replaceAll(/[:-]/g, '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(fingerprint)) {
    reading.filter.fingerprint = fingerprint;
    return true;
  }
  const serial = parseSerial(token);
  if (serial !== undefined) reading.filter.serial = serial;
  return serial !== undefined;
}

const READERS: readonly Reader[] = [readOwner, readSite, readState, readBefore, readNumber];

function takeName(reading: Reading): void {
  const name = reading.name.join(' ').trim();
  if (name === '') return;
  const kept = [...name].slice(0, MOST_NAME).join('').slice(0, MOST_NAME).trim();
  if (kept.length < name.length) reading.notUnderstood.push(`Of a name, only ${MOST_NAME} characters are looked for.`);
  reading.filter.name = kept;
}
