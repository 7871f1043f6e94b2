/** What an edge takes at most: whatever is larger is refused before it is read, whoever has signed it. */

/** One line of the feed. The largest is a delta: a few hundred thousand serials, or a new policy. */
export const MOST_LINE_OCTETS = 24 * 1024 * 1024;
/** A policy of about 100,000 hostnames. */
export const MOST_POLICY_OCTETS = 16 * 1024 * 1024;
/** A bucket, a manifest or a policy that is fetched by its hash. */
export const MOST_CHUNK_OCTETS = 32 * 1024 * 1024;
/** Serials are divided into 2^16 buckets at most: some hundred million of them. */
export const MOST_BITS = 16;
export const MOST_AUTHORITIES = 1_000;
/** Of one rule: more than an account can have edges. */
export const MOST_ACCEPTED_GAPS = 1_000;
export const MOST_SERIAL_OCTETS = 20;
/** Changes that would make a longer line than this are not sent as a delta: edges fetch the buckets that differ. */
export const MOST_DELTA_OCTETS = 4 * 1024 * 1024;
