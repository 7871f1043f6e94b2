/** Distinguished names (RFC 5280 4.1.2.4 and appendix A.1; text form RFC 4514). */
import { OID } from './der/oids.ts';
import { DerError, type DerNode, expectTag } from './der/reader.ts';
import { oidOf, textOf } from './der/values.ts';
import { oid, sequence, setOf, utf8String } from './der/writer.ts';

export type NameAttribute = {
  oid: string;
  /** The identifier octet of the string type. */
  tag: number;
  /** `undefined` when the octets are not of the type that the tag promises. */
  text: string | undefined;
};

/** One relative name after the other; each holds one attribute, or several in a multi-valued one. */
export type Name = NameAttribute[][];

const SHORT_NAMES: Record<string, string> = {
  [OID.commonName]: 'CN',
  [OID.serialNumber]: 'serialNumber',
  [OID.countryName]: 'C',
  [OID.localityName]: 'L',
  [OID.stateOrProvinceName]: 'ST',
  [OID.organizationName]: 'O',
  [OID.organizationalUnitName]: 'OU',
  [OID.dnQualifier]: 'dnQualifier',
  [OID.domainComponent]: 'DC',
  [OID.emailAddress]: 'emailAddress',
};

const COMMON_NAME = oid(OID.commonName);
const ORGANIZATION = oid(OID.organizationName);

/** The subjects this product writes: the organisation first where there is one, then the common name, in UTF8String. */
export function buildName(subject: { commonName: string; organization?: string | undefined }): Uint8Array {
  const commonName = setOf(sequence(COMMON_NAME, utf8String(subject.commonName)));
  if (subject.organization === undefined) return sequence(commonName);
  return sequence(setOf(sequence(ORGANIZATION, utf8String(subject.organization))), commonName);
}

/** Throws DerError when the structure is not a Name. */
export function readName(node: DerNode): Name {
  return expectTag(node, 0x30, 'a name').children.map((rdn) => {
    const attributes = expectTag(rdn, 0x31, 'a relative name').children;
    if (attributes.length === 0) throw new DerError('a relative name is empty', rdn.start);
    return attributes.map((attribute) => {
      const [type, value, ...more] = expectTag(attribute, 0x30, 'a name attribute').children;
      if (!type || !value || more.length > 0)
        throw new DerError('a name attribute is not a type and a value', attribute.start);
      return { oid: oidOf(type), tag: value.tag, text: textOf(value) };
    });
  });
}

/** RFC 4514: most specific first, special characters escaped. */
export function formatName(name: Name): string {
  return name
    .toReversed()
    .map((rdn) => rdn.map((a) => `${SHORT_NAMES[a.oid] ?? a.oid}=${escapeValue(a.text ?? '?')}`).join('+'))
    .join(',');
}

/** The values of one attribute type, wherever in the name they are. */
export function valuesOf(name: Name, type: string): NameAttribute[] {
  return name.flat().filter((attribute) => attribute.oid === type);
}

function escapeValue(text: string): string {
  return text
    .replace(/[\\,+"<>;=]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
    .replace(/\p{Cc}/gu, (control) => encodeURIComponent(control).replaceAll('%', '\\'));
}
