import { z } from 'zod';
import { GATE_NAMES } from '../approvals/gates.ts';
import { KEY_TYPES, type KeyType, MAX_DAYS, MIN_DAYS } from '../ca/profile.ts';
import { OFFERED_REASON_NAMES } from '../ca/reasons.ts';
import { filterSchema, MOST_AT_ONCE } from '../inventory/filter.ts';
import type { Request, RequestKind } from '../store/rows.ts';

/**
 * The payload of every kind of request. Whoever records one and whoever carries it out parse it by the same contract.
 * A payload holds ids and public facts, never key material or tokens: it is stored in the clear.
 */
/** A person, or a user group whose members are meant. */
const roleHolder = z.string().regex(/^[UWS][A-Z0-9]{1,30}$/);
const slackChannel = z.string().regex(/^[CG][A-Z0-9]{1,30}$/);
const people = z.array(roleHolder).max(100);
const validityDays = z.int().min(MIN_DAYS).max(MAX_DAYS);
const commonName = z.string().min(1).max(256);
const id = z.string().min(1).max(64);
/** Why somebody wants something, in their own words. */
const because = z.string().trim().max(500);
/** How a revocation is asked for, of one certificate or of many. */
const revocation = {
  reason: z.enum(OFFERED_REASON_NAMES),
  /** Since when the key may have been known to others; for `keyCompromise` alone. */
  invalidityAt: z.iso.datetime().optional(),
  because,
  suspendNow: z.boolean(),
  /** I Have Confirmed That This Certificate Is No Longer In Use. */
  confirmed: z.literal(true),
  /** An administrator revokes alone and at once; somebody acknowledges it afterwards. */
  breakGlass: z.boolean(),
};

export const CONTRACTS = {
  issue: z.discriminatedUnion('method', [
    z.strictObject({
      method: z.literal('system'),
      siteId: z.string(),
      name: commonName,
      keyType: z.enum(Object.keys(KEY_TYPES) as [KeyType, ...KeyType[]]),
      validityDays,
      /** The certificate that this one replaces. */
      renewsId: id.optional(),
    }),
    z.strictObject({
      method: z.literal('csr'),
      siteId: z.string(),
      name: commonName,
      /** The request (PKCS #10), DER in base64, as it was checked when it was submitted. */
      csr: z.base64().max(90_000),
      validityDays,
      renewsId: id.optional(),
    }),
  ]),
  show: z.strictObject({
    issueId: z.string(),
    /** The certificate whose key did not arrive, to be revoked as superseded first. */
    replaces: z.string().optional(),
  }),
  site_add: z.strictObject({ name: z.string().max(253) }),
  site_remove: z.strictObject({ name: z.string().max(253) }),
  settings: z.strictObject({
    /** The account's version that the person saw; 0 when there was no account yet. */
    seenVersion: z.int().min(0),
    administrators: people.min(1),
    operators: people,
    approvers: people,
    viewers: people,
    auditChannel: slackChannel.nullable(),
    approvalChannel: slackChannel.nullable(),
    defaultValidityDays: validityDays,
    longValidityDays: validityDays,
    fourEyes: z.boolean(),
    /** Gates that need no second person. */
    openGates: z.array(z.enum(GATE_NAMES)),
    guardedSites: z.array(id).max(100),
    keyDelivery: z.enum(['message', 'link']),
    reminderDays: z.array(z.int().min(1).max(365)).max(10),
  }),
  suspend: z.strictObject({ certificateId: id, because }),
  release: z.strictObject({ certificateId: id, because }),
  revoke: z.strictObject({ certificateId: id, ...revocation }),
  revoke_many: z.strictObject({
    filter: filterSchema,
    /** What the preview has counted, and the hash of its list: a list that has changed since is not revoked. */
    count: z.int().min(1).max(MOST_AT_ONCE),
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    ...revocation,
  }),
  decide: z.strictObject({
    approvalId: id,
    decision: z.enum(['approve', 'deny', 'acknowledge', 'withdraw']),
    because,
    /** What the pressed button held, and where it was. A requester who withdraws needs neither. */
    button: z.strictObject({ hash: z.string(), token: z.string(), channel: z.string(), ts: z.string() }).optional(),
  }),
  ca_rotate: z.strictObject({
    /** How long the new generation is only trusted before it signs; 0 only for a leaked key. */
    overlapDays: z.int().min(0).max(90),
    /** The present generation's key may be known to others. */
    compromised: z.literal(true).optional(),
    because: because.optional(),
  }),
  certificate_files: z.strictObject({ certificateId: id }),
  audit_export: z.strictObject({
    format: z.enum(['jsonl', 'csv']),
    from: z.iso.date().optional(),
    to: z.iso.date().optional(),
  }),
} as const satisfies Record<RequestKind, z.ZodType>;

export type Payload<K extends RequestKind> = z.infer<(typeof CONTRACTS)[K]>;
export type RequestOf<K extends RequestKind> = Omit<Request, 'kind' | 'payload'> & { kind: K; payload: Payload<K> };

/** The row with its payload parsed, for the kind it says it is. Throws ZodError when the row breaks its contract. */
export function parseRequest<K extends RequestKind>(kind: K, request: Request): RequestOf<K> {
  return { ...request, kind, payload: CONTRACTS[kind].parse(request.payload) as Payload<K> };
}
