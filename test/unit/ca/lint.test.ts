import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SIGNATURE_ALGORITHMS } from '../../../core/ca/algorithms.ts';
import { OID } from '../../../core/ca/der/oids.ts';
import * as der from '../../../core/ca/der/writer.ts';
import { readCertificate } from '../../../core/ca/fields.ts';
import { computeKeyIdentifier } from '../../../core/ca/key-identifier.ts';
import { lintAuthority } from '../../../core/ca/lint/authority.ts';
import { lintLeaf } from '../../../core/ca/lint/leaf.ts';
import { lintResponder } from '../../../core/ca/lint/responder.ts';
import { prepareResponder } from '../../../core/ca/prepare.ts';
import type { LeafIntent } from '../../../core/ca/profile.ts';
import { buildLeafTbs, buildResponderTbs } from '../../../core/ca/tbs.ts';
import {
  authority,
  extensionOf,
  issuer,
  joinParts,
  leafIntent,
  longTime,
  partsOf,
  type TbsParts,
  utcTime,
  withExtension,
} from '../../fixtures/ca/certificates.ts';

const sha256 = (octets: Uint8Array) => createHash('sha256').update(octets).digest();
const { element, sequence, setOf, oid, utf8String } = der;
const uris = {
  crlUri: 'http://pki.example.com/1.crl',
  ocspUri: 'http://pki.example.com/ocsp',
  caIssuersUri: 'http://pki.example.com/ca.cer',
};
const build = (changes: Partial<LeafIntent> = {}) => {
  const intent = leafIntent({ ...uris, ...changes });
  return buildLeafTbs(intent, computeKeyIdentifier(intent.spki));
};
const good = build();
const goodAuthority = readCertificate(authority.certificateDer).tbs;
const swapIn = (tbs: Uint8Array) => (changes: Partial<TbsParts>) => joinParts({ ...partsOf(tbs), ...changes });
const swap = swapIn(good);
const rules = (tbs: Uint8Array) => lintLeaf(tbs, issuer, sha256).map(({ rule }) => rule);
const authorityRules = (tbs: Uint8Array) => lintAuthority(tbs, sha256).map(({ rule }) => rule);

const rdn = (type: string, value: Uint8Array) => setOf(sequence(oid(type), value));
const cn = (value: Uint8Array) => sequence(rdn(OID.commonName, value));
const named = (text: string) => cn(utf8String(text));
const serial = (...octets: number[]) => element(0x02, Uint8Array.from(octets));
const uriName = (text: string) => element(0x86, new TextEncoder().encode(text));
const fullName = (...names: Uint8Array[]) => der.explicit(0, der.explicit(0, ...names));
const point = (...fields: Uint8Array[]) => sequence(sequence(...fields));
const ed25519 = new Uint8Array(generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }));
const rsa1024 = new Uint8Array(
  generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'der', type: 'spki' }),
);

/** One extension of the good leaf with another value, or gone. */
const ext = (id: keyof typeof OID, value: Uint8Array | undefined, critical = false) =>
  withExtension(good, OID[id], value && extensionOf(id, value, critical));
const withSan = (...names: Uint8Array[]) =>
  withExtension(good, OID.subjectAltName, extensionOf('subjectAltName', sequence(...names)));
const dns = (text: string) => element(0x82, new TextEncoder().encode(text));

