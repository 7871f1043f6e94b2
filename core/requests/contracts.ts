import { z } from 'zod';
import { KEY_TYPES, type KeyType, MAX_DAYS, MIN_DAYS } from '../ca/profile.ts';
import type { Request, RequestKind } from '../store/rows.ts';

/**
 * The payload of every kind of request. Whoever records one and whoever carries it out parse it by the same contract.
 * A payload holds ids and public facts, never key material or tokens: it is stored in the clear.
 */
const slackUser = z.string().regex(/^[UW][A-Z0-9]{1,30}$/);
const slackChannel = z.string().regex(/^[CG][A-Z0-9]{1,30}$/);
const people = z.array(slackUser).max(100);
const validityDays = z.int().min(MIN_DAYS).max(MAX_DAYS);
const commonName = z.string().min(1).max(256);

export const CONTRACTS = {
  issue: z.discriminatedUnion('method', [
    z.strictObject({
      method: z.literal('system'),
      siteId: z.string(),
      name: commonName,
      keyType: z.enum(Object.keys(KEY_TYPES) as [KeyType, ...KeyType[]]),
      validityDays,
    }),
    z.strictObject({
      method: z.literal('csr'),
      siteId: z.string(),
      name: commonName,
      /** The request (PKCS #10), DER in base64, as it was checked when it was submitted. */
      csr: z.base64().max(90_000),
      validityDays,
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
  }),
} as const satisfies Record<RequestKind, z.ZodType>;

export type Payload<K extends RequestKind> = z.infer<(typeof CONTRACTS)[K]>;
export type RequestOf<K extends RequestKind> = Omit<Request, 'kind' | 'payload'> & { kind: K; payload: Payload<K> };

/** The row with its payload parsed, for the kind it says it is. Throws ZodError when the row breaks its contract. */
export function parseRequest<K extends RequestKind>(kind: K, request: Request): RequestOf<K> {
  return { ...request, kind, payload: CONTRACTS[kind].parse(request.payload) as Payload<K> };
}
