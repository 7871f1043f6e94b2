/**
 * The name of an issuer as nginx (`$ssl_client_i_dn`) and HAProxy (`ssl_c_i_dn(,0,rfc2253)`) print it: OpenSSL's
 * X509_NAME_print_ex with XN_FLAG_RFC2253. It is what both can look up an authority by. Held equal to `openssl x509` by
 * test/integration/edge/issuer-name.test.ts.
 */
import { contentOf, type DerNode, encodedOf, expectTag, readDer } from '../../core/ca/der/reader.ts';
import { oidOf } from '../../core/ca/der/values.ts';

/** The attribute types that OpenSSL has short names for and that names are made of (RFC 4519, RFC 5280 appendix A.1). */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.13': 'description',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'postalCode',
  '2.5.4.41': 'name',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.44': 'generationQualifier',
  '2.5.4.45': 'x500UniqueIdentifier',
  '2.5.4.46': 'dnQualifier',
  '2.5.4.65': 'pseudonym',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '1.2.840.113549.1.9.2': 'unstructuredName',
  '1.3.6.1.4.1.311.60.2.1.1': 'jurisdictionL',
  '1.3.6.1.4.1.311.60.2.1.2': 'jurisdictionST',
  '1.3.6.1.4.1.311.60.2.1.3': 'jurisdictionC',
};

/** UTF8String, NumericString, PrintableString, TeletexString, IA5String, VisibleString: one octet or UTF-8 to the character. */
const TEXT_DECODERS: Readonly<Record<number, 'utf8' | 'latin1'>> = {
  12: 'utf8',
  18: 'latin1',
  19: 'latin1',
  20: 'latin1',
  22: 'latin1',
  26: 'latin1',
};

/**
 * @param subject the octets of the issuer's name.
 * @returns the printed name, ASCII alone. Throws DerError when it is not a name.
 */
export function issuerName(subject: Uint8Array): string {
  const rdns = expectTag(readDer(subject), 0x30, 'a name').children;
  return rdns
    .toReversed()
    .map((rdn) => rdn.children.toReversed().map(attribute).join('+'))
    .join(',');
}

/**
 * The printed name as a pattern of PCRE in which every character is written as `\xHH`: whatever is in a name, it is
 * neither a pattern nor configuration.
 */
export function issuerPattern(subject: Uint8Array): string {
  const escaped = [...Buffer.from(issuerName(subject), 'latin1')].map((octet) => `\\x${hex(octet)}`);
  return `^${escaped.join('')}$`;
}

function attribute(node: DerNode): string {
  const [type, value] = node.children;
  const id = oidOf(expectTag(type, 0x06, 'the type of a name', node));
  const known = SHORT_NAMES[id];
  if (value === undefined) return `${known ?? id}=`;
  const decoder = TEXT_DECODERS[value.tag];
  if (known === undefined || (decoder === undefined && value.tag !== 0x1e)) return `${known ?? id}=${dumped(value)}`;
  return `${known}=${escaped(textOf(value, decoder))}`;
}

/** `#` and the whole element in hexadecimal (RFC 2253 2.4). */
function dumped(value: DerNode): string {
  return `#${Buffer.from(encodedOf(value)).toString('hex').toUpperCase()}`;
}

function textOf(value: DerNode, decoder: 'utf8' | 'latin1' | undefined): string {
  const octets = Buffer.from(contentOf(value));
  if (decoder !== undefined) return octets.toString(decoder);
  // BMPString: UTF-16, big end first.
  return Buffer.from(octets).swap16().toString('utf16le');
}

function escaped(text: string): string {
  const octets = Buffer.from(text, 'utf8');
  return [...octets].map((octet, i) => escapedOctet(octet, i === 0, i === octets.length - 1)).join('');
}

function escapedOctet(octet: number, first: boolean, last: boolean): string {
  if (octet < 0x20 || octet >= 0x7f) return `\\${hex(octet).toUpperCase()}`;
  const character = String.fromCharCode(octet);
  const special =
    ',+"\\<>;'.includes(character) || (character === ' ' && (first || last)) || (character === '#' && first);
  return special ? `\\${character}` : character;
}

function hex(octet: number): string {
  return octet.toString(16).padStart(2, '0');
}