describe('a good certificate has no finding:', () => {
  const leaves: [string, Uint8Array][] = [
    ['the leaf', good],
    ['a leaf without any URI', build({ crlUri: undefined, ocspUri: undefined, caIssuersUri: undefined })],
    ['a leaf with an OCSP URI alone', build({ crlUri: undefined, caIssuersUri: undefined })],
    ['a leaf without an organisation', build({ subject: { commonName: 'alice' } })],
    [
      'a leaf with names',
      build({
        san: [
          { type: 'dns', value: 'a.example.com' },
          { type: 'uri', value: 'spiffe://example.com/a' },
          { type: 'ip', value: '::1' },
          { type: 'email', value: 'bob@example.com' },
        ],
      }),
    ],
    ['a leaf for Ed25519', build({ spki: ed25519 })],
    ['a leaf without basic constraints', ext('basicConstraints', undefined)],
    [
      'a leaf over the end of 2049',
      build({ notBefore: new Date('2049-12-31T23:59:59Z'), notAfter: new Date('2050-01-01T00:00:00Z') }),
    ],
    [
      'a leaf as long as its authority',
      build({ notBefore: new Date('2045-01-01T00:00:00Z'), notAfter: issuer.notAfter }),
    ],
    ['a leaf of 64 characters', build({ subject: { commonName: '🔑'.repeat(64) } })],
    [
      'a leaf that says it cannot be revoked',
      withExtension(
        build({ crlUri: undefined, ocspUri: undefined }),
        OID.noRevAvail,
        extensionOf('noRevAvail', der.NULL),
      ),
    ],
    [
      'a leaf with every kind of name attribute',
      swap({
        subject: sequence(
          rdn(OID.countryName, der.printableString('DE')),
          rdn(OID.domainComponent, der.ia5String('example')),
          rdn(OID.emailAddress, der.ia5String('bob@example.com')),
          rdn(OID.serialNumber, der.printableString('1')),
          rdn(OID.localityName, utf8String('x'.repeat(128))),
        ),
      }),
    ],
  ];
  it.each(leaves)('%s', (_, tbs) => expect(lintLeaf(tbs, issuer, sha256)).toEqual([]));

  it('the authority', () => expect(lintAuthority(goodAuthority, sha256)).toEqual([]));
});

