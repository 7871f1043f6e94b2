/**
 * The life of a CRL (RFC 5280 section 5).
 *
 * An authority has one complete CRL and 128 shards. A certificate's shard follows from its serial, is in its cRL
 * distribution point and never changes; a verifier fetches that shard, about one per cent of the whole.
 *
 * 1. Its rows are read in small slices and encoded as they come (`entries.ts`); then the header, which needs their
 *    length and latest date, is put before them (`tbs.ts`).
 * 2. It is linted in its octets (`core/ca/lint/crl.ts`): what was not linted cannot be signed (`prepare.ts`).
 * 3. It is signed, and the signature verified, without holding the event loop (`sign.ts`).
 * 4. The worker stores it in chunks and puts it in force in one commit (`worker/publish/`), if nobody else was faster.
 * 5. It is replaced as soon as a status in it changes; a day later at the latest, when its window of four days has
 *    three left. After two days somebody is told that it is late. An OpenSSL that has only an expired CRL refuses every
 *    client, so the window outlasts a long weekend without a worker.
 *
 * Numbers are unix milliseconds, and at least one more than the last: a restored backup, whose counter is old, jumps
 * ahead by itself. thisUpdate never goes back either, and is not before any date that is listed: a clock that steps back
 * a little breaks nothing. An entry leaves only after it was on one CRL issued beyond its certificate's end (RFC 5280
 * 3.3). A hold is an entry with the reason certificateHold; when it is released the entry is absent from the next CRL.
 * There are no delta CRLs: nginx, HAProxy, Envoy, Go and Node ignore them.
 */
import type { ReasonName } from '../reasons.ts';

/** Shards per authority. OpenSSL checks a CRL's signature at every handshake, so its size matters; about 100 is best. */
export const SHARDS = 128;

/** All of an authority's certificates, or those of one shard. */
export type CrlScope = 'complete' | number;

export const ALL_SHARDS: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard);

/** The shard of a serial in canonical form: its lowest bits, which are random. */
export function shardOf(serial: string): number {
  return Number.parseInt(serial.slice(-4), 16) % SHARDS;
}

export function crlId(authorityId: string, scope: CrlScope): string {
  return `${authorityId}:${scope}`;
}

/** How long a CRL may be used. */
export const WINDOW_MS = 4 * 86_400_000;
/** It is signed anew after a quarter of that, and late after a half. */
export const RESIGN_AFTER_MS = WINDOW_MS / 4;
export const LATE_AFTER_MS = WINDOW_MS / 2;

/** One revoked or suspended certificate. Times are unix milliseconds: a million `Date`s would be slow. */
export type CrlEntry = {
  /** Canonical, see serial.ts. */
  serial: string;
  revokedAtMs: number;
  reason: ReasonName;
  invalidityAtMs: number | null;
};

/** What is known of the CRL in force, if there is one. */
export type PreviousCrl = { number: number; thisUpdate: Date };
