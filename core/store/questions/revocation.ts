import type { Certificate, Crl, Publication, StatusChange } from '../rows.ts';

/** A certificate that is revoked or suspended, as its CRL needs it. Times are unix milliseconds. */
export type RevokedCertificate = {
  shard: number;
  serial: string;
  state: Certificate['state'];
  notAfterMs: number;
  heldAtMs: number | null;
  revokedAtMs: number | null;
  revocationReason: string | null;
  invalidityAtMs: number | null;
};

/** A status change and its place in the order of their commits. */
export type PlacedChange = Pick<StatusChange, 'authorityId' | 'shard'> & { place: number };

/** The last thing that happened to a certificate's status, and the CRL that verifiers learn it from. */
export type StatusInEffect = {
  state: StatusChange['state'];
  changedAt: Date;
  /** Whether `crl` says so already. */
  effective: boolean;
  /** The CRL of the certificate's shard; the complete one where there are no shards; undefined before the first one. */
  crl: Crl | undefined;
};

/** What verifiers are told: CRLs, and the changes they follow. */
export type RevocationQuestions = {
  /** Revoked and suspended certificates, ended ones included, in the order of shard and serial, after `after`. */
  revokedCertificates(
    authorityId: string,
    shard: number | undefined,
    after: { shard: number; serial: string } | undefined,
    limit: number,
  ): Promise<RevokedCertificate[]>;
  /** The place of the last status change of all; 0 when there was none. */
  lastStatusChange(): Promise<number>;
  statusChangesAfter(place: number, limit: number): Promise<PlacedChange[]>;
  /** The requests whose changes lie after `from` and up to `to`; of one shard, or of all. */
  requestsOfStatusChanges(authorityId: string, shard: number | undefined, from: number, to: number): Promise<string[]>;
  /** Undefined for a certificate whose status has never changed. */
  statusInEffect(certificateId: string): Promise<StatusInEffect | undefined>;

  crl(id: string): Promise<Crl | undefined>;
  crlsOf(authorityId: string): Promise<Crl[]>;
  /** One piece of a CRL's octets; its first position is 0. Undefined behind the last one, and once it was swept. */
  crlChunk(contentId: string, position: number): Promise<Buffer | undefined>;
  /** Authorities in use that have a CRL to be signed anew by now. */
  authoritiesToResign(now: Date, limit: number): Promise<string[]>;
  /** The least that any CRL of an authority in use has followed; undefined when there is none. */
  leastFollowed(now: Date): Promise<number | undefined>;
  publication(authorityId: string): Promise<Publication | undefined>;
  /** Authorities for which nothing was ever published, in the order of their making. */
  unpublishedAuthorities(
    afterPlace: number,
    limit: number,
  ): Promise<{ id: string; accountId: string; place: number }[]>;
  /** Authorities all of whose CRLs have to be made anew. */
  publicationsDue(limit: number): Promise<string[]>;
  /** Whether it was recorded since then that CRLs of the authority are late. */
  wasToldLate(authorityId: string, since: Date): Promise<boolean>;
};
