import type { Certificate, Sighting } from '../rows.ts';

/** A certificate at the hostname where an edge saw it last. */
export type SeenCertificate = Pick<Certificate, 'id' | 'name' | 'serial' | 'fingerprint' | 'ownerId'> &
  Pick<Sighting, 'hostname' | 'lastSeenAt'>;

/** What edges have seen. */
export type UsageQuestions = {
  /** The latest sighting of each of these certificates that was ever seen; at most 500 ids. */
  lastSightings(certificateIds: readonly string[]): Promise<Sighting[]>;
  /** Certificates that an edge saw last at one of these hostnames (at most 500) after `since`; those that can be used still. */
  certificatesSeenAt(
    accountId: string,
    hostnames: readonly string[],
    since: Date,
    limit: number,
  ): Promise<SeenCertificate[]>;
  /** How often each was seen in the hours that began after `since`; at most 500 ids. */
  countUses(certificateIds: readonly string[], since: Date): Promise<{ certificateId: string; count: number }[]>;
  /** Whether any edge of the account has ever reported anything. */
  hasSightings(accountId: string): Promise<boolean>;
  /** The certificates of the account with these serials, of these authorities; at most 500 pairs. Those that were never issued are left out. */
  certificatesSeen(
    accountId: string,
    seen: readonly { authorityId: string; serial: string }[],
  ): Promise<{ id: string; authorityId: string; serial: string }[]>;
};
