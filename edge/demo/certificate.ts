import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { OID } from '../../core/ca/der/oids.ts';
import * as der from '../../core/ca/der/writer.ts';
import { buildGeneralName } from '../../core/ca/general-name.ts';
import { buildName } from '../../core/ca/name.ts';

const ALGORITHM = der.sequence(der.oid(OID.ecdsaWithSHA256));
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const DIGITAL_SIGNATURE = 0;
const KEY_CERT_SIGN = 5;

/** Certificates of the sandbox's own server authority, which nobody but curl on this machine is told to trust. */
export function makeDemoCertificate(wanted: {
  name: string;
  key: KeyObject;
  /** Undefined: an authority that signs itself. */
  issuer: { name: string; key: KeyObject } | undefined;
  notBefore: Date;
  notAfter: Date;
}): Uint8Array {
  const { name, key, issuer, notBefore, notAfter } = wanted;
  const spki = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));
  const extension = (id: string, critical: boolean, value: Uint8Array) =>
    der.sequence(der.oid(id), ...(critical ? [der.TRUE] : []), der.octetString(value));
  const extensions = issuer
    ? [
        extension(OID.keyUsage, true, der.namedBits(DIGITAL_SIGNATURE)),
        extension(OID.extKeyUsage, false, der.sequence(der.oid(SERVER_AUTH))),
        extension(OID.subjectAltName, false, der.sequence(buildGeneralName({ type: 'dns', value: name }))),
      ]
    : [
        extension(OID.basicConstraints, true, der.sequence(der.TRUE, der.smallInteger(0))),
        extension(OID.keyUsage, true, der.namedBits(KEY_CERT_SIGN)),
      ];
  const tbs = der.sequence(
    der.explicit(0, der.smallInteger(2)),
    der.unsignedInteger(Uint8Array.of(0x40, ...randomBytes(15))),
    ALGORITHM,
    buildName({ commonName: issuer?.name ?? name }),
    der.sequence(der.time(notBefore), der.time(notAfter)),
    buildName({ commonName: name }),
    spki,
    der.explicit(3, der.sequence(...extensions)),
  );
  return der.sequence(tbs, ALGORITHM, der.bitString(new Uint8Array(sign('sha256', tbs, issuer?.key ?? key))));
}
