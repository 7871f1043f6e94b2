/**
 * The signed part of certificates, octet by octet (RFC 5280 4.1 and 4.2). The functions write what the intent says and
 * judge nothing: `lint/` does, from the octets.
 */
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './algorithms.ts';
import { OID } from './der/oids.ts';
import {
  asciiOctets,
  explicit,
  implicit,
  NULL,
  namedBits,
  octetString,
  oid,
  sequence,
  smallInteger,
  TRUE,
  time,
  unsignedInteger,
} from './der/writer.ts';
import { buildGeneralName } from './general-name.ts';
import { buildName } from './name.ts';
import type { AuthorityIntent, LeafIntent, ResponderIntent } from './profile.ts';
import { serialOctets } from './serial.ts';

const CRITICAL = true;
const VERSION_3 = explicit(0, smallInteger(2));
const NAME = {
  subjectKeyIdentifier: oid(OID.subjectKeyIdentifier),
  authorityKeyIdentifier: oid(OID.authorityKeyIdentifier),
  subjectAltName: oid(OID.subjectAltName),
  cRLDistributionPoints: oid(OID.cRLDistributionPoints),
  authorityInfoAccess: oid(OID.authorityInfoAccess),
  ocsp: oid(OID.ocsp),
  caIssuers: oid(OID.caIssuers),
};

/** What is the same in every leaf: an explicit "not a CA", signing only (RFC 8813, RFC 9295), TLS clients only. */
const LEAF_USE = [
  extension(oid(OID.basicConstraints), sequence(), CRITICAL),
  extension(oid(OID.keyUsage), namedBits(0), CRITICAL),
  extension(oid(OID.extKeyUsage), sequence(oid(OID.clientAuth))),
];

/** What is the same in every managed authority: directly above leaves, signs certificates and CRLs. */
const AUTHORITY_USE = [
  extension(oid(OID.basicConstraints), sequence(TRUE, smallInteger(0)), CRITICAL),
  extension(oid(OID.keyUsage), namedBits(5, 6), CRITICAL),
];

/** What is the same in every OCSP responder: signs answers and nothing else, and is not asked about itself. */
const RESPONDER_USE = [
  extension(oid(OID.basicConstraints), sequence(), CRITICAL),
  extension(oid(OID.keyUsage), namedBits(0), CRITICAL),
  extension(oid(OID.extKeyUsage), sequence(oid(OID.ocspSigning))),
  extension(oid(OID.ocspNoCheck), NULL),
];

/** The leaf of an intent, to be signed by its issuer. Throws a RangeError for a value that cannot be encoded at all. */
export function buildLeafTbs(intent: LeafIntent, subjectKeyIdentifier: Uint8Array): Uint8Array {
  return buildTbs({
    serial: intent.serial,
    algorithm: intent.issuer.signatureAlgorithm,
    issuerDer: intent.issuer.subjectDer,
    notBefore: intent.notBefore,
    notAfter: intent.notAfter,
    subjectDer: buildName(intent.subject),
    spki: intent.spki,
    extensions: [
      ...LEAF_USE,
      extension(NAME.subjectKeyIdentifier, octetString(subjectKeyIdentifier)),
      extension(NAME.authorityKeyIdentifier, sequence(implicit(0, intent.issuer.subjectKeyIdentifier))),
      ...(intent.san?.length ? [extension(NAME.subjectAltName, sequence(...intent.san.map(buildGeneralName)))] : []),
      ...(intent.crlUri === undefined ? [] : [extension(NAME.cRLDistributionPoints, distributionPoint(intent.crlUri))]),
      ...informationAccess(intent),
    ],
  });
}

/** The certificate of a managed authority, to be signed by its own key. */
export function buildAuthorityTbs(intent: AuthorityIntent, subjectKeyIdentifier: Uint8Array): Uint8Array {
  const name = buildName({ commonName: intent.commonName });
  return buildTbs({
    serial: intent.serial,
    algorithm: intent.signatureAlgorithm,
    issuerDer: name,
    notBefore: intent.notBefore,
    notAfter: intent.notAfter,
    subjectDer: name,
    spki: intent.spki,
    extensions: [...AUTHORITY_USE, extension(NAME.subjectKeyIdentifier, octetString(subjectKeyIdentifier))],
  });
}

/** A delegated OCSP responder, to be signed by the key of the authority it answers for. */
export function buildResponderTbs(intent: ResponderIntent, subjectKeyIdentifier: Uint8Array): Uint8Array {
  return buildTbs({
    serial: intent.serial,
    algorithm: intent.issuer.signatureAlgorithm,
    issuerDer: intent.issuer.subjectDer,
    notBefore: intent.notBefore,
    notAfter: intent.notAfter,
    subjectDer: buildName({ commonName: intent.commonName }),
    spki: intent.spki,
    extensions: [
      ...RESPONDER_USE,
      extension(NAME.subjectKeyIdentifier, octetString(subjectKeyIdentifier)),
      extension(NAME.authorityKeyIdentifier, sequence(implicit(0, intent.issuer.subjectKeyIdentifier))),
    ],
  });
}

function buildTbs(fields: {
  serial: string;
  algorithm: SignatureAlgorithm;
  issuerDer: Uint8Array;
  notBefore: Date;
  notAfter: Date;
  subjectDer: Uint8Array;
  spki: Uint8Array;
  extensions: Uint8Array[];
}): Uint8Array {
  return sequence(
    VERSION_3,
    unsignedInteger(serialOctets(fields.serial)),
    SIGNATURE_ALGORITHMS[fields.algorithm].identifier,
    fields.issuerDer,
    sequence(time(fields.notBefore), time(fields.notAfter)),
    fields.subjectDer,
    fields.spki,
    explicit(3, sequence(...fields.extensions)),
  );
}

export function extension(id: Uint8Array, value: Uint8Array, critical = false): Uint8Array {
  return critical ? sequence(id, TRUE, octetString(value)) : sequence(id, octetString(value));
}

/** One distribution point by its full name (RFC 5280 4.2.1.13): `[0] DistributionPointName { [0] fullName { [6] URI } }`. */
function distributionPoint(uri: string): Uint8Array {
  return sequence(sequence(explicit(0, explicit(0, uriName(uri)))));
}

function informationAccess(intent: LeafIntent): Uint8Array[] {
  const descriptions = [
    ...(intent.ocspUri === undefined ? [] : [sequence(NAME.ocsp, uriName(intent.ocspUri))]),
    ...(intent.caIssuersUri === undefined ? [] : [sequence(NAME.caIssuers, uriName(intent.caIssuersUri))]),
  ];
  return descriptions.length === 0 ? [] : [extension(NAME.authorityInfoAccess, sequence(...descriptions))];
}

export function uriName(uri: string): Uint8Array {
  return implicit(6, asciiOctets(uri));
}
