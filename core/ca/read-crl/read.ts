/**
 * CRLs that an uploaded authority has signed: what is taken, and why not what is not (RFC 5280 section 5 and 6.3).
 *
 * A CRL is trusted for nothing before its signature by the authority's key is checked. It is taken when it is about all
 * certificates of that authority, in time, and not older than the one that is in force. v1, which has neither a number nor
 * extensions, is taken as well: it is what `openssl ca -gencrl` makes without further configuration.
 */
import type { Breathe } from '../../breathe.ts';
import { OID } from '../der/oids.ts';
import { contentOf, DerError, type DerNode, encodedOf, expectTag, readDer, readStart } from '../der/reader.ts';
import { bitOctetsOf, namedBitsOf, timeOf } from '../der/values.ts';
import { type ExtensionField, readCertificate } from '../fields.ts';
import { sameOctets } from '../lint/shared-rules.ts';
import { readPublicKey } from '../public-key.ts';
import { findLongSignatureDefect, type SignatureDefect, type Signed } from '../signature.ts';
import { refuseIndirect, SERIAL_OCTETS } from './entries.ts';
import { type CrlFields, MOST_AROUND_ENTRIES, readCrlFields } from './fields.ts';
import { refuseCrl } from './refusal.ts';
import { serialsOf } from './serials.ts';

/** What the list must fit. */
export type CrlExpectation = {
  /** The certificate of the uploaded root, in DER. */
  authority: Uint8Array;
  now: Date;
  /** The last good one; null before the first. */
  previous: { number: string | null; thisUpdate: Date | null } | null;
};

export type ReadCrl = {
  /** Decimal; null where it has none. */
  number: string | null;
  thisUpdate: Date;
  nextUpdate: Date;
  /** See serials.ts: those that are revoked or suspended. */
  serials: Uint8Array;
  entries: number;
  /** Sentences about what somebody should know. */
  notices: string[];
};

/** Clocks differ by this much. */
const SKEW_MS = 5 * 60_000;
/** RFC 5280 5.2.3: 20 octets, and the zero that keeps it positive. */
const MOST_NUMBER_OCTETS = 21;
const C_RL_SIGN = 6;
const DELTA_CRL_INDICATOR = '2.5.29.27';
/** Extensions that may be critical, because what they say is looked at, or is about nothing that is decided here. */
const KNOWN: ReadonlySet<string> = new Set([
  OID.authorityKeyIdentifier,
  OID.cRLNumber,
  OID.issuingDistributionPoint,
  '2.5.29.18', // issuerAltName
  '2.5.29.46', // freshestCRL
]);

/**
 * Reads a CRL and checks all of the above.
 * @param der at most 16 MiB; see octets.ts.
 * @throws CountersignError `crl_refused`, whose message names the defect, `details.defect` a stable id.
 */
export async function readCrl(der: Uint8Array, expected: CrlExpectation, breathe: Breathe): Promise<ReadCrl> {
  try {
    return await read(der, expected, breathe);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return refuseCrl(
      error.reason === 'not_der' ? 'der' : error.reason,
      error.reason === 'cut_off'
        ? 'This CRL ends too early: only a part of it is here.'
        : `This is not a CRL in strict DER: ${error.message} (octet ${error.offset}).`,
      error,
    );
  }
}

