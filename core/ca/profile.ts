/**
 * The profile of what the managed authorities issue, as data and decisions: which keys, which names, how long.
 * `tbs.ts` writes it, `lint/` checks it in the octets.
 */
import { CountersignError } from '../errors.ts';
import type { SignatureAlgorithm } from './algorithms.ts';
import type { SubjectAltName } from './general-name.ts';

/** Keys that the system makes, safest choice first: every browser and key store can use P-256. */
export const KEY_TYPES = {
  'ec-p256': 'ECDSA P-256 (recommended)',
  'ec-p384': 'ECDSA P-384',
  'rsa-2048': 'RSA 2048 (for old software)',
  'rsa-3072': 'RSA 3072',
  'rsa-4096': 'RSA 4096',
} as const;

export type KeyType = keyof typeof KEY_TYPES;

/** `ECDSA P-256`: the type as a fact, without the menu's advice. */
export function keyTypeName(keyType: KeyType): string {
  return KEY_TYPES[keyType].replace(/ \(.*\)$/, '');
}

/** Upper bound of common name and organisation, in characters (RFC 5280 appendix A.1, ub-common-name). */
export const MAX_NAME_CHARACTERS = 64;

export const MIN_DAYS = 1;
export const MAX_DAYS = 3650;
/** "One year" everywhere: in certificates, previews and reminders. */
export const DAYS_PER_YEAR = 365;
/** A validity above this needs a second person, unless the account has chosen another limit. */
export const LONG_VALIDITY_DAYS = 5 * DAYS_PER_YEAR;
export const AUTHORITY_YEARS = 25;

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
/** How long a delegated OCSP responder is valid. Nobody asks whether it was revoked, so it lives shortly (RFC 6960 4.2.2.2.1). */
const RESPONDER_DAYS = 30;
/** A new one is made when half of that is left, so that an outage of two weeks goes unnoticed. */
export const RESPONDER_RENEWAL_MS = (RESPONDER_DAYS / 2) * 86_400_000;
/** Against clocks that are a little slow. */
const BACKDATE_MS = 60_000;

/** An authority as its certificates show it: everything needed to issue below it, and nothing secret. */
export type AuthorityFacts = {
  /** The issuer name of every leaf, octet for octet. */
  subjectDer: Uint8Array;
  /** Read from the authority's certificate, not computed again (RFC 5280 4.2.1.1). */
  subjectKeyIdentifier: Uint8Array;
  spki: Uint8Array;
  /** What its key signs with. */
  signatureAlgorithm: SignatureAlgorithm;
  notBefore: Date;
  notAfter: Date;
};

/** Everything that decides the octets of a leaf. What is not here cannot get into one. */
export type LeafIntent = {
  /** Canonical, see serial.ts. */
  serial: string;
  issuer: Pick<AuthorityFacts, 'subjectDer' | 'subjectKeyIdentifier' | 'signatureAlgorithm'>;
  subject: { commonName: string; organization?: string | undefined };
  spki: Uint8Array;
  /** From an own CSR only, after `filterSan`. */
  san?: readonly SubjectAltName[] | undefined;
  notBefore: Date;
  notAfter: Date;
  crlUri?: string | undefined;
  ocspUri?: string | undefined;
  caIssuersUri?: string | undefined;
};

/** Everything that decides the octets of a managed authority's own, self-signed certificate. */
export type AuthorityIntent = {
  serial: string;
  commonName: string;
  spki: Uint8Array;
  signatureAlgorithm: SignatureAlgorithm;
  notBefore: Date;
  notAfter: Date;
};

/** Everything that decides the octets of a delegated OCSP responder's certificate. */
export type ResponderIntent = {
  serial: string;
  issuer: Pick<AuthorityFacts, 'subjectDer' | 'subjectKeyIdentifier' | 'signatureAlgorithm'>;
  commonName: string;
  spki: Uint8Array;
  notBefore: Date;
  notAfter: Date;
};

/**
 * The name to put into a certificate as its common name: NFC, every kind and run of spaces made one plain space,
 * spaces at the ends and emoji variation selectors taken away, so that names that look the same are the same.
 * Punctuation such as `+ , = " \ #` is fine: it is encoded, never interpreted.
 * @throws CountersignError `name_refused` with a sentence that says what to change.
 */
