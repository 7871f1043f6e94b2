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