async function read(der: Uint8Array, expected: CrlExpectation, breathe: Breathe): Promise<ReadCrl> {
  // 1. The three parts, and nothing else.
  const list = readStart(der, 0, der.length);
  if (list.tag !== 0x30) throw new DerError('it is not a SEQUENCE', 0);
  if (list.end !== der.length) throw new DerError('there is more data after the end', list.end, 'trailing_data');
  const tbs = readStart(der, list.contentStart, list.end);
  const signed = der.subarray(list.contentStart, tbs.end);
  const outer = readStart(der, tbs.end, list.end);
  if (list.end - tbs.end > MOST_AROUND_ENTRIES) throw new DerError('the signature is too long', tbs.end);
  const algorithm = readDer(der.subarray(tbs.end, outer.end));
  const signature = bitOctetsOf(expectTag(readDer(der.subarray(outer.end, list.end)), 0x03, 'the signature'));
  if (isCertificate(signed)) {
    refuseCrl('certificate', 'This is a certificate, not a CRL. A CRL lists the certificates that a CA has revoked.');
  }
  const fields = readCrlFields(signed);

  // 2. By this authority: its name octet for octet, its key.
  const authority = readCertificate(expected.authority);
  if (!sameOctets(encodedOf(fields.issuerName), encodedOf(authority.subject))) {
    refuseCrl('issuer', 'This CRL is of another CA: its issuer is not the subject of this one.');
  }
  refuseWithoutCrlSign(authority.extensions);
  await refuseUnsigned({ signed, algorithm, signature, spki: authority.spki }, fields.algorithm);

  // 3. About all of its certificates.
  const notices: string[] = [];
  const number = readExtensions(fields, notices);

  // 4. In time, and not an older one.
  const { thisUpdate, nextUpdate } = readTimes(fields, expected.now);
  refuseOlder(number, thisUpdate, expected.previous);

  // 5. What it lists.
  const serials = await drive(serialsOf(der), breathe);
  return {
    number: number === undefined ? null : String(number),
    thisUpdate,
    nextUpdate,
    serials,
    entries: serials.length / SERIAL_OCTETS,
    notices,
  };
}

/** Runs a generator to its end and lets others have their turn where it pauses. */
export async function drive<T>(work: Generator<undefined, T>, breathe: Breathe): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await breathe();
  }
}

/** A certificate begins with its version in `[0]`, or with a number where a CRL has its algorithm. */
function isCertificate(signed: Uint8Array): boolean {
  const { contentStart, end } = readStart(signed, 0, signed.length);
  return readStart(signed, contentStart, end).tag === 0xa0;
}

function refuseWithoutCrlSign(extensions: readonly ExtensionField[]): void {
  const keyUsage = extensions.find(({ oid }) => oid === OID.keyUsage);
  if (keyUsage && !namedBitsOf(expectTag(readDer(keyUsage.value), 0x03, 'the key usage')).includes(C_RL_SIGN)) {
    refuseCrl('crl_sign', 'The certificate of this CA does not allow its key to sign CRLs (cRLSign in keyUsage).');
  }
}

async function refuseUnsigned(of: Signed, inside: DerNode): Promise<void> {
  if (!sameOctets(encodedOf(of.algorithm), encodedOf(inside))) {
    refuseCrl('algorithms_differ', 'This CRL names two different signature algorithms, inside and outside.');
  }
  const key = readPublicKey(of.spki);
  if ('defect' in key) refuseCrl('key', 'The key of this CA is of a kind or length that proves nothing here.');
  const defect = await findLongSignatureDefect(of, key);
  if (defect) refuseCrl(...SIGNATURE_REFUSALS[defect]);
}

const WEAK = [
  'hash_weak',
  'This CRL is signed with an outdated hash (MD5 or SHA-1). The CA must sign with SHA-256.',
] as const;
const WRONG = ['signature', 'The signature of this CRL is not by this CA, or the CRL was changed.'] as const;
const UNKNOWN = ['algorithm', 'The signature algorithm of this CRL is not accepted, or malformed.'] as const;
const SIGNATURE_REFUSALS: Record<SignatureDefect, readonly [string, string]> = {
  signature_hash_weak: WEAK,
  signature_pss_hash_weak: WEAK,
  signature_wrong: WRONG,
  signature_algorithm_of_another_key: WRONG,
  signature_algorithm_unknown: UNKNOWN,
  signature_parameters: UNKNOWN,
  signature_pss_parameters: UNKNOWN,
};

