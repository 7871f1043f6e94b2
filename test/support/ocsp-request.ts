import { createHash } from 'node:crypto';
import { OID } from '../../core/ca/der/oids.ts';
import { element, explicit, NULL, octetString, oid, sequence, unsignedInteger } from '../../core/ca/der/writer.ts';
import type { AuthorityFacts } from '../../core/ca/profile.ts';
import { subjectPublicKeyOf } from '../../core/ca/public-key.ts';
import { serialOctets } from '../../core/ca/serial.ts';

/** OCSP requests as clients write them, and with parts exchanged as none should. */
export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

const digest = (name: HashName, octets: Uint8Array) => createHash(name).update(octets).digest();

export function certIdFor(
  issuer: Pick<AuthorityFacts, 'subjectDer' | 'spki'>,
  serial: string | Uint8Array,
  hash: HashName = 'sha1',
): Uint8Array {
  return sequence(
    sequence(oid(OID[hash]), NULL),
    octetString(digest(hash, issuer.subjectDer)),
    octetString(digest(hash, subjectPublicKeyOf(issuer.spki))),
    typeof serial === 'string' ? unsignedInteger(serialOctets(serial)) : element(0x02, serial),
  );
}

export const single = (certId: Uint8Array, ...more: Uint8Array[]) => sequence(certId, ...more);

/** `OCSPRequest` from the parts of its signed part; `after` comes behind that. */
export const requestOf = (parts: readonly Uint8Array[], ...after: Uint8Array[]) =>
  sequence(sequence(...parts), ...after);

export const nonceExtension = (nonce: Uint8Array, critical: readonly Uint8Array[] = []) =>
  sequence(oid(OID.ocspNonce), ...critical, octetString(octetString(nonce)));

export const extensions = (number: number, ...list: Uint8Array[]) => explicit(number, sequence(...list));

/** What a well-behaved client sends. */
export function ocspRequest(certIds: readonly Uint8Array[], nonce?: Uint8Array): Uint8Array {
  const list = sequence(...certIds.map((certId) => single(certId)));
  return requestOf(nonce ? [list, extensions(2, nonceExtension(nonce))] : [list]);
}
