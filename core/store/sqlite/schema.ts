import { sql } from 'drizzle-orm';
import { blob, index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/**
 * The tables, for SQLite. Every table has a text `id`; what may change after its insert has a `version` that every
 * write names and raises. Times are UTC milliseconds; JSON is text; serials and hashes are lower-case hexadecimal.
 */
const id = () => text('id').primaryKey();
const accountId = () => text('account_id').notNull();
const version = () => integer('version').notNull();
const time = (name: string) => integer(name, { mode: 'timestamp_ms' });
const bytes = (name: string) => blob(name, { mode: 'buffer' });
type Json = Record<string, unknown>;

export const accounts = sqliteTable('accounts', {
  id: id(),
  auditChannel: text('audit_channel'),
  approvalChannel: text('approval_channel'),
  defaultValidityDays: integer('default_validity_days').notNull(),
  maxValidityDays: integer('max_validity_days').notNull(),
  createdAt: time('created_at').notNull(),
  version: version(),
});

export const roles = sqliteTable(
  'roles',
  {
    id: id(),
    accountId: accountId(),
    userId: text('user_id').notNull(),
    role: text('role', { enum: ['administrator', 'operator', 'approver', 'viewer'] }).notNull(),
    grantedBy: text('granted_by').notNull(),
    grantedAt: time('granted_at').notNull(),
  },
  (t) => [uniqueIndex('roles_one').on(t.accountId, t.userId, t.role)],
);

export const sites = sqliteTable(
  'sites',
  {
    id: id(),
    accountId: accountId(),
    name: text('name').notNull(),
    state: text('state', { enum: ['pending', 'active', 'removed'] }).notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: time('created_at').notNull(),
    version: version(),
  },
  (t) => [
    // Unique for the whole installation: two accounts must never both speak for one domain.
    uniqueIndex('sites_name').on(t.name).where(sql`state <> 'removed'`),
    index('sites_account').on(t.accountId, t.state, t.name),
  ],
);

export const authorities = sqliteTable(
  'authorities',
  {
    id: id(),
    accountId: accountId(),
    generation: integer('generation').notNull(),
    certificate: bytes('certificate').notNull(),
    sealedKey: bytes('sealed_key').notNull(),
    spkiSha256: text('spki_sha256').notNull(),
    notAfter: time('not_after').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [uniqueIndex('authorities_generation').on(t.accountId, t.generation)],
);

export const certificates = sqliteTable(
  'certificates',
  {
    id: id(),
    accountId: accountId(),
    authorityId: text('authority_id').notNull(),
    serial: text('serial').notNull(),
    siteId: text('site_id').notNull(),
    siteName: text('site_name').notNull(),
    /** The `issue` request this certificate answers. */
    requestId: text('request_id').notNull(),
    /** The request whose job made it: the `issue` itself for an own CSR, a `show` for a system-generated key. */
    madeBy: text('made_by').notNull(),
    ownerId: text('owner_id').notNull(),
    name: text('name').notNull(),
    keyAlgorithm: text('key_algorithm').notNull(),
    spkiSha256: text('spki_sha256').notNull(),
    shard: integer('shard').notNull(),
    /** `intended` is recorded before the signature exists; `abandoned` never got one that left the worker. */
    state: text('state', { enum: ['intended', 'active', 'revoked', 'abandoned'] }).notNull(),
    /** What was linted and will be signed. */
    tbs: bytes('tbs').notNull(),
    certificate: bytes('certificate'),
    fingerprint: text('fingerprint'),
    notBefore: time('not_before').notNull(),
    notAfter: time('not_after').notNull(),
    shownAt: time('shown_at'),
    revokedAt: time('revoked_at'),
    revocationReason: text('revocation_reason'),
    createdAt: time('created_at').notNull(),
    version: version(),
  },
  (t) => [
    uniqueIndex('certificates_serial').on(t.authorityId, t.serial),
    // However often a job runs: a request has at most one certificate that anybody could use.
    uniqueIndex('certificates_one_active').on(t.requestId).where(sql`state in ('intended', 'active')`),
    index('certificates_key').on(t.spkiSha256),
    index('certificates_owner').on(t.accountId, t.ownerId, t.createdAt),
  ],
);

export const requests = sqliteTable(
  'requests',
  {
    id: id(),
    accountId: accountId(),
    actorId: text('actor_id').notNull(),
    kind: text('kind', { enum: ['issue', 'show', 'site_add', 'site_remove', 'settings'] }).notNull(),
    payload: text('payload', { mode: 'json' }).$type<Json>().notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    /** `recorded`: to be carried out. `waiting`: for a person. The others are ends. */
    state: text('state', {
      enum: ['recorded', 'waiting', 'done', 'refused', 'denied', 'failed', 'expired'],
    }).notNull(),
    /** For a `show`: the `issue` request it belongs to. */
    parentId: text('parent_id'),
    deadlineAt: time('deadline_at').notNull(),
    /** A capability needed to answer (a response_url), sealed; erased when the request ends. */
    sealed: bytes('sealed'),
    /** Why it ended as it did: `{ code, message }` and what the messages show. Never a secret. */
    outcome: text('outcome', { mode: 'json' }).$type<Json>(),
    attempts: integer('attempts').notNull(),
    nextAttemptAt: time('next_attempt_at').notNull(),
    leaseUntil: time('lease_until'),
    createdAt: time('created_at').notNull(),
    endedAt: time('ended_at'),
    version: version(),
  },
  (t) => [
    uniqueIndex('requests_idempotency').on(t.accountId, t.idempotencyKey),
    index('requests_due').on(t.nextAttemptAt).where(sql`state = 'recorded'`),
    index('requests_deadline').on(t.deadlineAt).where(sql`state in ('recorded', 'waiting')`),
    index('requests_parent').on(t.parentId),
  ],
);

/** A message in Slack that is kept equal to the state of its subject: posted once, edited afterwards. */
export const messages = sqliteTable(
  'messages',
  {
    id: id(),
    accountId: accountId(),
    /** A request, or an audit event. */
    subjectId: text('subject_id').notNull(),
    place: text('place', { enum: ['requester', 'audit'] }).notNull(),
    /** Raised with every change of the subject; `sent` follows. */
    wanted: integer('wanted').notNull(),
    sent: integer('sent').notNull(),
    channel: text('channel'),
    ts: text('ts'),
    /** Set before the first post and never cleared: an unclear answer is looked up instead of posted twice. */
    attemptedAt: time('attempted_at'),
    attempts: integer('attempts').notNull(),
    nextAttemptAt: time('next_attempt_at').notNull(),
    /** When the message must change by itself, because a button in it dies. */
    refreshAt: time('refresh_at'),
    leaseUntil: time('lease_until'),
    problem: text('problem'),
    createdAt: time('created_at').notNull(),
    version: version(),
  },
  (t) => [
    uniqueIndex('messages_place').on(t.subjectId, t.place),
    index('messages_due').on(t.nextAttemptAt).where(sql`sent < wanted`),
    index('messages_refresh').on(t.refreshAt).where(sql`refresh_at is not null`),
  ],
);

/** What happened. Append-only: triggers refuse update and delete. */
export const auditEvents = sqliteTable(
  'audit_events',
  {
    id: id(),
    accountId: accountId(),
    at: time('at').notNull(),
    actorId: text('actor_id').notNull(),
    action: text('action').notNull(),
    subjectKind: text('subject_kind').notNull(),
    subjectId: text('subject_id').notNull(),
    details: text('details', { mode: 'json' }).$type<Json>().notNull(),
  },
  (t) => [index('audit_events_account').on(t.accountId, t.at), index('audit_events_subject').on(t.subjectId)],
);

/** Events that are committed and not yet in the chain. */
export const auditPending = sqliteTable('audit_pending', { id: id(), accountId: accountId() });

/** The chain: one link for each event, in order. Append-only as well. */
export const auditLinks = sqliteTable(
  'audit_links',
  {
    /** The event's id. */
    id: id(),
    accountId: accountId(),
    sequence: integer('sequence').notNull(),
    previousHash: text('previous_hash').notNull(),
    hash: text('hash').notNull(),
  },
  (t) => [uniqueIndex('audit_links_sequence').on(t.accountId, t.sequence)],
);

export const auditHeads = sqliteTable('audit_heads', {
  /** The account's id. */
  id: id(),
  sequence: integer('sequence').notNull(),
  hash: text('hash').notNull(),
  version: version(),
});

/** Signatures of Slack's requests that were let in, so that none is let in twice. Pruned after ten minutes. */
export const slackDeliveries = sqliteTable(
  'slack_deliveries',
  { id: id(), receivedAt: time('received_at').notNull() },
  (t) => [index('slack_deliveries_received').on(t.receivedAt)],
);

export const tables = {
  accounts,
  roles,
  sites,
  authorities,
  certificates,
  requests,
  messages,
  auditEvents,
  auditPending,
  auditLinks,
  auditHeads,
  slackDeliveries,
};