/** @returns the CRL number, where there is one. */
function readExtensions({ version, extensions = [] }: CrlFields, notices: string[]): bigint | undefined {
  if (version && contentOf(version).join() !== '1') {
    refuseCrl('version', 'The version of this CRL is none that there is.');
  }
  if (!version && extensions.length > 0) refuseCrl('version', 'This CRL is v1 and has extensions, which only v2 can.');
  if (new Set(extensions.map(({ oid }) => oid)).size < extensions.length) {
    refuseCrl('extension_twice', 'An extension of this CRL is there twice.');
  }
  const find = (oid: string) => extensions.find((extension) => extension.oid === oid);
  if (find(DELTA_CRL_INDICATOR)) {
    refuseCrl('delta', 'This is a delta CRL, which lists only what has changed. Use the complete one.');
  }
  const stranger = extensions.find(({ oid, critical }) => critical && !KNOWN.has(oid));
  if (stranger) {
    // RFC 5280 5.2: a CRL with a critical extension that is not understood must not be used.
    refuseCrl('extension', `This CRL has a critical extension that is not known here (${stranger.oid}).`);
  }
  const scope = find(OID.issuingDistributionPoint);
  if (scope) readScope(readDer(scope.value), notices);
  const number = find(OID.cRLNumber);
  return number && readNumber(readDer(number.value));
}

/** RFC 5280 5.2.5: `[0]` is a name; all others narrow what the list is about. */
function readScope(scope: DerNode, notices: string[]): void {
  for (const { tag } of expectTag(scope, 0x30, 'the issuing distribution point').children) {
    if (tag === 0x84) refuseIndirect();
    if (tag !== 0xa0) {
      refuseCrl(
        'partial',
        'This CRL is about a part of the certificates or of the reasons only. Use the one that is about all of them.',
      );
    }
    notices.push(
      'It names its distribution point. If the CA splits its CRL over several of them, only this part counts here.',
    );
  }
}

function readNumber(node: DerNode): bigint {
  const octets = contentOf(expectTag(node, 0x02, 'the CRL number'));
  if (octets.length > MOST_NUMBER_OCTETS || (octets[0] ?? 0) >= 0x80) {
    refuseCrl('number', 'The number of this CRL is negative or longer than 20 octets.');
  }
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`);
}

function readTimes(fields: CrlFields, now: Date): { thisUpdate: Date; nextUpdate: Date } {
  const thisUpdate = timeOf(fields.thisUpdate);
  const nextUpdate = fields.nextUpdate && timeOf(fields.nextUpdate);
  if (!fields.nextUpdate) {
    refuseCrl(
      'next_update_missing',
      'This CRL does not say until when it is good (nextUpdate), so nobody could tell when it is out of date.',
    );
  }
  if (!thisUpdate || !nextUpdate || nextUpdate <= thisUpdate) {
    refuseCrl('times', 'The times of this CRL are malformed, or it ends before it begins.');
  }
  if (thisUpdate.getTime() > now.getTime() + SKEW_MS) {
    refuseCrl('future', `This CRL is of the future: it begins ${told(thisUpdate)}. Compare the clocks.`);
  }
  if (nextUpdate <= now) refuseCrl('past', `This CRL is out of date: it was good until ${told(nextUpdate)}.`);
  return { thisUpdate, nextUpdate };
}

/** Whoever could put an older list in the place of a newer one would let revoked certificates back in. */
function refuseOlder(number: bigint | undefined, thisUpdate: Date, previous: CrlExpectation['previous']): void {
  if (!previous) return;
  if (number !== undefined && previous.number !== null && number < BigInt(previous.number)) {
    refuseCrl('older', `This CRL has the number ${number}, and number ${previous.number} is in force already.`);
  }
  if (previous.thisUpdate && thisUpdate < previous.thisUpdate) {
    refuseCrl(
      'older',
      `This CRL is of ${told(thisUpdate)}, and one of ${told(previous.thisUpdate)} is in force already.`,
    );
  }
}

/** Plain: it also stands in logs and beside fields. */
const told = (at: Date) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
