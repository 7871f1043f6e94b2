import { parse } from 'tldts';
import { CountersignError } from '../errors.ts';

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
  if (/[/\\?#@:\s[\]]/.test(plain)) {
    refuse(`\`${shown}\` is not a domain. Give the domain alone, without https://, port, path or spaces.`);
  }
  const ascii = toAscii(plain.replace(/[.。．｡]$/u, ''));
  if (ascii === undefined) refuse(`\`${shown}\` contains characters that a domain cannot have.`);
  if (ascii.length > 253) refuse('This is too long for a domain (253 characters at most).');
  for (const label of ascii.split('.')) {
    if (label === '') refuse(`\`${shown}\` has an empty part between two dots.`);
    if (label.length > 63) refuse(`A part of \`${shown}\` is longer than 63 characters.`);
    if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)) {
      refuse(`\`${label}\` is not a valid part of a domain: letters, digits and inner hyphens only.`);
    }
  }
  const facts = parse(ascii, { allowPrivateDomains: true });
  if (facts.isIp || /^[\d.]+$/.test(ascii)) refuse('An IP address cannot be a site. Give a domain.');
  if (!ascii.includes('.'))
    refuse(`\`${ascii}\` is a single label. Give a full domain such as \`${ascii}.example.com\`.`);
  if (facts.publicSuffix === ascii) {
    refuse(`\`${ascii}\` is a public suffix under which anybody can register. Give a domain of your own below it.`);
  }
  return ascii;
}

function refuse(userMessage: string): never {
  throw new CountersignError('domain_refused', { userMessage });
}

/** Slack turns a typed domain into `<http://example.com|example.com>`. */
function unlink(text: string): string {
  return /^<(?:https?:\/\/)?([^|>]+?)\/?(?:\|([^>]+))?>$/.exec(text)?.slice(1).reverse().find(Boolean) ?? text;
}

/** UTS #46 as the URL standard applies it; undefined when a label is not allowed. */
function toAscii(name: string): string | undefined {
  try {
    // `URL` decodes percent signs and maps full-width forms; what it adds or drops shows in a second pass.
    const host = new URL(`http://${name}`).hostname;
    return name.includes('%') ? undefined : host;
  } catch {
    return undefined;
  }
}