describe('a defect of any certificate is found:', () => {
  const day = 86_400_000;
  const defects: [string, Uint8Array, string | string[]][] = [
    ['no DER at all', Uint8Array.of(0x30, 0x80, 0, 0), 'der'],
    [
      'a critical FALSE written out',
      ext('extKeyUsage', undefined) &&
        withExtension(
          good,
          OID.extKeyUsage,
          sequence(oid(OID.extKeyUsage), Uint8Array.of(1, 1, 0), der.octetString(sequence(oid(OID.clientAuth)))),
        ),
      'der',
    ],
    ['an extension that is not DER', ext('keyUsage', Uint8Array.of(3, 0x81, 2, 7, 0x80), true), 'der'],
    ['an empty list of extensions', swap({ extensions: der.explicit(3, sequence()) }), 'der'],
    ['a ninth field', sequence(...Object.values(partsOf(good)), der.NULL), 'der'],
    ['version 1', joinParts({ ...partsOf(good), version: new Uint8Array() }), 'version_v3'],
    ['version 1 written out', swap({ version: der.explicit(0, der.smallInteger(0)) }), 'der'],
    ['version 2', swap({ version: der.explicit(0, der.smallInteger(1)) }), 'version_v3'],
    ['version 4', swap({ version: der.explicit(0, der.smallInteger(3)) }), 'version_v3'],
    ['a serial of zero', swap({ serial: serial(0) }), ['serial_positive', 'serial_entropy']],
    ['a negative serial', swap({ serial: serial(0x80, 1, 2, 3, 4, 5, 6, 7, 8) }), 'serial_positive'],
    ['a serial of 21 octets', swap({ serial: serial(0, 0x80, ...new Array(19).fill(1)) }), 'serial_length'],
    ['a serial of 7 octets', swap({ serial: serial(1, 2, 3, 4, 5, 6, 7) }), 'serial_entropy'],
    [
      'another signature algorithm',
      swap({ algorithm: SIGNATURE_ALGORITHMS['ecdsa-sha384'].identifier }),
      'signature_algorithm',
    ],
    ['a NULL behind ECDSA', swap({ algorithm: sequence(oid(OID.ecdsaWithSHA256), der.NULL) }), 'signature_algorithm'],
    ['SHA-1', swap({ algorithm: sequence(oid('1.2.840.10045.4.1')) }), 'signature_algorithm'],
    [
      'an issuer in another string type',
      swap({ issuer: cn(der.printableString('Countersign T0001 G1')) }),
      'issuer_octets',
    ],
    [
      'an end before the beginning',
      swap({ validity: sequence(utcTime('270301120000Z'), utcTime('260301120000Z')) }),
      'validity_order',
    ],
    [
      '2050 as UTCTime, which is 1950',
      swap({ validity: sequence(utcTime('260301120000Z'), utcTime('500101000000Z')) }),
      ['validity_order'],
    ],
    [
      '2049 as GeneralizedTime',
      swap({ validity: sequence(utcTime('480301120000Z'), longTime('20490101000000Z')) }),
      'validity_form',
    ],
    [
      'a time without seconds',
      swap({ validity: sequence(utcTime('2603011200Z'), utcTime('270301120000Z')) }),
      'validity_form',
    ],
    [
      'a time with an offset',
      swap({ validity: sequence(utcTime('260301120000+0000'), utcTime('270301120000Z')) }),
      'validity_form',
    ],
    [
      'a fraction of a second',
      swap({ validity: sequence(utcTime('480301120000Z'), longTime('20500101000000.5Z')) }),
      'validity_form',
    ],
    ['31 February', swap({ validity: sequence(utcTime('260231120000Z'), utcTime('270301120000Z')) }), 'validity_form'],
    [
      'no well-defined end',
      swap({ validity: sequence(utcTime('260301120000Z'), longTime('99991231235959Z')) }),
      ['validity_well_defined', 'validity_lifetime', 'validity_within_issuer'],
    ],
    ['3,651 days', build({ notAfter: new Date(leafIntent().notBefore.getTime() + 3651 * day) }), 'validity_lifetime'],
    [
      'a beginning before the authority',
      build({ notBefore: new Date(issuer.notBefore.getTime() - 1000) }),
      'validity_within_issuer',
    ],
    [
      'an end after the authority',
      build({ notBefore: new Date('2050-01-01T00:00:00Z'), notAfter: new Date(issuer.notAfter.getTime() + 1000) }),
      'validity_within_issuer',
    ],
    [
      'an issuer unique id',
      sequence(
        ...Object.values(partsOf(good)).slice(0, 7),
        element(0x81, Uint8Array.of(0, 1)),
        partsOf(good).extensions,
      ),
      'unique_ids',
    ],
    ['an empty subject', swap({ subject: sequence() }), 'subject_present'],
    [
      'a multi-valued relative name',
      swap({
        subject: sequence(
          setOf(sequence(oid(OID.commonName), utf8String('a')), sequence(oid(OID.organizationName), utf8String('b'))),
        ),
      }),
      'subject_single_valued',
    ],
    [
      'two common names',
      swap({ subject: sequence(rdn(OID.commonName, utf8String('a')), rdn(OID.commonName, utf8String('b'))) }),
      'subject_once',
    ],
    ['a TeletexString', swap({ subject: cn(element(0x14, Uint8Array.of(0x61))) }), 'subject_string_type'],
    ['a BMPString', swap({ subject: cn(element(0x1e, Uint8Array.of(0, 0x61))) }), 'subject_string_type'],
    [
      'broken UTF-8',
      swap({ subject: cn(element(0x0c, Uint8Array.of(0xff))) }),
      ['subject_string_type', 'subject_length'],
    ],
    [
      '@ in a PrintableString',
      swap({ subject: cn(element(0x13, Uint8Array.of(0x40))) }),
      ['subject_string_type', 'subject_length'],
    ],
    [
      'a country in UTF8String',
      swap({ subject: sequence(rdn(OID.countryName, utf8String('DE'))) }),
      'subject_string_type',
    ],
    [
      'a country in small letters',
      swap({ subject: sequence(rdn(OID.countryName, der.printableString('de'))) }),
      'subject_form',
    ],
    [
      'mail in UTF8String',
      swap({ subject: sequence(rdn(OID.emailAddress, utf8String('bob@example.com'))) }),
      'subject_string_type',
    ],
    ['an attribute nobody knows', swap({ subject: sequence(rdn('1.2.3', utf8String('x'))) }), 'subject_known'],
    ['an empty common name', swap({ subject: named('') }), 'subject_length'],
    ['a common name of 65 characters', swap({ subject: named('ü'.repeat(65)) }), 'subject_length'],
    [
      'an organisation of 65 characters',
      build({ subject: { commonName: 'a', organization: 'x'.repeat(65) } }),
      'subject_length',
    ],
    ['a NUL', swap({ subject: named('a\0b') }), 'subject_characters'],
    ['a right-to-left override', swap({ subject: named('a\u202eb') }), 'subject_characters'],
    ['a zero-width space', swap({ subject: named('a\u200bb') }), 'subject_characters'],
    ['a leading space', swap({ subject: named(' a') }), 'subject_spaces'],
    ['a trailing space', swap({ subject: named('a\u00a0') }), 'subject_spaces'],
    ['a weak key', build({ spki: rsa1024 }), 'public_key'],
    [
      'an extension twice',
      withExtension(good, '1.9.9', extensionOf('extKeyUsage', sequence(oid(OID.clientAuth)))),
      'extension_once',
    ],
  ];
  it.each(defects)('%s', (_, tbs, expected) => expect(rules(tbs)).toEqual([expected].flat()));
});