export function checkCommonName(text: string): string {
  if (text.length > 16 * MAX_NAME_CHARACTERS)
    refuse(`This name is far too long. Use at most ${MAX_NAME_CHARACTERS} characters.`);
  if (/\p{Cs}|\p{Noncharacter_Code_Point}/u.test(text)) refuse('This name contains a broken character. Type it again.');
  const name = text
    .normalize('NFC')
    .replace(/[\ufe0e\ufe0f]/g, '')
    .replace(/\p{Zs}+/gu, ' ')
    .trim();
  if (/\0/.test(name)) refuse('This name contains a NUL character. Take it out.');
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) {
    refuse('This name contains a line break, a tab or another control character. Write it on one line.');
  }
  if (/\p{Bidi_Control}/u.test(name)) {
    refuse('This name contains a character that reverses the direction of writing. Type it again without it.');
  }
  if (/[\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(name)) {
    refuse(
      'This name contains an invisible character, which may also join parts of an emoji. Type it again without it.',
    );
  }
  if (/\p{Co}/u.test(name))
    refuse('This name contains a private-use character, which looks different everywhere. Take it out.');
  if (name === '') refuse('Give a name of 1 to 64 characters, for example `alice-laptop`.');
  const characters = [...name].length;
  if (characters > MAX_NAME_CHARACTERS) {
    refuse(`This name has ${characters} characters. Shorten it to at most ${MAX_NAME_CHARACTERS}.`);
  }
  return name;
}

/** The organisation of a leaf: its site, or none where the site's name is longer than the field may be. */
export function organizationOf(site: string): string | undefined {
  return site.length <= MAX_NAME_CHARACTERS ? site : undefined;
}

export type Validity = { notBefore: Date; notAfter: Date; truncated: boolean };

/**
 * When a leaf is valid. Both ends are inclusive (RFC 5280 4.1.2.5), so a lifetime of n days that starts at 12:00:00
 * ends at 11:59:59: `notAfter - start + 1 s = n * 86,400 s`, where start is `now` in whole seconds, or the
 * authority's begin if the clock has stepped back behind it. notBefore lies one minute before start but never before
 * the authority's; notAfter never after the authority's, and `truncated` says when that shortened it.
 * @throws CountersignError `invalid_input` for anything but 1 to 3,650 whole days, `too_late` when the authority has ended.
 */
export function decideValidity(options: {
  now: Date;
  days: number;
  authorityNotBefore: Date;
  authorityNotAfter: Date;
}): Validity {
  const { now, days, authorityNotBefore, authorityNotAfter } = options;
  if (!Number.isInteger(days) || days < MIN_DAYS || days > MAX_DAYS) {
    throw new CountersignError('invalid_input', {
      userMessage: `A certificate is valid for ${MIN_DAYS} to ${MAX_DAYS.toLocaleString('en')} whole days. Choose a number in between.`,
    });
  }
  const start = Math.max(Math.floor(now.getTime() / SECOND_MS) * SECOND_MS, authorityNotBefore.getTime());
  if (start > authorityNotAfter.getTime()) {
    throw new CountersignError('too_late', {
      userMessage: 'The authority that would sign this has ended. An administrator has to rotate it first.',
    });
  }
  const wanted = start + days * DAY_MS - SECOND_MS;
  const truncated = wanted > authorityNotAfter.getTime();
  return {
    notBefore: new Date(Math.max(start - BACKDATE_MS, authorityNotBefore.getTime())),
    notAfter: truncated ? authorityNotAfter : new Date(wanted),
    truncated,
  };
}

/** When a managed authority is valid: 25 years of 365 days by the same rule, with nobody above to shorten it. */
export function decideAuthorityValidity(now: Date): { notBefore: Date; notAfter: Date } {
  const start = Math.floor(now.getTime() / SECOND_MS) * SECOND_MS;
  return {
    notBefore: new Date(start - BACKDATE_MS),
    notAfter: new Date(start + AUTHORITY_YEARS * DAYS_PER_YEAR * DAY_MS - SECOND_MS),
  };
}

/** When a delegated OCSP responder is valid: 30 days by the same rule, within the life of its authority. */
export function decideResponderValidity(
  now: Date,
  authority: Pick<AuthorityFacts, 'notBefore' | 'notAfter'>,
): { notBefore: Date; notAfter: Date } {
  const { notBefore, notAfter } = decideValidity({
    now,
    days: RESPONDER_DAYS,
    authorityNotBefore: authority.notBefore,
    authorityNotAfter: authority.notAfter,
  });
  return { notBefore, notAfter };
}

/** The longest lifetime the rules above can give, for the lint. */
export const MAX_LEAF_LIFETIME_MS = MAX_DAYS * DAY_MS + BACKDATE_MS;
export const MAX_RESPONDER_LIFETIME_MS = RESPONDER_DAYS * DAY_MS + BACKDATE_MS;
export const MAX_AUTHORITY_LIFETIME_MS = AUTHORITY_YEARS * DAYS_PER_YEAR * DAY_MS + BACKDATE_MS;

function refuse(userMessage: string): never {
  throw new CountersignError('name_refused', { userMessage });
}
