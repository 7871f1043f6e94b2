import { parse } from 'tldts';
import { CountersignError } from '../errors.ts';
import { readDomain, unlink } from './domain.ts';

/**
 * A domain as a site's name: lower case, IDN as A-labels, no trailing dot.
 * @throws CountersignError `domain_refused` with a sentence that names the fault and the fix, when the text is not a
 *   registrable domain or a name below one (public suffixes, single labels and addresses are refused; RFC 1035 2.3.4).
 */
export function parseSiteName(text: string): string {
  const typed = text.trim();
  if (typed === '') refuse('Name the domain, for example `/mtls site add example.com`.');
  const plain = unlink(typed);
  if (plain.length > 300) refuse('This is far too long for a domain (253 characters at most).');
  const shown = plain.slice(0, 80);
  if (plain.includes('*'))
    refuse(`A site is a domain without a wildcard: \`${plain.replaceAll('*.', '').slice(0, 80)}\`.`);
  const read = readDomain(plain);
  if ('fault' in read) {
    switch (read.fault) {
      case 'too_long':
        return refuse('This is too long for a domain (253 characters at most).');
      case 'address':
        return refuse('An IP address cannot be a site. Give a domain.');
      case 'not_alone':
        return refuse(`\`${shown}\` is not a domain. Give the domain alone, without https://, port, path or spaces.`);
      case 'characters':
        return refuse(`\`${shown}\` contains characters that a domain cannot have.`);
      case 'empty_label':
        return refuse(`\`${shown}\` has an empty part between two dots.`);
      case 'long_label':
        return refuse(`A part of \`${shown}\` is longer than 63 characters.`);
      case 'label_characters':
        return refuse(`\`${read.part}\` is not a valid part of a domain: letters, digits and inner hyphens only.`);
    }
  }
  const { name } = read;
  if (!name.includes('.')) refuse(`\`${name}\` is a single label. Give a full domain such as \`${name}.example.com\`.`);
  if (parse(name, { allowPrivateDomains: true }).publicSuffix === name) {
    refuse(`\`${name}\` is a public suffix under which anybody can register. Give a domain of your own below it.`);
  }
  return name;
}

function refuse(userMessage: string): never {
  throw new CountersignError('domain_refused', { userMessage });
}