describe('a defect of a leaf is found:', () => {
  const eku = (...ids: string[]) => sequence(...ids.map((id) => oid(id)));
  const ski = issuer.subjectKeyIdentifier;
  const cdp = (value: Uint8Array) => ext('cRLDistributionPoints', value);
  const aia = (...descriptions: Uint8Array[]) => ext('authorityInfoAccess', sequence(...descriptions));
  const http = uriName('http://pki.example.com/x');
  const stranger = (dotted: string, critical = false) =>
    withExtension(good, dotted, extensionOf({ dotted }, der.NULL, critical));
  const defects: [string, Uint8Array, string | string[]][] = [
    ['CA:TRUE', ext('basicConstraints', sequence(der.TRUE), true), 'basic_constraints'],
    ['a path length', ext('basicConstraints', sequence(der.smallInteger(0)), true), 'basic_constraints'],
    ['basic constraints that are not critical', ext('basicConstraints', sequence()), 'extension_criticality'],
    ['no key usage', ext('keyUsage', undefined), 'key_usage'],
    ['key usage that is not critical', ext('keyUsage', der.namedBits(0)), 'extension_criticality'],
    ['keyCertSign', ext('keyUsage', der.namedBits(0, 5), true), 'key_usage'],
    ['cRLSign', ext('keyUsage', der.namedBits(0, 6), true), 'key_usage'],
    ['keyEncipherment', ext('keyUsage', der.namedBits(0, 2), true), 'key_usage'],
    ['keyAgreement', ext('keyUsage', der.namedBits(0, 4), true), 'key_usage'],
    ['key usage without a bit', ext('keyUsage', der.namedBits(), true), 'key_usage'],
    ['key usage with trailing zero bits', ext('keyUsage', Uint8Array.of(3, 2, 0, 0x80), true), 'key_usage'],
    ['no extended key usage', ext('extKeyUsage', undefined), 'extended_key_usage'],
    ['an empty extended key usage', ext('extKeyUsage', eku()), 'extended_key_usage'],
    ['serverAuth', ext('extKeyUsage', eku('1.3.6.1.5.5.7.3.1')), 'extended_key_usage'],
    ['serverAuth as well', ext('extKeyUsage', eku(OID.clientAuth, '1.3.6.1.5.5.7.3.1')), 'extended_key_usage'],
    ['anyExtendedKeyUsage', ext('extKeyUsage', eku('2.5.29.37.0')), 'extended_key_usage'],
    ['clientAuth twice', ext('extKeyUsage', eku(OID.clientAuth, OID.clientAuth)), 'extended_key_usage'],
    ['a critical extended key usage', ext('extKeyUsage', eku(OID.clientAuth), true), 'extension_criticality'],
    ['no subject key identifier', ext('subjectKeyIdentifier', undefined), 'subject_key_identifier'],
    [
      'a subject key identifier of another key',
      ext('subjectKeyIdentifier', der.octetString(ski)),
      'subject_key_identifier',
    ],
    [
      'a critical subject key identifier',
      ext('subjectKeyIdentifier', der.octetString(computeKeyIdentifier(leafIntent().spki)), true),
      'extension_criticality',
    ],
    ['no authority key identifier', ext('authorityKeyIdentifier', undefined), 'authority_key_identifier'],
    [
      'an authority key identifier of another key',
      ext('authorityKeyIdentifier', sequence(element(0x80, new Uint8Array(20)))),
      'authority_key_identifier',
    ],
    [
      'issuer and serial beside the key identifier',
      ext('authorityKeyIdentifier', sequence(element(0x80, ski), element(0x82, Uint8Array.of(1)))),
      'authority_key_identifier',
    ],
    [
      'a critical authority key identifier',
      ext('authorityKeyIdentifier', sequence(element(0x80, ski)), true),
      'extension_criticality',
    ],
    ['an empty list of names', withSan(), 'subject_alt_name'],
    ['a wildcard', withSan(dns('*.example.com')), 'subject_alt_name'],
    ['an address as a host name', withSan(dns('192.0.2.1')), 'subject_alt_name'],
    ['a host name with a trailing dot', withSan(dns('example.com.')), 'subject_alt_name'],
    ['an address of five octets', withSan(element(0x87, new Uint8Array(5))), 'subject_alt_name'],
    ['a relative URI', withSan(uriName('/x')), 'subject_alt_name'],
    ['a directory name', withSan(element(0xa4, sequence())), 'subject_alt_name'],
    ['one name twice', withSan(dns('a.com'), dns('a.com')), 'subject_alt_name'],
    [
      'critical names beside a subject',
      withExtension(good, OID.subjectAltName, extensionOf('subjectAltName', sequence(dns('a.com')), true)),
      'extension_criticality',
    ],
    [
      'a SPIFFE id beside another URI',
      withSan(uriName('spiffe://example.com/a'), uriName('https://example.com/')),
      'spiffe_id_alone',
    ],
    ['a SPIFFE id without a path', withSan(uriName('spiffe://example.com')), 'subject_alt_name'],
    ['no distribution point in the list', cdp(sequence()), 'crl_distribution_points'],
    ['an https distribution point', cdp(point(fullName(uriName('https://example.com/')))), 'crl_distribution_points'],
    ['an ldap distribution point', cdp(point(fullName(uriName('ldap://example.com/')))), 'crl_distribution_points'],
    [
      'a distribution point with reasons',
      cdp(point(fullName(http), element(0x81, Uint8Array.of(6, 0x40)))),
      'crl_distribution_points',
    ],
    [
      'a distribution point with a relative name',
      cdp(point(der.explicit(0, element(0xa1)))),
      'crl_distribution_points',
    ],
    [
      'a distribution point with a directory name',
      cdp(point(fullName(element(0xa4, sequence())))),
      'crl_distribution_points',
    ],
    ['a distribution point without a name', cdp(point(fullName())), 'crl_distribution_points'],
    [
      'a critical distribution point',
      ext('cRLDistributionPoints', point(fullName(http)), true),
      'extension_criticality',
    ],
    ['an empty information access', aia(), 'authority_info_access'],
    ['an unknown access method', aia(sequence(oid('1.2.3'), http)), 'authority_info_access'],
    ['an https responder', aia(sequence(oid(OID.ocsp), uriName('https://example.com/'))), 'authority_info_access'],
    [
      'a critical information access',
      ext('authorityInfoAccess', sequence(sequence(oid(OID.ocsp), http)), true),
      'extension_criticality',
    ],
    [
      'no revocation information beside a place of some',
      withExtension(good, OID.noRevAvail, extensionOf('noRevAvail', der.NULL)),
      'no_rev_avail',
    ],
    [
      'no revocation information beside a responder',
      withExtension(build({ crlUri: undefined }), OID.noRevAvail, extensionOf('noRevAvail', der.NULL)),
      'no_rev_avail',
    ],
    [
      'noRevAvail with contents',
      withExtension(
        build({ crlUri: undefined, ocspUri: undefined }),
        OID.noRevAvail,
        extensionOf('noRevAvail', sequence()),
      ),
      'no_rev_avail',
    ],
    ['name constraints', stranger('2.5.29.30', true), 'extension_known'],
    ['policy mappings', stranger('2.5.29.33'), 'extension_known'],
    ['policy constraints', stranger('2.5.29.36', true), 'extension_known'],
    ['inhibitAnyPolicy', stranger('2.5.29.54', true), 'extension_known'],
    ['freshestCRL', stranger('2.5.29.46'), 'extension_known'],
    ['an extension nobody knows', stranger('1.2.3.4'), 'extension_known'],
  ];
  it.each(defects)('%s', (_, tbs, expected) => expect(rules(tbs)).toEqual([expected].flat()));
});

