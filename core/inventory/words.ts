import { code, mention } from '../slack/text.ts';
import type { CertificateFilter } from './filter.ts';
import { readWords, type WordContext } from './read-words.ts';
import { SOON_DAYS } from './state.ts';

export type ParsedWords = {
  filter: CertificateFilter;
  /** What was left out because it could not be understood: a sentence for each (mrkdwn). */
  notUnderstood: string[];
};

/** Longer input is cut before it is read. */
const MOST_CHARACTERS = 500;

/**
 * The words after `/mtls list`. Without a person's name or `all` they are about the caller's own certificates; a
 * serial or a fingerprint names one certificate whoever owns it. Nothing here decides who may see what.
 */
export function parseFilter(words: string, context: WordContext): ParsedWords {
  const { owner, ...read } = readWords(words.slice(0, MOST_CHARACTERS), context);
  const notUnderstood = [...read.notUnderstood];
  if (words.length > MOST_CHARACTERS) notUnderstood.push(`Only the first ${MOST_CHARACTERS} characters were read.`);
  const namesOne = read.filter.serial !== undefined || read.filter.fingerprint !== undefined;
  const own = owner === undefined && !namesOne ? context.userId : owner;
  return { filter: own === undefined || own === 'all' ? read.filter : { ...read.filter, owner: own }, notUnderstood };
}

/** How things are called that a filter holds by their ids. */
export type FilterNames = { viewerId: string; siteName: (siteId: string) => string | undefined };

/** A filter in plain words, after "This shows" (mrkdwn): `your active certificates for example.com`. */
export function describeFilter(filter: CertificateFilter, names: FilterNames): string {
  const { owner, siteId, state, serial, fingerprint, name, issuedBefore, ids } = filter;
  const kind = state === 'held' ? 'suspended ' : state === 'expiring' || state === undefined ? '' : `${state} `;
  const whose = owner === undefined ? `all ${kind}certificates` : `${kind}certificates of ${mention(owner)}`;
  return [
    owner === names.viewerId ? `your ${kind}certificates` : whose,
    siteId === undefined ? '' : `for ${names.siteName(siteId) ?? 'a site that is gone'}`,
    state === 'expiring' ? `that end within ${days(filter.withinDays)}` : '',
    serial === undefined ? '' : `with the serial ${code(serial)}`,
    fingerprint === undefined ? '' : `with the fingerprint ${code(fingerprint)}`,
    name === undefined ? '' : `whose name contains ${code(name)}`,
    issuedBefore === undefined ? '' : `issued before ${issuedBefore.slice(0, 10)} (UTC)`,
    ids === undefined ? '' : `in a selection of ${ids.length}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const days = (count = SOON_DAYS) => (count === 1 ? '1 day' : `${count} days`);
