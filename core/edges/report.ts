import { z } from 'zod';
import { sightingsSchema } from '../inventory/sightings.ts';

/** What an edge says to the feed. Bounded in every direction: whoever has its credential can write no more than this. */
const place = z.int().min(0);
const sentence = z.string().max(300);

/** Of one hostname more an edge does not tell which it serves. */
export const MOST_SERVED_TOLD = 500;
const servedName = z.string().regex(/^(\*\.)?[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/);

const stateSchema = z.strictObject({
  /** Its program and version. */
  software: z.string().max(80),
  /** What is in effect there; 0 before the first. */
  epoch: place,
  version: place,
  appliedAt: z.iso.datetime().nullable(),
  /** What it has taken and is not in effect (yet). An edge of an older release does not say. */
  waiting: z.strictObject({ epoch: place, version: place }).nullable().default(null),
  problems: z.array(sentence).max(20),
  /** What of the policy it cannot enforce. */
  inexpressible: z.array(sentence).max(100),
  /** Of one whose proxy cannot ask its agent: why, and what it serves; null: more names than this. */
  limits: z
    .strictObject({ reason: sentence.min(1), hostnames: z.array(servedName).min(1).max(MOST_SERVED_TOLD).nullable() })
    .nullable()
    .default(null),
  /** The signed header of a version that the feed does not know. */
  proof: z
    .strictObject({ header: z.string().max(300_000), signature: z.string().max(88), key: z.string().max(16) })
    .nullable(),
});

/** That a version is in effect there. */
export const ackSchema = z.strictObject({
  state: stateSchema,
  epoch: place,
  version: place,
  appliedAt: z.iso.datetime(),
});

const counted = z.int().min(0).max(1_000_000_000);

/** What it has seen in one hour for one hostname so far, since it was started as `run`. */
const hostUseSchema = z.strictObject({
  hostname: z.string().regex(/^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/),
  /** The beginning of the hour (UTC). */
  hourAt: z.iso.datetime(),
  verified: counted,
  unverified: counted,
  blocked: counted,
});

export const reportSchema = z.strictObject({
  state: stateSchema,
  run: sightingsSchema.shape.run,
  seen: sightingsSchema.shape.seen,
  hosts: z.array(hostUseSchema).max(1_000),
});

export type EdgeReportedState = z.infer<typeof stateSchema>;
export type EdgeLimits = NonNullable<EdgeReportedState['limits']>;
export type Ack = z.infer<typeof ackSchema>;
export type Report = z.infer<typeof reportSchema>;
