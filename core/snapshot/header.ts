import { hash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../canonical-json.ts';
import { MOST_AUTHORITIES } from './limits.ts';

/**
 * The signed part of a snapshot: small, and enough to check everything else by its hash. Signed with the account's feed
 * key (Ed25519) over the canonical JSON of what is below.
 */
export type SnapshotHeader = {
  account: string;
  /** Raised when a backup was restored: an edge takes only a higher (epoch, version). */
  epoch: number;
  version: number;
  /** SHA-256 of the previous header's canonical JSON; empty for the first of an epoch. */
  previous: string;
  issuedAt: string;
  /** SHA-256 of the policy's canonical JSON. */
  policy: string;
  /** By authority id: how many serials, and the hash over the hashes of their buckets. */
  revocations: Readonly<Record<string, { count: number; root: string }>>;
  /** The head of the audit chain, as an anchor kept outside. */
  audit: { sequence: number; hash: string };
};

/** A header with its signature, as it travels: the octets that were signed, so that nobody has to make them again. */
export type SignedHeader = {
  /** Canonical JSON of a `SnapshotHeader`. */
  header: string;
  /** Base64. */
  signature: string;
  /** The first 16 hex digits of SHA-256 of the raw public key. */
  key: string;
};

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const place = z.int().min(0);
const name = z.string().regex(/^[\w-]{1,64}$/);

const headerSchema = z.strictObject({
  account: name,
  epoch: place,
  version: place,
  previous: z.union([sha256, z.literal('')]),
  issuedAt: z.iso.datetime(),
  policy: sha256,
  revocations: z
    .record(name, z.strictObject({ count: place, root: sha256 }))
    .refine((record) => Object.keys(record).length <= MOST_AUTHORITIES),
  audit: z.strictObject({ sequence: place, hash: z.union([sha256, z.literal('')]) }),
});

/** Some hundred octets, and about 150 for each authority. */
const MOST_OCTETS = 512 + 200 * MOST_AUTHORITIES;

/** Reads a header in its one spelling. @returns undefined for anything else; the signature is not checked. */
export function parseHeader(text: string): SnapshotHeader | undefined {
  return text.length > MOST_OCTETS ? undefined : parseCanonical(text, headerSchema);
}

/** What the next header names as its `previous`. */
export function hashHeader(text: string): string {
  return hash('sha256', text);
}

/** JSON in its canonical spelling that fits the schema; undefined for anything else. */
export function parseCanonical<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    const read = schema.safeParse(JSON.parse(text));
    return read.success && canonicalJson(read.data) === text ? read.data : undefined;
  } catch {
    return undefined;
  }
}

/** A place in the sequence of an account's snapshots. */
export type Place = { epoch: number; version: number };

/** Negative where `a` is older than `b`. */
export function comparePlaces(a: Place, b: Place): number {
  return a.epoch - b.epoch || a.version - b.version;
}
