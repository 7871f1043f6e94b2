import { z } from 'zod';
import { MOST_AUTHORITIES, MOST_BITS, MOST_LINE_OCTETS, MOST_POLICY_OCTETS } from './limits.ts';

/** The lines of the feed (JSON, one to a line), as the worker and the api write them and an edge reads them. */
const signature = z.string().length(88);
const keyId = z.string().regex(/^[0-9a-f]{16}$/);
const signedHeader = { header: z.string().max(300_000), signature, key: keyId };
const signed = z.strictObject({ text: z.string().max(2_000), signature, key: keyId });
const place = z.int().min(0);

/** Not looked at more closely here: what comes out of them is compared with a signed hash. */
const runs = z.string().max(MOST_LINE_OCTETS);

const changes = z.strictObject({
  authority: z.string().max(64),
  /** Into 2^bits buckets the serials are divided from this version on. */
  bits: z.int().min(0).max(MOST_BITS),
  /** Runs of serials (one octet of length, then the octets) in base64. */
  added: runs,
  removed: runs,
});

const messageSchema = z.discriminatedUnion('type', [
  /** The first line. `pin`: the feed key with a proof that only the installation's own edge can check. */
  z.strictObject({
    type: z.literal('hello'),
    account: z.string().max(64),
    edge: z.string().max(64),
    pin: z.strictObject({ key: z.string().max(43), proof: z.string().max(64) }).nullable(),
    /** Every key's word for its successor, in order. */
    successors: z.array(signed).max(1_000),
  }),
  /** A version that is fetched by its hashes. */
  z.strictObject({ type: z.literal('full'), ...signedHeader }),
  /** What has changed since the version before it. */
  z.strictObject({
    type: z.literal('delta'),
    ...signedHeader,
    changes: z.array(changes).max(MOST_AUTHORITIES),
    /** Canonical JSON; where it is left out, the policy is the same. */
    policy: z.string().max(MOST_POLICY_OCTETS).optional(),
  }),
  z.strictObject({ type: z.literal('heartbeat'), ...signed.shape }),
  /** The database knows nothing of the version that the edge says it has. */
  z.strictObject({ type: z.literal('unknown'), epoch: place, version: place }),
  /** Nothing has happened; the connection lives. */
  z.strictObject({ type: z.literal('idle') }),
]);

export type FeedMessage = z.infer<typeof messageSchema>;
export type DeltaMessage = Extract<FeedMessage, { type: 'delta' }>;

/** @returns undefined for a line that is none of them. */
export function parseMessage(line: string): FeedMessage | undefined {
  try {
    const read = messageSchema.safeParse(JSON.parse(line));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

export function writeMessage(message: FeedMessage): string {
  return JSON.stringify(message);
}
