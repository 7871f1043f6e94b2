/** Rules for every certificate, leaf or authority (RFC 5280 4.1 and 4.2). */
import { OID } from '../der/oids.ts';
import { contentOf, type DerNode } from '../der/reader.ts';
import { compareOctets } from '../der/writer.ts';
import type { NameAttribute } from '../name.ts';
import { subjectPublicKeyOf } from '../public-key.ts';
import { find, type Rule, type Subject } from './rule.ts';

const UTF8_OR_PRINTABLE = [0x0c, 0x13];
const PRINTABLE = [0x13];
const IA5 = [0x16];

/** String types and upper bounds in characters (RFC 5280 appendix A.1). */
const ATTRIBUTES: Record<string, { tags: number[]; max: number; form?: RegExp }> = {
  [OID.commonName]: { tags: UTF8_OR_PRINTABLE, max: 64 },
  [OID.organizationName]: { tags: UTF8_OR_PRINTABLE, max: 64 },
  [OID.organizationalUnitName]: { tags: UTF8_OR_PRINTABLE, max: 64 },
  [OID.localityName]: { tags: UTF8_OR_PRINTABLE, max: 128 },
  [OID.stateOrProvinceName]: { tags: UTF8_OR_PRINTABLE, max: 128 },
  [OID.serialNumber]: { tags: PRINTABLE, max: 64 },
  [OID.dnQualifier]: { tags: PRINTABLE, max: 64 },
  [OID.countryName]: { tags: PRINTABLE, max: 2, form: /^[A-Z]{2}$/ },
  [OID.domainComponent]: { tags: IA5, max: 63 },
  [OID.emailAddress]: { tags: IA5, max: 255 },
};

export const SHARED_RULES: readonly Rule<Subject>[] = [
  {
    id: 'version_v3',
    source: 'RFC 5280 4.1.2.1',
    check: ({ fields }) => (fields.version === 2 ? undefined : 'the version is not v3'),
  },
  {
    id: 'serial_positive',
    source: 'RFC 5280 4.1.2.2',
    check: ({ fields: { serial } }) =>
      (serial[0] ?? 0) >= 0x80 || serial.every((octet) => octet === 0) ? 'the serial is not positive' : undefined,
  },
  {
    id: 'serial_length',
    source: 'RFC 5280 4.1.2.2',
    check: ({ fields: { serial } }) => (serial.length > 20 ? 'the serial has more than 20 octets' : undefined),
  },
  {
    id: 'serial_entropy',
    source: 'CA/B Baseline Requirements 7.1',
    check: ({ fields: { serial } }) => (serial.length < 8 ? 'the serial has no room for 64 random bits' : undefined),
  },
  {
    id: 'unique_ids',
    source: 'RFC 5280 4.1.2.8',
    check: ({ fields }) => (fields.hasUniqueId ? 'there is an issuer or subject unique identifier' : undefined),
  },
  {
    id: 'validity_form',
    source: 'RFC 5280 4.1.2.5',
    check: ({ fields, notBefore, notAfter }) =>
      isWellWritten(fields.notBefore, notBefore) && isWellWritten(fields.notAfter, notAfter)
        ? undefined
        : 'a time is not UTCTime through 2049 or GeneralizedTime from 2050, to the second and in UTC',
  },
  {
    id: 'validity_order',
    source: 'RFC 5280 4.1.2.5',
    check: ({ notBefore, notAfter }) =>
      notBefore && notAfter && notBefore > notAfter ? 'it ends before it begins' : undefined,
  },
  {
    id: 'validity_well_defined',
    source: 'RFC 5280 4.1.2.5',
    check: ({ notAfter }) => (notAfter?.getUTCFullYear() === 9999 ? 'it has no well-defined end' : undefined),
  },
  {
    id: 'subject_present',
    source: 'RFC 5280 4.1.2.6',
    check: ({ subject }) => (subject.length === 0 ? 'the subject is empty' : undefined),
  },
  {
    id: 'subject_single_valued',
    source: 'RFC 5280 4.1.2.4',
    check: ({ subject }) => (subject.some((rdn) => rdn.length > 1) ? 'a relative name has several values' : undefined),
  },
  {
    id: 'subject_once',
    source: 'RFC 5280 4.1.2.6',
    check: ({ attributes }) => {
      const types = attributes.map(({ oid }) => oid);
      return new Set(types).size < types.length ? 'the subject has an attribute twice' : undefined;
    },
  },
  {
    id: 'subject_known',
    source: 'RFC 5280 appendix A.1',
    check: ({ attributes }) => {
      const stranger = attributes.find(({ oid }) => ATTRIBUTES[oid] === undefined);
      return stranger && `the attribute ${stranger.oid} has no rules here`;
    },
  },
  {
    id: 'subject_string_type',
    source: 'RFC 5280 4.1.2.4 and appendix A.1',
    check: eachAttribute(({ tag, text }, rule) =>
      text === undefined || !rule.tags.includes(tag) ? 'has a string type or octets that it must not have' : undefined,
    ),
  },
  {
    id: 'subject_length',
    source: 'RFC 5280 appendix A.1',
    check: eachAttribute(({ text = '' }, rule) => {
      const characters = [...text].length;
      return characters < 1 || characters > rule.max ? `has ${characters} characters` : undefined;
    }),
  },
  {
    id: 'subject_form',
    source: 'X.520 6.3.1',
    check: eachAttribute(({ text = '' }, { form }) => (form && !form.test(text) ? 'has another form' : undefined)),
  },
  {
    id: 'subject_characters',
    source: 'RFC 5280 4.1.2.4, RFC 4518 2.3 and 2.4',
    check: eachAttribute(({ text = '' }) =>
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u.test(text)
        ? 'has a control, invisible or direction character'
        : undefined,
    ),
  },
  {
    id: 'subject_spaces',
    source: 'RFC 4518 2.6.1',
    check: eachAttribute(({ text = '' }) => (/^\s|\s$/.test(text) ? 'begins or ends with a space' : undefined)),
  },
  {
    id: 'public_key',
    source: 'RFC 3279 2.3, RFC 5480 2, RFC 8410 3',
    check: ({ key }) => ('defect' in key ? key.defect : undefined),
  },
  {
    id: 'extension_once',
    source: 'RFC 5280 4.2',
    check: ({ extensions }) =>
      new Set(extensions.map(({ oid }) => oid)).size < extensions.length ? 'an extension is there twice' : undefined,
  },
  {
    id: 'subject_key_identifier',
    source: 'RFC 5280 4.2.1.2, RFC 7093 2',
    check: (subject) => {
      const extension = find(subject, OID.subjectKeyIdentifier);
      if (extension?.value.tag !== 0x04) return 'it is missing or no OCTET STRING';
      const wanted = subject.sha256(subjectPublicKeyOf(subject.fields.spki)).subarray(0, 20);
      return sameOctets(contentOf(extension.value), wanted) ? undefined : 'it is not the hash of the public key';
    },
  },
];

