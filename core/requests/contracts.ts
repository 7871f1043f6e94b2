import { z } from 'zod';
import { KEY_GROUP_NAMES, KEY_NAME } from '../access/key.ts';
import { GATE_NAMES } from '../approvals/gates.ts';
import { BINDING_VERBS, HOSTNAMES_AT_ONCE, MANAGED } from '../bindings/verbs.ts';
import { KEY_TYPES, type KeyType, MAX_DAYS, MIN_DAYS } from '../ca/profile.ts';
import { OFFERED_REASON_NAMES } from '../ca/reasons.ts';
import { MOST_UPLOADED } from '../ca/uploaded/limit.ts';
import { EDGE_KINDS, EDGE_NAME } from '../edges/names.ts';
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

/** Names as they were given: the worker reads them again, by the same rules as whoever took them in. */
const hostnames = z.array(z.string().max(1_000)).max(HOSTNAMES_AT_ONCE);
/** `managed`, or the id of an uploaded authority. */
const authorityId = id.or(z.literal(MANAGED));
const keyName = z.string().regex(KEY_NAME);
/**
 * Of rules: an administrator wants a rule on client certificates that names no hostname all the same. Forms alone have
 * it, not the OpenAPI.
 */
const insist = z.literal(true).optional();
/** Edges that cannot enforce a rule as it is to be, which the person has been shown and accepts. */
const acceptGaps = z.array(id).max(200).optional();
/** A rule as the OpenAPI and the forms give it; core/waf reads it again. */
const ruleConfig = z.record(z.string(), z.unknown());

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
    z.strictObject({
      /** A key made by the api, which has its private half in memory and answers with it. */
      method: z.literal('public_key'),
      siteId: z.string(),
      name: commonName,
      /** SubjectPublicKeyInfo, DER in base64. */
      spki: z.base64().max(2_000),
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
  site_remove: z.strictObject({
    name: z.string().max(253),
    /** Of a call that names the site by its number: another site of this name is not meant. */
    siteId: id.optional(),
  }),
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
    /** How many custom CAs there may be. */
    uploadedLimit: z.int().min(1).max(MOST_UPLOADED),
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
  bind: z.strictObject({
    siteId: id,
    authorityId,
    verb: z.enum(BINDING_VERBS),
    hostnames,
    /** The person has said a second time that an empty list switches mTLS off there. */
    emptyConfirmed: z.literal(true).optional(),
    because,
  }),
  ca_upload: z.strictObject({
    siteId: id,
    /** Empty: the certificate's own common name. */
    name: z.string().max(200),
    /** The certificate, DER in base64. */
    certificate: z.base64().max(90_000),
  }),
  ca_delete: z.strictObject({ authorityId: id }),
  ca_crl: z.strictObject({
    authorityId: id,
    source: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('url'), url: z.url({ protocol: /^https?$/ }).max(1_000) }),
      /** DER in base64. */
      z.strictObject({ kind: z.literal('paste'), crl: z.base64().max(1_500_000) }),
      /** Nothing is fetched any more; the last good list stays in force. */
      z.strictObject({ kind: z.literal('none') }),
    ]),
  }),
  ca_block: z.strictObject({
    authorityId: id,
    kind: z.enum(['serial', 'fingerprint']),
    value: z.string().regex(/^([0-9a-f]{2}){1,32}$/),
    because,
  }),
  ca_unblock: z.strictObject({ blockId: id, because }),
  key_create: z.strictObject({
    name: keyName,
    /** Null: all sites, also those to come. */
    siteIds: z.array(id).min(1).max(100).nullable(),
    access: z.enum(['read', 'write']),
    groups: z.array(z.enum(KEY_GROUP_NAMES)).min(1),
    mode: z.enum(['alone', 'asks']),
  }),
  key_show: z.strictObject({ keyId: id }),
  key_disable: z.strictObject({ keyId: id }),
  key_enable: z.strictObject({ keyId: id }),
  key_delete: z.strictObject({ keyId: id }),
  api_revoke: z.strictObject({ certificateId: id }),
  api_activate: z.strictObject({ certificateId: id }),
  api_delete: z.strictObject({ certificateId: id }),
  waf_rule_create: z.strictObject({
    siteId: id,
    /** Undefined: the site's first ruleset, which is made where there is none. */
    rulesetId: id.optional(),
    configs: z.array(ruleConfig).min(1).max(100),
    insist,
    acceptGaps,
  }),
  waf_rule_update: z.strictObject({
    siteId: id,
    changes: z
      .array(
        z.strictObject({
          ruleId: id,
          config: ruleConfig.optional(),
          status: z.enum(['on', 'off']).optional(),
          /** From 1; the others move. */
          position: z.int().min(1).optional(),
        }),
      )
      .min(1)
      .max(100),
    insist,
    acceptGaps,
  }),
  waf_rule_delete: z.strictObject({ siteId: id, ruleId: id }),
  waf_ruleset_create: z.strictObject({ siteId: id, name: z.string().max(128) }),
  waf_ruleset_update: z.strictObject({ siteId: id, rulesetId: id, status: z.enum(['on', 'off']) }),
  waf_ruleset_delete: z.strictObject({ siteId: id, rulesetId: id }),
  edge_add: z.strictObject({ name: z.string().regex(EDGE_NAME), kind: z.enum(EDGE_KINDS) }),
  edge_show: z.strictObject({ edgeId: id }),
  edge_remove: z.strictObject({ edgeId: id }),
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
