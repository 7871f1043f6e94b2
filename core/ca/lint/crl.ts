/**
 * The lint of CRLs: RFC 5280 section 5 as profiled here, read from the octets. A CRL of a million entries is read as
 * one of ten: nothing is kept of an entry but where it begins, and the caller can pause between two bits of the work.
 */
import { SIGNATURE_ALGORITHMS } from '../algorithms.ts';
import { OID } from '../der/oids.ts';
import { contentOf, DerError, type DerNode, encodedOf, readDer } from '../der/reader.ts';
import { latin1, timeOf } from '../der/values.ts';
import type { ExtensionField } from '../fields.ts';
import type { AuthorityFacts } from '../profile.ts';
import { readCrlFields, type Span } from '../read-crl/fields.ts';
import { lintCrlEntries } from './crl-entries.ts';
import type { Finding } from './rule.ts';
import { sameOctets } from './shared-rules.ts';

/** What the CRL must fit. */
export type CrlSetting = {
  issuer: AuthorityFacts;
  /** The addresses that a shard must name; none for a complete CRL. */
  uris: readonly string[];
  /** The CRL in force of the same scope. */
  previous: { number: number; thisUpdate: Date } | undefined;
};

/** The fields outside the entries, taken apart once for all rules. */
type Crl = CrlSetting & {
  version: Uint8Array;
  algorithm: Uint8Array;
  issuerName: Uint8Array;
  updates: readonly [DerNode, DerNode];
  thisUpdate: Date | undefined;
  nextUpdate: Date | undefined;
  entriesEmpty: boolean;
  extensions: readonly ExtensionField[];
};

const CRITICAL_WHERE_KNOWN: Record<string, boolean> = {
  [OID.authorityKeyIdentifier]: false,
  [OID.cRLNumber]: false,
  [OID.issuingDistributionPoint]: true,
};
const MAX_NUMBER_OCTETS = 20;

const RULES: readonly { id: string; source: string; check: (crl: Crl) => string | undefined }[] = [
  {
    id: 'version_v2',
    source: 'RFC 5280 5.1.2.1',
    check: ({ version }) => (sameOctets(version, Uint8Array.of(1)) ? undefined : 'the version is not v2'),
  },
  {
    id: 'signature_algorithm',
    source: 'RFC 5280 5.1.2.2',
    check: ({ algorithm, issuer }) =>
      sameOctets(algorithm, SIGNATURE_ALGORITHMS[issuer.signatureAlgorithm].identifier)
        ? undefined
        : 'the algorithm is not the one of the issuing key',
  },
  {
    id: 'issuer_octets',
    source: 'RFC 5280 5.1.2.3 and 7.1',
    check: ({ issuerName, issuer }) =>
      sameOctets(issuerName, issuer.subjectDer)
        ? undefined
        : 'the issuer is not the subject of the authority, octet for octet',
  },
  {
    id: 'update_form',
    source: 'RFC 5280 5.1.2.4 and 5.1.2.5',
    check: ({ updates, thisUpdate, nextUpdate }) =>
      isWellWritten(updates[0], thisUpdate) && isWellWritten(updates[1], nextUpdate)
        ? undefined
        : 'a time is not UTCTime through 2049 or GeneralizedTime from 2050, to the second and in UTC',
  },
  {
    id: 'update_order',
    source: 'RFC 5280 5.1.2.5',
    check: ({ thisUpdate, nextUpdate }) =>
      thisUpdate && nextUpdate && thisUpdate >= nextUpdate ? 'nextUpdate is not after thisUpdate' : undefined,
  },
  {
    id: 'update_not_back',
    source: 'RFC 5280 5.1.2.4',
    check: ({ thisUpdate, previous }) =>
      previous && thisUpdate && thisUpdate < previous.thisUpdate
        ? 'thisUpdate is before that of the CRL it replaces'
        : undefined,
  },
  {
    id: 'entries_present',
    source: 'RFC 5280 5.1.2.6',
    check: ({ entriesEmpty }) => (entriesEmpty ? 'the list of entries is there and empty' : undefined),
  },
  {
    id: 'extension_once',
    source: 'RFC 5280 4.2',
    check: ({ extensions }) =>
      new Set(extensions.map(({ oid }) => oid)).size < extensions.length ? 'an extension is there twice' : undefined,
  },
  {
    id: 'extension_known',
    source: 'RFC 5280 5.2',
    check: ({ extensions }) => {
      const stranger = extensions.find(({ oid }) => CRITICAL_WHERE_KNOWN[oid] === undefined);
      return stranger && `the extension ${stranger.oid} does not belong here`;
    },
  },
  {
    id: 'extension_criticality',
    source: 'RFC 5280 5.2',
    check: ({ extensions }) => {
      const wrong = extensions.find(({ oid, critical }) => (CRITICAL_WHERE_KNOWN[oid] ?? critical) !== critical);
      return wrong && `the extension ${wrong.oid} must ${wrong.critical ? 'not ' : ''}be critical`;
    },
  },
  {
    id: 'authority_key_identifier',
    source: 'RFC 5280 5.2.1',
    check: (crl) => {
      const value = extensionValue(crl, OID.authorityKeyIdentifier);
      const [identifier, ...more] = value?.tag === 0x30 ? value.children : [];
      if (identifier?.tag !== 0x80 || more.length > 0) return 'it is missing or not a key identifier alone';
      return sameOctets(contentOf(identifier), crl.issuer.subjectKeyIdentifier)
        ? undefined
        : 'it is not the subject key identifier of the authority';
    },
  },
  {
    id: 'crl_number',
    source: 'RFC 5280 5.2.3',
    check: (crl) => {
      const value = extensionValue(crl, OID.cRLNumber);
      const octets = value?.tag === 0x02 ? contentOf(value) : undefined;
      if (!octets || octets.length > MAX_NUMBER_OCTETS || (octets[0] ?? 0) >= 0x80)
        return 'it is missing, negative or longer than 20 octets';
      let number = 0n;
      for (const octet of octets) number = number * 256n + BigInt(octet);
      return crl.previous && number <= BigInt(crl.previous.number)
        ? 'it is not higher than that of the CRL it replaces'
        : undefined;
    },
  },
  {
    id: 'issuing_distribution_point',
    source: 'RFC 5280 5.2.5',
    check: (crl) => {
      const value = extensionValue(crl, OID.issuingDistributionPoint);
      if (crl.uris.length === 0) return value ? 'a complete CRL has none here' : undefined;
      // The point by its full name and nothing else: FALSE flags are left out.
      const [name, ...flags] = value?.tag === 0x30 ? value.children : [];
      const [fullName, ...others] = name?.tag === 0xa0 ? name.children : [];
      if (fullName?.tag !== 0xa0 || flags.length > 0 || others.length > 0)
        return 'it is missing or not a full name alone';
      const uris = fullName.children.map((uri) => (uri.tag === 0x86 ? latin1(contentOf(uri)) : ''));
      return uris.length === crl.uris.length && crl.uris.every((uri, i) => uri === uris[i])
        ? undefined
        : 'its URIs are not the ones that certificates have';
    },
  },
];