describe('a defect of an authority is found:', () => {
  const swapCa = swapIn(goodAuthority);
  const ext = (id: keyof typeof OID, value: Uint8Array | undefined, critical = false) =>
    withExtension(goodAuthority, OID[id], value && extensionOf(id, value, critical));
  const add = (id: keyof typeof OID, value: Uint8Array) =>
    withExtension(goodAuthority, OID[id], extensionOf(id, value));
  const defects: [string, Uint8Array, string | string[]][] = [
    ['no basic constraints', ext('basicConstraints', undefined), 'basic_constraints'],
    ['CA:FALSE', ext('basicConstraints', sequence(), true), 'basic_constraints'],
    ['no path length', ext('basicConstraints', sequence(der.TRUE), true), 'basic_constraints'],
    ['path length 1', ext('basicConstraints', sequence(der.TRUE, der.smallInteger(1)), true), 'basic_constraints'],
    [
      'basic constraints that are not critical',
      ext('basicConstraints', sequence(der.TRUE, der.smallInteger(0))),
      'extension_criticality',
    ],
    ['no key usage', ext('keyUsage', undefined), 'key_usage'],
    ['no cRLSign', ext('keyUsage', der.namedBits(5), true), 'key_usage'],
    ['no keyCertSign', ext('keyUsage', der.namedBits(6), true), 'key_usage'],
    ['digitalSignature', ext('keyUsage', der.namedBits(0, 5, 6), true), 'key_usage'],
    ['no subject key identifier', ext('subjectKeyIdentifier', undefined), 'subject_key_identifier'],
    ['an extended key usage', add('extKeyUsage', sequence(oid(OID.clientAuth))), 'extension_known'],
    ['noRevAvail', add('noRevAvail', der.NULL), 'extension_known'],
    ['another issuer', swapCa({ issuer: named('eve') }), 'issuer_octets'],
    [
      'the algorithm of another key',
      swapCa({ algorithm: SIGNATURE_ALGORITHMS['rsa-sha256'].identifier }),
      'signature_algorithm',
    ],
    ['an Ed25519 key', swapCa({ spki: ed25519 }), ['subject_key_identifier', 'signature_algorithm']],
    [
      '26 years',
      swapCa({ validity: sequence(utcTime('260301115900Z'), longTime('20520301000000Z')) }),
      'validity_lifetime',
    ],
    ['an empty subject', swapCa({ subject: sequence(), issuer: sequence() }), 'subject_present'],
  ];
  it.each(defects)('%s', (_, tbs, expected) => expect(authorityRules(tbs)).toEqual([expected].flat()));
});

