import { type DomainFault, readDomain, unlink } from '../sites/domain.ts';

/** A name that cannot be bound, as it was typed, and what is wrong with it, to stand after a colon. */
export type RefusedHostname = { typed: string; because: string };

export type ReadHostnames = {
  /** In A-labels and lower case, each once, in the order of their first spelling. */
  hostnames: string[];
  refused: RefusedHostname[];
};

/** What somebody typed into a field: one name per line, or several with commas or spaces between them. */
export function splitHostnames(text: string): string[] {
  return text
    .split(/[\s,;，、]+/u)
    .filter((word) => word !== '')
    .map(unlink);
}

/**
 * Reads hostnames of a site: equal to it or below it, IDN as A-labels, a wildcard as a single first label `*`. Every
 * name is looked at, so that all that is wrong can be told at once.
 */
export function readHostnames(typed: readonly string[], siteName: string): ReadHostnames {
  const hostnames = new Set<string>();
  const refused = new Map<string, RefusedHostname>();
  for (const one of typed) {
    const read = readHostname(one.trim(), siteName);
    if ('name' in read) hostnames.add(read.name);
    else refused.set(one, { typed: one, because: read.because });
  }
  return { hostnames: [...hostnames], refused: [...refused.values()] };
}

/** Whether a hostname is the site's: equal to it or below it, whatever else it ends in or begins with. */
export function isWithin(hostname: string, siteName: string): boolean {
  return hostname === siteName || hostname.endsWith(`.${siteName}`);
}

const NAME_LIMIT = 253;

function readHostname(typed: string, siteName: string): { name: string } | { because: string } {
  if (typed === '') return { because: 'an empty name' };
  const wildcard = typed.startsWith('*.');
  const rest = wildcard ? typed.slice(2) : typed;
  if (rest.includes('*')) {
    return { because: `a wildcard is a single \`*.\` at the beginning, such as \`*.${siteName}\`` };
  }
  const read = readDomain(rest);
  if ('fault' in read) return { because: FAULTS[read.fault] };
  if (!isWithin(read.name, siteName)) return { because: `neither ${siteName} nor below it` };
  const name = wildcard ? `*.${read.name}` : read.name;
  return name.length > NAME_LIMIT ? { because: FAULTS.too_long } : { name };
}

const FAULTS: Readonly<Record<DomainFault, string>> = {
  too_long: 'longer than 253 characters',
  address: 'an IP address, not a hostname',
  not_alone: 'give the hostname alone, without https://, port, path or spaces',
  characters: 'characters that a hostname cannot have',
  empty_label: 'an empty part between two dots',
  long_label: 'a part longer than 63 characters',
  label_characters: 'letters, digits and inner hyphens only, no underscores',
};
