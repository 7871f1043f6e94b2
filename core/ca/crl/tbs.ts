/**
 * The signed part of a CRL around its entries (RFC 5280 5.1 and 5.2). It writes what it is told and judges nothing: the
 * lint does, from the octets.
 */
import { SIGNATURE_ALGORITHMS } from '../algorithms.ts';
import { OID } from '../der/oids.ts';
import { elementStart, explicit, implicit, oid, sequence, smallInteger, time, unsignedInteger } from '../der/writer.ts';
import type { AuthorityFacts } from '../profile.ts';
import { extension, uriName } from '../tbs.ts';
import type { EncodedEntries } from './entries.ts';

const NAME = {
  authorityKeyIdentifier: oid(OID.authorityKeyIdentifier),
  cRLNumber: oid(OID.cRLNumber),
  issuingDistributionPoint: oid(OID.issuingDistributionPoint),
};
const VERSION_2 = smallInteger(1);

export type CrlHeader = {
  issuer: Pick<AuthorityFacts, 'subjectDer' | 'subjectKeyIdentifier' | 'signatureAlgorithm'>;
  thisUpdate: Date;
  nextUpdate: Date;
  number: number;
  /** The addresses of a shard; none for the complete CRL, which is of no distribution point in particular. */
  uris: readonly string[];
};

/** The TBSCertList in parts, in order; the entries are among them as they are. Throws a RangeError for a URI beyond ASCII. */
export function buildCrlTbs(header: CrlHeader, entries: EncodedEntries): Uint8Array[] {
  const before = [
    VERSION_2,
    SIGNATURE_ALGORITHMS[header.issuer.signatureAlgorithm].identifier,
    header.issuer.subjectDer,
    time(header.thisUpdate),
    time(header.nextUpdate),
  ];
  // Left out entirely when empty (RFC 5280 5.1.2.6).
  const list = entries.count === 0 ? [] : [elementStart(0x30, entries.octets), ...entries.chunks];
  const extensions = explicit(
    0,
    sequence(
      extension(NAME.authorityKeyIdentifier, sequence(implicit(0, header.issuer.subjectKeyIdentifier))),
      extension(NAME.cRLNumber, integer(header.number)),
      ...(header.uris.length === 0
        ? []
        : [extension(NAME.issuingDistributionPoint, distributionPoint(header.uris), true)]),
    ),
  );
  const parts = [...before, ...list, extensions];
  return [elementStart(0x30, octetsIn(parts)), ...parts];
}

export function octetsIn(parts: readonly Uint8Array[]): number {
  let octets = 0;
  for (const part of parts) octets += part.length;
  return octets;
}

/** `IssuingDistributionPoint { [0] DistributionPointName { [0] fullName } }`; the flags are all FALSE, so left out. */
function distributionPoint(uris: readonly string[]): Uint8Array {
  return sequence(explicit(0, explicit(0, ...uris.map(uriName))));
}

function integer(value: number): Uint8Array {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64BE(BigInt(value));
  return unsignedInteger(octets);
}
