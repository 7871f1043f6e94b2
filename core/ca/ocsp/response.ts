/** OCSP responses (RFC 6960 4.2), octet by octet. All times are GeneralizedTime without a fraction. */
import { OID } from '../der/oids.ts';
import { bitString, element, explicit, generalizedTime, implicit, octetString, oid, sequence } from '../der/writer.ts';
import type { CertStatus } from './status.ts';

/** Answers that say nothing about a certificate; they are not signed (RFC 6960 2.3). */
const ERROR_STATUS = {
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  unauthorized: 6,
} as const;

export type OcspError = keyof typeof ERROR_STATUS;

const BASIC = oid(OID.ocspBasic);
const NONCE = oid(OID.ocspNonce);
const EMPTY = new Uint8Array(0);
const SUCCESSFUL = enumerated(0);

export type SingleAnswer = { certId: Uint8Array; status: CertStatus; thisUpdate: Date; nextUpdate: Date };

export function buildOcspError(error: OcspError): Uint8Array {
  return sequence(enumerated(ERROR_STATUS[error]));
}

/**
 * `ResponseData`, the part that is signed. Version 1 is the default and left out.
 * @param answers.responderKeyHash SHA-1 of the responder's public key: `byKey` knows no other hash (RFC 6960 4.2.1).
 */
export function buildResponseData(answers: {
  responderKeyHash: Uint8Array;
  producedAt: Date;
  answers: readonly SingleAnswer[];
  nonce: Uint8Array | undefined;
}): Uint8Array {
  const { responderKeyHash, producedAt, nonce } = answers;
  const extensions = nonce ? [explicit(1, sequence(sequence(NONCE, octetString(octetString(nonce)))))] : [];
  return sequence(
    explicit(2, octetString(responderKeyHash)),
    generalizedTime(producedAt),
    sequence(...answers.answers.map(singleResponse)),
    ...extensions,
  );
}

/** The whole response around what was signed. `certificate` is the delegate's; clients have the authority's. */
export function buildOcspResponse(signed: {
  responseData: Uint8Array;
  algorithmIdentifier: Uint8Array;
  signature: Uint8Array;
  certificate: Uint8Array;
}): Uint8Array {
  const { responseData, algorithmIdentifier, signature, certificate } = signed;
  const basic = sequence(responseData, algorithmIdentifier, bitString(signature), explicit(0, sequence(certificate)));
  return sequence(SUCCESSFUL, explicit(0, sequence(BASIC, octetString(basic))));
}

function singleResponse({ certId, status, thisUpdate, nextUpdate }: SingleAnswer): Uint8Array {
  return sequence(certId, certStatus(status), generalizedTime(thisUpdate), explicit(0, generalizedTime(nextUpdate)));
}

/** `good [0] IMPLICIT NULL, revoked [1] IMPLICIT RevokedInfo, unknown [2] IMPLICIT NULL` */
function certStatus(status: CertStatus): Uint8Array {
  if (status.status === 'good') return implicit(0, EMPTY);
  if (status.status === 'unknown') return implicit(2, EMPTY);
  const reason = status.reason === undefined ? [] : [explicit(0, enumerated(status.reason))];
  return element(0xa1, generalizedTime(status.revokedAt), ...reason);
}

function enumerated(value: number): Uint8Array {
  return Uint8Array.of(0x0a, 0x01, value);
}
