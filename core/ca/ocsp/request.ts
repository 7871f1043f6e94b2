/** OCSP requests (RFC 6960 4.1), read strictly: what is not DER, or has what it must not have, is refused whole. */
import { OID } from '../der/oids.ts';
import { contentOf, DerError, type DerNode, encodedOf, expectTag, readDer } from '../der/reader.ts';
import { oidOf } from '../der/values.ts';
import { extensionsIn } from '../fields.ts';
import { serialOf } from '../serial.ts';

/** One certificate that is asked about. */
export type CertId = {
  /** As it was asked, to be answered octet for octet. */
  encoded: Uint8Array;
  hashOid: string;
  issuerNameHash: Uint8Array;
  issuerKeyHash: Uint8Array;
  /** Canonical, see serial.ts; undefined for a number that no certificate can have. */
  serial: string | undefined;
};

export type OcspRequest = {
  certIds: readonly CertId[];
  /** 1 to 128 octets (RFC 9654 2.1). */
  nonce: Uint8Array | undefined;
};

/** Room for a signed request with its certificates; longer ones are not looked at. */
export const MAX_REQUEST_OCTETS = 16 * 1024;
/** A client asks for one certificate, or for those of one chain; every one costs a look into the database. */
export const MAX_CERT_IDS = 16;

const MAX_NONCE_OCTETS = 128;
/** As encoded, the sign octet included (RFC 5280 4.1.2.2). */
const MAX_SERIAL_OCTETS = 20;

/**
 * The request in these octets. A signature over it is not looked at: who asks makes no difference here, so none is
 * demanded, and RFC 6960 4.1.2 lets it be ignored then.
 * @throws DerError for everything that is answered with malformedRequest.
 */
export function readOcspRequest(der: Uint8Array): OcspRequest {
  if (der.length > MAX_REQUEST_OCTETS) throw new DerError('it is longer than any request', MAX_REQUEST_OCTETS);
  const outer = expectTag(readDer(der), 0x30, 'a request');
  const [tbs, signature, ...more] = outer.children;
  if ((signature && !isSignature(signature)) || more.length > 0) throw new DerError('a request has more parts', 0);
  const left = [...expectTag(tbs, 0x30, 'the asked part', outer).children];
  const takeIf = (tag: number) => (left[0]?.tag === tag ? left.shift() : undefined);
  // The one version there is, v1, is the default, which DER leaves out.
  if (takeIf(0xa0)) throw new DerError('it is of another version, or writes the default out', outer.start);
  const requestorName = takeIf(0xa1);
  if (requestorName && requestorName.children.length !== 1) {
    throw new DerError('the name of who asks is not one name', requestorName.start);
  }
  const requests = expectTag(left.shift(), 0x30, 'the list of requests', outer).children;
  const extensions = takeIf(0xa2);
  if (left[0]) throw new DerError('there is a field that does not belong here', left[0].start);
  if (requests.length === 0) throw new DerError('nothing is asked', outer.start);
  if (requests.length > MAX_CERT_IDS) throw new DerError('too much is asked at once', outer.start);
  return { certIds: requests.map(certIdOf), nonce: extensions && nonceIn(extensions) };
}

function certIdOf(request: DerNode): CertId {
  const [certId, extensions, ...more] = expectTag(request, 0x30, 'a request for one certificate').children;
  if (more.length > 0) throw new DerError('a request for one certificate has more than two parts', request.start);
  if (extensions) checkedExtensions(extensions, 0xa0, []);
  const parts = expectTag(certId, 0x30, 'a certificate id', request).children;
  const [algorithm, nameHash, keyHash, serial, ...extra] = parts;
  if (extra.length > 0) throw new DerError('a certificate id has more than four parts', request.start);
  const [hashOid, parameters, ...rest] = expectTag(algorithm, 0x30, 'the hash algorithm', certId).children;
  // Written both ways by clients; no hash has others.
  if ((parameters && parameters.tag !== 0x05) || rest.length > 0) {
    throw new DerError('the hash algorithm has parameters', request.start);
  }
  return {
    encoded: encodedOf(expectTag(certId, 0x30, 'a certificate id')),
    hashOid: oidOf(expectTag(hashOid, 0x06, 'the hash algorithm', algorithm)),
    issuerNameHash: contentOf(expectTag(nameHash, 0x04, 'the hash of the issuer name', certId)),
    issuerKeyHash: contentOf(expectTag(keyHash, 0x04, 'the hash of the issuer key', certId)),
    serial: possibleSerial(contentOf(expectTag(serial, 0x02, 'the serial number', certId))),
  };
}

function possibleSerial(integer: Uint8Array): string | undefined {
  const negative = (integer[0] ?? 0) >= 0x80;
  const zero = integer.length === 1 && integer[0] === 0;
  return negative || zero || integer.length > MAX_SERIAL_OCTETS ? undefined : serialOf(integer);
}

/** `Nonce ::= OCTET STRING (SIZE (1..128))` (RFC 9654 2.1). */
function nonceIn(node: DerNode): Uint8Array | undefined {
  const extension = checkedExtensions(node, 0xa2, [OID.ocspNonce]).find(({ oid }) => oid === OID.ocspNonce);
  if (!extension) return undefined;
  const nonce = contentOf(expectTag(readDer(extension.value), 0x04, 'the nonce'));
  if (nonce.length < 1 || nonce.length > MAX_NONCE_OCTETS) {
    throw new DerError('the nonce is not of 1 to 128 octets', node.start);
  }
  return nonce;
}

/** Unknown extensions are ignored unless they are critical (RFC 6960 4.4). */
function checkedExtensions(node: DerNode, tag: number, understood: readonly string[]) {
  const [list, ...more] = expectTag(node, tag, 'the extensions').children;
  if (!list || more.length > 0) throw new DerError('the extensions are not one list', node.start);
  const extensions = extensionsIn(list);
  const ids = extensions.map(({ oid }) => oid);
  if (new Set(ids).size < ids.length) throw new DerError('an extension is there twice', node.start);
  const stranger = extensions.find(({ oid, critical }) => critical && !understood.includes(oid));
  if (stranger) throw new DerError(`the critical extension ${stranger.oid} is not known here`, node.start);
  return extensions;
}

/** `[0] EXPLICIT Signature`: an algorithm, a value and perhaps certificates. */
function isSignature(node: DerNode): boolean {
  const [signature, ...more] = node.tag === 0xa0 ? node.children : [];
  const [algorithm, value, certificates, ...rest] = signature?.tag === 0x30 ? signature.children : [];
  const fits = algorithm?.tag === 0x30 && value?.tag === 0x03 && (!certificates || certificates.tag === 0xa0);
  return fits && more.length === 0 && rest.length === 0;
}