/**
 * Every fault of a TBSCertList, read from its octets; an empty list means it may be signed. A generator, which yields
 * nothing, often: whoever drives it may let others have their turn there.
 */
export function* lintCrl(tbs: Uint8Array, setting: CrlSetting): Generator<undefined, Finding[]> {
  try {
    const { crl, entries } = takeApart(tbs, setting);
    const findings: Finding[] = [];
    for (const { id, source, check } of RULES) {
      const message = check(crl);
      if (message !== undefined) findings.push({ rule: id, source, message });
    }
    if (entries) findings.push(...(yield* lintCrlEntries(tbs, entries.contentStart, entries.end, crl.thisUpdate)));
    return findings;
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return [{ rule: 'der', source: 'RFC 5280 5.1, X.690 10', message: `${error.message} (octet ${error.offset})` }];
  }
}

/** What one of ours must have, beyond what every CRL has. Strict: a DerError for every departure. */
function takeApart(tbs: Uint8Array, setting: CrlSetting): { crl: Crl; entries: Span | undefined } {
  const fields = readCrlFields(tbs);
  const { algorithm, issuerName, thisUpdate, entries, extensions } = fields;
  const version = required(fields.version, 'the version');
  const nextUpdate = required(fields.nextUpdate, 'nextUpdate');
  const crl: Crl = {
    ...setting,
    version: contentOf(version),
    algorithm: encodedOf(algorithm),
    issuerName: encodedOf(issuerName),
    updates: [thisUpdate, nextUpdate],
    thisUpdate: timeOf(thisUpdate),
    nextUpdate: timeOf(nextUpdate),
    entriesEmpty: entries !== undefined && entries.contentStart === entries.end,
    extensions: required(extensions, 'the list of extensions'),
  };
  return { crl, entries };
}

function required<T>(field: T | undefined, what: string): T {
  if (field === undefined) throw new DerError(`${what} is missing or of another type`, 0);
  return field;
}

function extensionValue(crl: Crl, oid: string): DerNode | undefined {
  const extension = crl.extensions.find((candidate) => candidate.oid === oid);
  return extension && readDer(extension.value);
}

function isWellWritten(node: DerNode, at: Date | undefined): boolean {
  return at !== undefined && at.getUTCFullYear() < 2050 === (node.tag === 0x17);
}