describe('a defect of an OCSP responder is found:', () => {
  const responderIntent = {
    serial: '4a0102030405060708090a0b0c0d0e0f',
    issuer,
    commonName: 'Countersign OCSP T0001 G1',
    spki: leafIntent().spki,
    notBefore: new Date('2026-03-01T11:59:00Z'),
    notAfter: new Date('2026-03-31T11:59:59Z'),
  };
  const responder = buildResponderTbs(responderIntent, computeKeyIdentifier(responderIntent.spki));
  const responderRules = (tbs: Uint8Array) => lintResponder(tbs, issuer, sha256).map(({ rule }) => rule);
  const change = (id: keyof typeof OID, value: Uint8Array | undefined, critical = false) =>
    withExtension(responder, OID[id], value && extensionOf(id, value, critical));
  const swapResponder = swapIn(responder);

  it('none in a good one', () => expect(responderRules(responder)).toEqual([]));

  const defects: [string, Uint8Array, string | string[]][] = [
    ['a client certificate', good, ['extension_known', 'validity_lifetime', 'extended_key_usage', 'ocsp_nocheck']],
    ['no nocheck', change('ocspNoCheck', undefined), 'ocsp_nocheck'],
    ['a nocheck that says something', change('ocspNoCheck', der.TRUE), 'ocsp_nocheck'],
    ['a critical nocheck', change('ocspNoCheck', der.NULL, true), 'extension_criticality'],
    ['no extended key usage', change('extKeyUsage', undefined), 'extended_key_usage'],
    [
      'clients as well',
      change('extKeyUsage', sequence(oid(OID.ocspSigning), oid(OID.clientAuth))),
      'extended_key_usage',
    ],
    ['any use', change('extKeyUsage', sequence(oid('2.5.29.37.0'))), 'extended_key_usage'],
    ['a key that signs certificates', change('keyUsage', der.namedBits(0, 5), true), 'key_usage'],
    ['an authority', change('basicConstraints', sequence(der.TRUE), true), 'basic_constraints'],
    [
      'a place to ask about itself',
      change('cRLDistributionPoints', point(fullName(uriName(uris.crlUri)))),
      'extension_known',
    ],
    ['the issuer of somebody else', swapResponder({ issuer: named('eve') }), 'issuer_octets'],
    [
      'another key identifier of the issuer',
      change('authorityKeyIdentifier', sequence(element(0x80, new Uint8Array(20)))),
      'authority_key_identifier',
    ],
    [
      '31 days',
      swapResponder({ validity: sequence(utcTime('260301115900Z'), utcTime('260401120000Z')) }),
      'validity_lifetime',
    ],
  ];
  it.each(defects)('%s', (_, tbs, expected) => expect(responderRules(tbs)).toEqual([expected].flat()));

  it('and what has one is not signed', () => {
    expect(() => prepareResponder({ ...responderIntent, commonName: '' }, issuer)).toThrow('broke a rule');
    const tooLong = { ...responderIntent, notAfter: new Date('2026-05-01T00:00:00Z') };
    expect(() => prepareResponder(tooLong, issuer)).toThrow('broke a rule');
  });
});

it('no mutation of one octet makes the lint throw', () => {
  for (let i = 0; i < good.length; i++) {
    for (const bit of [0x01, 0x20, 0x80]) {
      const changed = good.slice();
      changed[i] = (changed[i] ?? 0) ^ bit;
      expect(() => lintLeaf(changed, issuer, sha256)).not.toThrow();
    }
  }
});
