/** What the extensions of a custom CA allow it to do, and what of that is in its way (RFC 5280 4.2.1). */
import { code } from '../../slack/text.ts';
import { OID } from '../der/oids.ts';
import { contentOf, DerError, type DerNode, expectTag, readDer } from '../der/reader.ts';
import { namedBitsOf, oidOf } from '../der/values.ts';
import type { ExtensionField } from '../fields.ts';
import { readNameConstraints } from './name-constraints.ts';
import { refuse } from './refusal.ts';

/**
 * Critical extensions that OpenSSL understands, and with it every edge. With any other the whole chain is refused at
 * each handshake, whoever trusts the root (RFC 5280 4.2).
 */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.subjectAltName,
  OID.nameConstraints,
  OID.cRLDistributionPoints,
  OID.certificatePolicies,
  OID.policyMappings,
  OID.policyConstraints,
  OID.inhibitAnyPolicy,
  OID.subjectKeyIdentifier,
  OID.authorityKeyIdentifier,
]);

const KEY_CERT_SIGN = 5;
const CRL_SIGN = 6;

/** Whether it says of itself that it is a CA: basicConstraints with cA TRUE. */
export function isAuthority(extensions: readonly ExtensionField[]): boolean {
  return constraintsIn(extensions)?.isAuthority === true;
}

/** @returns sentences about what this CA cannot do; throws CountersignError `ca_refused`, or DerError. */
export function checkExtensions(extensions: readonly ExtensionField[]): string[] {
  const stranger = extensions.find(({ oid, critical }) => critical && !UNDERSTOOD.has(oid));
  if (stranger) {
    refuse(
      'critical_extension_unknown',
      `This certificate has an extension that is marked critical and that servers do not know (${stranger.oid}), so they refuse every certificate below it. Make the root again without it.`,
    );
  }
  return [
    ...pathNotices(extensions),
    ...keyUsageNotices(extensions),
    ...nameNotices(extensions),
    ...checkPurpose(extensions),
  ];
}

function extensionValue(extensions: readonly ExtensionField[], id: string): Uint8Array | undefined {
  return extensions.find(({ oid }) => oid === id)?.value;
}

/** `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }` */
function constraintsIn(
  extensions: readonly ExtensionField[],
): { isAuthority: boolean; pathLength: DerNode | undefined } | undefined {
  const value = extensionValue(extensions, OID.basicConstraints);
  if (!value) return undefined;
  const parts = [...expectTag(readDer(value), 0x30, 'the basic constraints').children];
  const flag = parts[0]?.tag === 0x01 ? parts.shift() : undefined;
  if (flag && contentOf(flag)[0] === 0) throw new DerError('a FALSE that is the default is written out', flag.start);
  const pathLength = parts[0]?.tag === 0x02 ? parts.shift() : undefined;
  if (parts[0]) throw new DerError('the basic constraints have other parts', parts[0].start);
  if (pathLength && ((contentOf(pathLength)[0] ?? 0) & 0x80) !== 0)
    throw new DerError('the path length is negative', pathLength.start);
  return { isAuthority: flag !== undefined, pathLength };
}

function pathNotices(extensions: readonly ExtensionField[]): string[] {
  const length = constraintsIn(extensions)?.pathLength;
  const isZero = length !== undefined && contentOf(length).join() === '0';
  return isZero
    ? [
        'It allows no CA below itself (path length 0): certificates that it has issued itself are accepted, those of an intermediate CA are refused.',
      ]
    : [];
}

/** RFC 5280 4.2.1.3 asks for it; 6.1.4 (n) verifies it only where it is there, and so do the edges. */
function keyUsageNotices(extensions: readonly ExtensionField[]): string[] {
  const value = extensionValue(extensions, OID.keyUsage);
  if (!value)
    return ['It does not say what its key is for (no keyUsage). Edges accept that; some other software does not.'];
  const bits = namedBitsOf(expectTag(readDer(value), 0x03, 'the key usage'));
  if (!bits.includes(KEY_CERT_SIGN)) {
    refuse(
      'key_cert_sign_missing',
      'The key of this CA may not sign certificates (keyUsage without keyCertSign), so every certificate it has issued is refused. Make the root with `-addext keyUsage=critical,keyCertSign,cRLSign`.',
    );
  }
  return bits.includes(CRL_SIGN)
    ? []
    : ['Its key may not sign CRLs (keyUsage without cRLSign): a CRL of it cannot be accepted, blocks can be set here.'];
}

const NAMED = 5;

function nameNotices(extensions: readonly ExtensionField[]): string[] {
  const value = extensionValue(extensions, OID.nameConstraints);
  if (!value) return [];
  const { permitted, excluded } = readNameConstraints(value);
  const list = (verb: string, names: readonly string[]) => {
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
    return names.length === 0
      ? []
      : [
          `${verb} ${names
            .slice(0, NAMED)
            .map((name) => code(name.slice(0, 80)))
            .join(', ')}${more}`,
        ];
  };
  const told = [...list('permitted:', permitted), ...list('excluded:', excluded)].join('; ');
  return [`It limits the names of its certificates (${told}): those with other names are refused.`];
}

/** An EKU of a CA restricts everything below it; OpenSSL does not take anyExtendedKeyUsage for clientAuth there. */
function checkPurpose(extensions: readonly ExtensionField[]): string[] {
  const value = extensionValue(extensions, OID.extKeyUsage);
  if (!value) return [];
  const purposes = expectTag(readDer(value), 0x30, 'the extended key usage').children.map(oidOf);
  if (purposes.length === 0) throw new DerError('the extended key usage is empty', 0);
  if (!purposes.includes(OID.clientAuth)) {
    const any = purposes.includes(OID.anyExtendedKeyUsage)
      ? ' (anyExtendedKeyUsage does not count: TLS libraries ask for clientAuth by name)'
      : '';
    refuse(
      'client_auth_missing',
      `This CA limits what its certificates may be used for, and client authentication is not among it (extendedKeyUsage without clientAuth)${any}. Every client certificate below it would be refused: make the root again without extendedKeyUsage.`,
    );
  }
  return [];
}