/** Every extension is one that the profile has, with the criticality it demands there. */
export function onlyExtensions(profile: Record<string, boolean>, source: string): readonly Rule<Subject>[] {
  return [
    {
      id: 'extension_known',
      source,
      check: ({ extensions }) => {
        const stranger = extensions.find(({ oid }) => profile[oid] === undefined);
        return stranger && `the extension ${stranger.oid} does not belong here`;
      },
    },
    {
      id: 'extension_criticality',
      source,
      check: ({ extensions }) => {
        const wrong = extensions.find(({ oid, critical }) => (profile[oid] ?? critical) !== critical);
        return wrong && `the extension ${wrong.oid} must ${wrong.critical ? 'not ' : ''}be critical`;
      },
    },
  ];
}

export function lifetimeRule(maxMs: number, source: string): Rule<Subject> {
  return {
    id: 'validity_lifetime',
    source,
    check: ({ notBefore, notAfter }) =>
      notBefore && notAfter && notAfter.getTime() - notBefore.getTime() + 1000 > maxMs
        ? 'it lives longer than the profile permits'
        : undefined,
  };
}

export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return compareOctets(a, b) === 0;
}

function isWellWritten(node: DerNode, at: Date | undefined): boolean {
  return at !== undefined && at.getUTCFullYear() < 2050 === (node.tag === 0x17);
}

function eachAttribute(
  check: (attribute: NameAttribute, rule: { tags: number[]; max: number; form?: RegExp }) => string | undefined,
): (subject: Subject) => string | undefined {
  return ({ attributes }) => {
    for (const attribute of attributes) {
      const rule = ATTRIBUTES[attribute.oid];
      const fault = rule && check(attribute, rule);
      if (fault !== undefined) return `the attribute ${attribute.oid} ${fault}`;
    }
    return undefined;
  };
}
