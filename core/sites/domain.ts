import { parse } from 'tldts';

/** What a text is as a domain name: lower case, IDN as A-labels, no trailing dot; or why it is none. */
export type ReadDomain = { name: string } | { fault: DomainFault; part?: string };

export type DomainFault =
  | 'too_long'
  | 'address'
  | 'not_alone'
  | 'characters'
  | 'empty_label'
  | 'long_label'
  | 'label_characters';

/** RFC 1035 2.3.4, as text without the trailing dot. */
const NAME_LIMIT = 253;
const LABEL_LIMIT = 63;
/** Longer text is not looked at: U-labels are shorter than the A-labels they become. */
const TYPED_LIMIT = 300;

/**
 * Reads one domain name, the same for sites and for hostnames: LDH labels (RFC 1123 2.1), IDN by UTS #46 as the URL
 * standard applies it, one trailing dot. Addresses are none, in whatever spelling a URL parser takes them.
 */
export function readDomain(typed: string): ReadDomain {
  if (typed.length > TYPED_LIMIT) return { fault: 'too_long' };
  if (isIpv6(typed)) return { fault: 'address' };
  if (/[/\\?#@:\s[\]]/.test(typed)) return { fault: 'not_alone' };
  const ascii = toAscii(typed.replace(/[.。．｡]$/u, ''));
  if (ascii === undefined) return { fault: 'characters' };
  if (ascii.length > NAME_LIMIT) return { fault: 'too_long' };
  for (const label of ascii.split('.')) {
    if (label === '') return { fault: 'empty_label' };
    if (label.length > LABEL_LIMIT) return { fault: 'long_label' };
    if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)) return { fault: 'label_characters', part: label };
  }
  return parse(ascii).isIp || /^[\d.]+$/.test(ascii) ? { fault: 'address' } : { name: ascii };
}

/** Slack turns a typed domain into `<http://example.com|example.com>`. */
export function unlink(text: string): string {
  return /^<(?:https?:\/\/)?([^|>]+?)\/?(?:\|([^>]+))?>$/.exec(text)?.slice(1).reverse().find(Boolean) ?? text;
}

/** With or without brackets, with or without a port behind them. */
const isIpv6 = (text: string) => /^\[?[\da-f.]*:[\da-f.]*:[\da-f:.]*(%[^\]]*)?(\](:\d*)?)?$/i.test(text);

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
