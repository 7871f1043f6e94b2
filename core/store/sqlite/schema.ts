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
const flag = (name: string) => integer(name, { mode: 'boolean' });
const list = <T>(name: string) => text(name, { mode: 'json' }).$type<readonly T[]>();
type Json = Record<string, unknown>;

export const accounts = sqliteTable('accounts', {
  id: id(),
  auditChannel: text('audit_channel'),
  approvalChannel: text('approval_channel'),
  defaultValidityDays: integer('default_validity_days').notNull(),
  maxValidityDays: integer('max_validity_days').notNull(),
  /** Off only while fewer than two people could decide; see core/approvals/policy.ts. */
  fourEyes: flag('four_eyes').notNull().default(true),
  /** Gates that have been taken off the table of what needs a second person. */
  openGates: list<string>('open_gates').notNull().default([]),
  /** A certificate that is to be valid for longer needs a second person. */
  longValidityDays: integer('long_validity_days').notNull().default(1825),
  keyDelivery: text('key_delivery', { enum: ['message', 'link'] })
    .notNull()
    .default('message'),
  /** Days before the end at which an owner is reminded; largest first. */
  reminderDays: list<number>('reminder_days').notNull().default([30, 14, 7, 2]),
  /** How many uploaded authorities the account may have at a time: its plan. */
  uploadedLimit: integer('uploaded_limit').notNull().default(5),
  createdAt: time('created_at').notNull(),
  version: version(),
});

export const roles = sqliteTable(
  'roles',
  {
    id: id(),
    accountId: accountId(),
    /** A Slack user, or a user group (`S...`) whose members have the role. */
    userId: text('user_id').notNull(),
    role: text('role', { enum: ['administrator', 'operator', 'approver', 'viewer'] }).notNull(),
    grantedBy: text('granted_by').notNull(),
    grantedAt: time('granted_at').notNull(),
    /** Given while one person alone held roles: whoever gave it then could have done anything anyway. */
    duringSetup: flag('during_setup').notNull().default(false),
  },
  (t) => [uniqueIndex('roles_one').on(t.accountId, t.userId, t.role)],
);

export const sites = sqliteTable(
  'sites',
  {
    id: id(),
    accountId: accountId(),
    name: text('name').notNull(),
    /** What the OpenAPI calls it by (`SiteId`): 13 or 14 digits, below 2^53. */
    number: integer('number').notNull().default(0),
    state: text('state', { enum: ['pending', 'active', 'removed'] }).notNull(),
    /** Every certificate of a guarded site needs a second person. */
    guarded: flag('guarded').notNull().default(false),
    createdBy: text('created_by').notNull(),
    createdAt: time('created_at').notNull(),
    version: version(),
  },
  (t) => [
    // Unique for the whole installation: two accounts must never both speak for one domain.
    uniqueIndex('sites_name').on(t.name).where(sql`state <> 'removed'`),
    index('sites_account').on(t.accountId, t.state, t.name),
    uniqueIndex('sites_number').on(t.number).where(sql`number > 0`),
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
    /** A new generation is trusted from its making on and signs from here on, so that trust can spread first. */
    issuesFrom: time('issues_from').notNull().default(sql`0`),
    /** Set when its last certificate has ended: it signs nothing any more and nobody needs to trust it. */
    retiredAt: time('retired_at'),
    /** Every base URL that was ever written into its certificates; its CRL shards name them all (RFC 5280 5.2.5). */
    pkiUrls: list<string>('pki_urls').notNull().default([]),
    createdAt: time('created_at').notNull(),
    version: version().default(1),
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
    state: text('state', { enum: ['intended', 'active', 'held', 'revoked', 'abandoned'] }).notNull(),
    /** What was linted and will be signed. */
    tbs: bytes('tbs').notNull(),
    certificate: bytes('certificate'),
    fingerprint: text('fingerprint'),
    notBefore: time('not_before').notNull(),
    notAfter: time('not_after').notNull(),
    shownAt: time('shown_at'),
    /** Since when it is suspended (`certificateHold`); null when it is not. */
    heldAt: time('held_at'),
    /** Who suspended it: an API key's hold is called revoked there, and only it can be taken back there. */
    holdOrigin: text('hold_origin', { enum: ['person', 'api'] }),
    /** Since when the OpenAPI shows it no more; CRL, OCSP and edges keep it until after its end. */
    deletedAt: time('deleted_at'),
    revokedAt: time('revoked_at'),
    /** A name of core/ca/reasons.ts. */
    revocationReason: text('revocation_reason'),
    /** Since when its key may have been known to others (RFC 5280 5.3.2). */
    invalidityAt: time('invalidity_at'),
    /** The certificate that this one was made to replace. */
    renewsId: text('renews_id'),
    createdAt: time('created_at').notNull(),
    version: version(),
  },
  (t) => [
    uniqueIndex('certificates_serial').on(t.authorityId, t.serial),
    // However often a job runs: a request has at most one certificate that anybody could use.
    uniqueIndex('certificates_one_active').on(t.requestId).where(sql`state in ('intended', 'active', 'held')`),
    // All of a request, the ended ones too: every drawing of its message asks for them.
    index('certificates_request').on(t.requestId),
    index('certificates_key').on(t.spkiSha256),
    // Every question of the inventory is one walk along one of these (core/inventory/filter.ts).
    index('certificates_all').on(t.accountId, t.createdAt, t.id),
    // Those that end with the state tell it without the row.
    index('certificates_owner').on(t.accountId, t.ownerId, t.createdAt, t.id, t.state),
    index('certificates_site').on(t.accountId, t.siteId, t.createdAt, t.id, t.state),
    index('certificates_state').on(t.accountId, t.state, t.createdAt, t.id),
    index('certificates_ending').on(t.accountId, t.notAfter, t.id).where(sql`state = 'active'`),
    index('certificates_owner_ending').on(t.accountId, t.ownerId, t.notAfter, t.id).where(sql`state = 'active'`),
    index('certificates_account_serial').on(t.accountId, t.serial),
    index('certificates_fingerprint').on(t.fingerprint),
    index('certificates_renews').on(t.renewsId).where(sql`renews_id is not null`),
    // However many renew a certificate at once: it has at most one successor that anybody could use.
    uniqueIndex('certificates_one_successor')
      .on(t.renewsId)
      .where(sql`renews_id is not null and state in ('intended', 'active', 'held')`),
    index('certificates_authority_end').on(t.authorityId, t.notAfter),
    // What the OpenAPI lists of a site, in its order, and counts without touching the rows.
    index('certificates_api')
      // The last two tell SQLite without the row that its condition holds.
      .on(t.siteId, t.createdAt, t.id, t.state, t.deletedAt)
      .where(sql`deleted_at is null and state in ('active', 'held', 'revoked')`),
    // What a CRL says, and in its order, without touching the rows.
    index('certificates_listed')
      .on(
        t.authorityId,
        t.shard,
        t.serial,
        t.state,
        t.notAfter,
        t.heldAt,
        t.revokedAt,
        t.revocationReason,
        t.invalidityAt,
      )
      .where(sql`state in ('held', 'revoked')`),
  ],
);

export const requests = sqliteTable(
  'requests',
  {
    id: id(),
    accountId: accountId(),
    actorId: text('actor_id').notNull(),
    kind: text('kind', {
      enum: [
        'issue',
        'show',
        'site_add',
        'site_remove',
        'settings',
        'suspend',
        'release',
        'revoke',
        'revoke_many',
        'decide',
        'ca_rotate',
        'certificate_files',
        'audit_export',
        'bind',
        'ca_upload',
        'ca_delete',
        'ca_crl',
        'ca_block',
        'ca_unblock',
        'key_create',
        'key_show',
        'key_disable',
        'key_enable',
        'key_delete',
        'api_revoke',
        'api_activate',
        'api_delete',
        'waf_rule_create',
        'waf_rule_update',
        'waf_rule_delete',
        'waf_ruleset_create',
        'waf_ruleset_update',
        'waf_ruleset_delete',
        'edge_add',
        'edge_show',
        'edge_remove',
      ],
    }).notNull(),
    payload: text('payload', { mode: 'json' }).$type<Json>().notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    /** Of a call to the OpenAPI: what it asks for, as a hash, so that its repetition finds what became of it. */
    contentHash: text('content_hash'),
    /** `recorded`: to be carried out. `waiting`: for a person. The others are ends. */
    state: text('state', {
      enum: ['recorded', 'waiting', 'done', 'refused', 'denied', 'failed', 'expired'],
    }).notNull(),
    /** For a `show`: the `issue` request it belongs to; for a `key_show`, the `key_create`. */
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
    index('requests_content').on(t.accountId, t.actorId, t.contentHash).where(sql`content_hash is not null`),
    index('requests_open').on(t.accountId, t.actorId, t.createdAt).where(sql`state in ('recorded', 'waiting')`),
  ],
);

/** A message in Slack that is kept equal to the state of its subject: posted once, edited afterwards. */
export const messages = sqliteTable(
  'messages',
  {
    id: id(),
    accountId: accountId(),
    /**
     * A request, an audit event, an approval, a certificate (`owner`; `REQUEST:OWNER` for many at once), a person
     * (`home`), a reminder, a checkpoint (`anchor`).
     */
    subjectId: text('subject_id').notNull(),
    place: text('place', { enum: ['requester', 'audit', 'approval', 'owner', 'home', 'reminder', 'anchor'] }).notNull(),
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
  (t) => [
    index('audit_events_account').on(t.accountId, t.at),
    index('audit_events_subject').on(t.subjectId, t.at),
    index('audit_events_actor').on(t.accountId, t.actorId, t.at),
    index('audit_events_action').on(t.accountId, t.action, t.at),
  ],
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

export const auditHeads = sqliteTable(
  'audit_heads',
  {
    /** The account's id. */
    id: id(),
    sequence: integer('sequence').notNull(),
    hash: text('hash').notNull(),
    /** Up to which event a checkpoint has been signed. */
    signed: integer('signed').notNull().default(0),
    /** When what is not signed yet is signed at the latest; see core/audit/anchoring.ts. */
    checkpointAt: time('checkpoint_at').notNull().default(sql`0`),
    version: version(),
  },
  (t) => [index('audit_heads_unsigned').on(t.checkpointAt).where(sql`sequence > signed`)],
);

/** Signatures of Slack's requests that were let in, so that none is let in twice. Pruned after ten minutes. */
export const slackDeliveries = sqliteTable(
  'slack_deliveries',
  { id: id(), receivedAt: time('received_at').notNull() },
  (t) => [index('slack_deliveries_received').on(t.receivedAt)],
);

/**
 * A second person's decision on a request, one for each request that needs it. `acknowledgement`: the request was
 * carried out at once (break glass) and somebody else is asked to say that they have seen it.
 */
export const approvals = sqliteTable(
  'approvals',
  {
    id: id(),
    accountId: accountId(),
    requestId: text('request_id').notNull(),
    purpose: text('purpose', { enum: ['decision', 'acknowledgement'] }).notNull(),
    /** Why a second person is needed: a key of core/approvals/gates.ts. */
    gate: text('gate').notNull(),
    state: text('state', {
      enum: ['waiting', 'approved', 'denied', 'expired', 'withdrawn', 'overtaken', 'acknowledged'],
    }).notNull(),
    /** What was put before the approvers: the rows it will change, in the state they were seen in. */
    targets: list<{
      table:
        | 'accessKeys'
        | 'accounts'
        | 'authorities'
        | 'bindings'
        | 'blocks'
        | 'certificates'
        | 'edges'
        | 'rules'
        | 'rulesets'
        | 'sites'
        | 'uploadedAuthorities';
      id: string;
      version: number;
    }>('targets').notNull(),
    /** SHA-256 of everything that is approved; see core/approvals/content.ts. */
    contentHash: text('content_hash').notNull(),
    /** What the card says, as it was when it was posted. Public facts only. */
    card: text('card', { mode: 'json' }).$type<Json>().notNull(),
    /** Where an API key asks: the person who made the key. They have its secret, so they do not decide either. */
    onBehalfOf: text('on_behalf_of'),
    expiresAt: time('expires_at').notNull(),
    decidedBy: text('decided_by'),
    decidedAt: time('decided_at'),
    /** Why it was denied, or overtaken. */
    because: text('because'),
    createdAt: time('created_at').notNull(),
    version: version(),
  },
  (t) => [
    uniqueIndex('approvals_request').on(t.requestId),
    index('approvals_purpose').on(t.accountId, t.purpose, t.createdAt),
    index('approvals_waiting').on(t.accountId, t.createdAt).where(sql`state = 'waiting'`),
  ],
);

/** The resolved list of a request about many certificates: fixed when it is recorded, worked off one by one. */
export const requestItems = sqliteTable(
  'request_items',
  {
    /** `REQUEST:POSITION`, so that a list that is written down again is the same list. */
    id: id(),
    requestId: text('request_id').notNull(),
    position: integer('position').notNull(),
    certificateId: text('certificate_id').notNull(),
    state: text('state', { enum: ['pending', 'done', 'skipped'] }).notNull(),
    /** Why it was skipped, as a sentence. */
    note: text('note'),
    version: version(),
  },
  (t) => [index('request_items_state').on(t.requestId, t.state, t.position)],
);

/**
 * Every change of what the world must know about a certificate, in the order of their commit (rowid): held, released,
 * revoked. CRLs are derived from it; each remembers up to where it has followed.
 */
export const statusChanges = sqliteTable(
  'status_changes',
  {
    id: id(),
    accountId: accountId(),
    authorityId: text('authority_id').notNull(),
    shard: integer('shard').notNull(),
    certificateId: text('certificate_id').notNull(),
    /** The request whose message tells when it is in effect. */
    requestId: text('request_id'),
    state: text('state', { enum: ['active', 'held', 'revoked'] }).notNull(),
    at: time('at').notNull(),
  },
  (t) => [
    index('status_changes_authority').on(t.authorityId, t.shard),
    index('status_changes_certificate').on(t.certificateId),
  ],
);

/** The CRL in force of an authority: the complete one, or that of one shard. Its octets are in `crlChunks`. */
export const crls = sqliteTable(
  'crls',
  {
    /** `AUTHORITY:SCOPE`; the scope is `complete` or the number of a shard. */
    id: id(),
    accountId: accountId(),
    authorityId: text('authority_id').notNull(),
    scope: text('scope').notNull(),
    /** The CRL number: strictly higher with each one, also after a restore (RFC 5280 5.2.3). */
    number: integer('number').notNull(),
    thisUpdate: time('this_update').notNull(),
    nextUpdate: time('next_update').notNull(),
    /** When it is signed anew at the latest: long before `nextUpdate`. */
    resignAt: time('resign_at').notNull(),
    /** The last status change (rowid) that it takes into account. */
    followed: integer('followed').notNull(),
    entries: integer('entries').notNull(),
    octets: integer('octets').notNull(),
    sha256: text('sha256').notNull(),
    /** Which chunks hold it. */
    contentId: text('content_id').notNull(),
    buildMs: integer('build_ms').notNull(),
    version: version(),
  },
  (t) => [index('crls_resign').on(t.resignAt), index('crls_authority').on(t.authorityId)],
);

/** A CRL in pieces, so that no row and no transaction grows with it. A position is 256 KiB, the last one the rest. */
export const crlChunks = sqliteTable(
  'crl_chunks',
  {
    /** `CONTENT:POSITION` */
    id: id(),
    contentId: text('content_id').notNull(),
    position: integer('position').notNull(),
    octets: bytes('octets').notNull(),
  },
  (t) => [index('crl_chunks_content').on(t.contentId, t.position)],
);

/** Contents that no CRL in force has: still being written, or replaced. Swept a while after `since`. */
export const crlLeftovers = sqliteTable(
  'crl_leftovers',
  {
    /** The content's id. */
    id: id(),
    since: time('since').notNull(),
  },
  (t) => [index('crl_leftovers_since').on(t.since)],
);

/** What is published for an authority, and by which worker. */
export const publications = sqliteTable(
  'publications',
  {
    /** The authority's id. */
    id: id(),
    accountId: accountId(),
    /** Raised when all its CRLs have to be made anew, because they name other addresses now; `made` follows. */
    wanted: integer('wanted').notNull(),
    made: integer('made').notNull(),
    /** The worker that publishes for this authority, and until when the others leave it alone. */
    leaseBy: text('lease_by'),
    leaseUntil: time('lease_until'),
    version: version(),
  },
  (t) => [index('publications_due').on(t.id).where(sql`made < wanted`)],
);

/** The delegated signer of an authority's OCSP answers: a short-lived certificate with a key of its own. */
export const ocspResponders = sqliteTable(
  'ocsp_responders',
  {
    id: id(),
    accountId: accountId(),
    authorityId: text('authority_id').notNull(),
    certificate: bytes('certificate').notNull(),
    sealedKey: bytes('sealed_key').notNull(),
    notBefore: time('not_before').notNull(),
    notAfter: time('not_after').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [index('ocsp_responders_authority').on(t.authorityId, t.notAfter)],
);

/** A private key on its way through a link: sealed with a key that is only in the link. Gone after 15 minutes. */
export const reveals = sqliteTable(
  'reveals',
  {
    id: id(),
    accountId: accountId(),
    /** The `show` request. */
    requestId: text('request_id').notNull(),
    certificateId: text('certificate_id').notNull(),
    /** Null once it was opened or has expired. */
    sealed: bytes('sealed'),
    expiresAt: time('expires_at').notNull(),
    openedAt: time('opened_at'),
    createdAt: time('created_at').notNull(),
    version: version(),
  },
  (t) => [
    index('reveals_expiring').on(t.expiresAt).where(sql`sealed is not null`),
    index('reveals_request').on(t.requestId),
  ],
);

/** That a link was opened. Written by the api, once for each link: whoever comes second gets nothing. */
export const revealOpenings = sqliteTable('reveal_openings', {
  /** The reveal's id. */
  id: id(),
  openedAt: time('opened_at').notNull(),
});

/** That somebody was, or need not be, reminded of an end. */
export const reminders = sqliteTable(
  'reminders',
  {
    /** `SUBJECT:DAYS`, so that nobody is told of the same thing twice. */
    id: id(),
    accountId: accountId(),
    subjectKind: text('subject_kind', { enum: ['certificate', 'authority', 'uploaded_authority'] }).notNull(),
    subjectId: text('subject_id').notNull(),
    daysBefore: integer('days_before').notNull(),
    /** Which message told it; null when a later one had become due as well. */
    messageId: text('message_id'),
    createdAt: time('created_at').notNull(),
  },
  (t) => [index('reminders_message').on(t.messageId), index('reminders_subject').on(t.subjectId)],
);

/** A signed state of an account's audit chain, to be kept where nobody here can change it. */
export const auditCheckpoints = sqliteTable(
  'audit_checkpoints',
  {
    id: id(),
    accountId: accountId(),
    sequence: integer('sequence').notNull(),
    hash: text('hash').notNull(),
    /** The signed line, as it is posted. */
    line: text('line').notNull(),
    /** The key it is checked with, as `npm run audit:key` prints it: processes without the audit key show it. */
    publicKey: text('public_key').notNull().default(''),
    createdAt: time('created_at').notNull(),
  },
  (t) => [uniqueIndex('audit_checkpoints_sequence').on(t.accountId, t.sequence)],
);

/** Where edges last saw a certificate. Written by the api from the edges' reports. */
export const sightings = sqliteTable(
  'sightings',
  {
    /** `CERTIFICATE:EDGE` */
    id: id(),
    accountId: accountId(),
    certificateId: text('certificate_id').notNull(),
    edge: text('edge').notNull(),
    hostname: text('hostname').notNull(),
    lastSeenAt: time('last_seen_at').notNull(),
  },
  (t) => [
    index('sightings_certificate').on(t.certificateId, t.lastSeenAt),
    index('sightings_hostname').on(t.accountId, t.hostname, t.lastSeenAt),
  ],
);

/** How often edges saw a certificate in one hour. Kept for two days. */
export const usage = sqliteTable(
  'usage',
  {
    /** `CERTIFICATE:EDGE/RUN:HOUR`; a run is one start of the edge. */
    id: id(),
    certificateId: text('certificate_id').notNull(),
    hourAt: time('hour_at').notNull(),
    count: integer('count').notNull(),
  },
  (t) => [index('usage_certificate').on(t.certificateId, t.hourAt), index('usage_hour').on(t.hourAt)],
);

/**
 * A custom CA: a self-signed root that the account uploaded for one site. Only its certificate is here; what it issues
 * is not known.
 */
export const uploadedAuthorities = sqliteTable(
  'uploaded_authorities',
  {
    id: id(),
    accountId: accountId(),
    siteId: text('site_id').notNull(),
    /** Which place of the plan it takes: of two uploads at once for the last one, one gets it. */
    slot: integer('slot').notNull(),
    name: text('name').notNull(),
    certificate: bytes('certificate').notNull(),
    fingerprint: text('fingerprint').notNull(),
    /** Of the subject as core/ca/subject.ts makes it comparable: two with one are not bound to one hostname. */
    subjectSha256: text('subject_sha256').notNull(),
    spkiSha256: text('spki_sha256').notNull(),
    notBefore: time('not_before').notNull(),
    notAfter: time('not_after').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    deletedAt: time('deleted_at'),
    version: version(),
  },
  (t) => [
    uniqueIndex('uploaded_authorities_slot').on(t.accountId, t.slot).where(sql`deleted_at is null`),
    uniqueIndex('uploaded_authorities_once').on(t.siteId, t.fingerprint).where(sql`deleted_at is null`),
    index('uploaded_authorities_site').on(t.siteId, t.createdAt),
  ],
);

/** The CRL of an uploaded authority: where it comes from, and the last good one. Its octets are in `crlChunks`. */
export const uploadedCrls = sqliteTable(
  'uploaded_crls',
  {
    /** The authority's id. */
    id: id(),
    accountId: accountId(),
    /** Null: it was pasted, and nobody fetches anything. */
    url: text('url'),
    /** Which chunks hold the last good one; null before the first. */
    contentId: text('content_id'),
    /** Its CRL number in decimal, where it has one. */
    number: text('number'),
    thisUpdate: time('this_update'),
    nextUpdate: time('next_update'),
    sha256: text('sha256'),
    entries: integer('entries').notNull(),
    octets: integer('octets').notNull(),
    /** When the last good one was taken in. */
    takenAt: time('taken_at'),
    nextFetchAt: time('next_fetch_at'),
    attempts: integer('attempts').notNull(),
    /** Why the last attempt brought nothing new, as a sentence. */
    problem: text('problem'),
    /** Since when people have been told that it is stale; null when it is not. */
    alarmedAt: time('alarmed_at'),
    leaseUntil: time('lease_until'),
    createdAt: time('created_at').notNull(),
    version: version(),
  },
  (t) => [index('uploaded_crls_due').on(t.nextFetchAt).where(sql`next_fetch_at is not null`)],
);

/** A certificate of an uploaded authority that is refused whatever its CRL says. */
export const blocks = sqliteTable(
  'blocks',
  {
    id: id(),
    accountId: accountId(),
    authorityId: text('authority_id').notNull(),
    kind: text('kind', { enum: ['serial', 'fingerprint'] }).notNull(),
    /** Lower-case hexadecimal, canonical. */
    value: text('value').notNull(),
    because: text('because').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: time('created_at').notNull(),
    liftedBy: text('lifted_by'),
    liftedAt: time('lifted_at'),
    version: version(),
  },
  (t) => [uniqueIndex('blocks_one').on(t.authorityId, t.kind, t.value).where(sql`lifted_at is null`)],
);

/**
 * The hostnames of one site that accept the certificates of one authority: at most 50, so one row holds them all and
 * its version tells of any change.
 */
export const bindings = sqliteTable(
  'bindings',
  {
    /** `SITE:AUTHORITY`; the authority is `managed` (all generations of the account's own) or an uploaded one's id. */
    id: id(),
    accountId: accountId(),
    siteId: text('site_id').notNull(),
    authorityId: text('authority_id').notNull(),
    /** Lower case, A-labels, without trailing dots; a wildcard is a first label `*`. */
    hostnames: list<string>('hostnames').notNull(),
    updatedAt: time('updated_at').notNull(),
    version: version(),
  },
  (t) => [index('bindings_site').on(t.siteId), index('bindings_account').on(t.accountId)],
);

/** A program's way in: an AccessKey of the OpenAPI. */
export const accessKeys = sqliteTable(
  'access_keys',
  {
    id: id(),
    accountId: accountId(),
    /** Unique for ever, because the audit names the actor by it. */
    name: text('name').notNull(),
    /** The public half: `AccessKeyId`. */
    accessKeyId: text('access_key_id').notNull(),
    /**
     * The secret, which signatures are checked with; null until it is shown, and again at its end. In state `unshown`
     * it is on its way to the person and counts for nothing.
     */
    sealedSecret: bytes('sealed_secret'),
    /** Site ids; null for all sites, also those to come. */
    siteIds: list<string>('site_ids'),
    access: text('access', { enum: ['read', 'write'] }).notNull(),
    groups: list<'sites' | 'certificates' | 'hostnames' | 'authorities' | 'rules'>('groups').notNull(),
    /** `asks`: what takes something away, and changes of CAs and hostnames, wait for a person. */
    mode: text('mode', { enum: ['alone', 'asks'] }).notNull(),
    state: text('state', { enum: ['unshown', 'active', 'disabled', 'deleted'] }).notNull(),
    /** The `key_create` request. */
    requestId: text('request_id').notNull(),
    createdBy: text('created_by').notNull(),
    createdAt: time('created_at').notNull(),
    shownAt: time('shown_at'),
    /** Since when it is disabled or deleted. */
    endedAt: time('ended_at'),
    version: version(),
  },
  (t) => [
    uniqueIndex('access_keys_name').on(t.accountId, t.name),
    uniqueIndex('access_keys_public').on(t.accessKeyId),
    index('access_keys_request').on(t.requestId),
  ],
);

/** When an access key was last used, and for what. Written by the api, once a minute for each key at most. */
export const accessKeyUses = sqliteTable('access_key_uses', {
  /** The key's id. */
  id: id(),
  operation: text('operation').notNull(),
  usedAt: time('used_at').notNull(),
});

/**
 * Nonces of calls that were to change something, so that none is carried out twice. Written by the api in the
 * transaction that records the call; pruned when the time stamp alone keeps a repetition out.
 */
export const apiNonces = sqliteTable(
  'api_nonces',
  {
    /** SHA-256 of `ACCESSKEYID:NONCE`. */
    id: id(),
    receivedAt: time('received_at').notNull(),
  },
  (t) => [index('api_nonces_received').on(t.receivedAt)],
);

/** A certificate that was issued for a call to the OpenAPI and whose answer may not have been written yet. */
export const owedAnswers = sqliteTable(
  'owed_answers',
  {
    /** The certificate's id. */
    id: id(),
    accountId: accountId(),
    requestId: text('request_id').notNull(),
    /** If nobody has the answer by then, the certificate is revoked. */
    dueAt: time('due_at').notNull(),
  },
  (t) => [index('owed_answers_due').on(t.dueAt)],
);

/** That the answer to a call was written to its end. Written by the api. */
export const writtenAnswers = sqliteTable('written_answers', {
  /** The request's id. */
  id: id(),
  writtenAt: time('written_at').notNull(),
});

/** WAF rules of one phase of a site, in their order. */
export const rulesets = sqliteTable(
  'rulesets',
  {
    id: id(),
    accountId: accountId(),
    siteId: text('site_id').notNull(),
    /** What the OpenAPI calls it by. */
    number: integer('number').notNull(),
    phase: text('phase', { enum: ['http_custom'] }).notNull(),
    name: text('name').notNull(),
    status: text('status', { enum: ['on', 'off'] }).notNull(),
    /** Ids of its rules; their place in here is their position. */
    order: list<string>('order').notNull(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    deletedAt: time('deleted_at'),
    version: version(),
  },
  (t) => [uniqueIndex('rulesets_number').on(t.number), index('rulesets_site').on(t.siteId)],
);

export const rules = sqliteTable(
  'rules',
  {
    id: id(),
    accountId: accountId(),
    siteId: text('site_id').notNull(),
    rulesetId: text('ruleset_id').notNull(),
    number: integer('number').notNull(),
    name: text('name').notNull(),
    expression: text('expression').notNull(),
    action: text('action', { enum: ['deny', 'monitor', 'js', 'captcha'] }).notNull(),
    status: text('status', { enum: ['on', 'off'] }).notNull(),
    /** The whole configuration as it was given, unknown keys included. */
    config: text('config', { mode: 'json' }).$type<Json>().notNull(),
    /** Edges that cannot enforce it as it is, where an administrator has accepted that. */
    acceptedGaps: list<string>('accepted_gaps').notNull().default([]),
    createdBy: text('created_by').notNull(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    deletedAt: time('deleted_at'),
    version: version(),
  },
  (t) => [
    uniqueIndex('rules_number').on(t.number),
    index('rules_site').on(t.siteId),
    index('rules_ruleset').on(t.rulesetId),
  ],
);

/** Counters of what the workers did, added up over all of them; the api shows them to Prometheus. */
export const meters = sqliteTable('meters', {
  /** `NAME{LABEL="VALUE",...}`, labels in order. */
  id: id(),
  value: integer('value').notNull(),
});

/** A client of the feed: it enforces the account's snapshot. Its credential is known here by its hash alone. */
export const edges = sqliteTable(
  'edges',
  {
    /** The public half of the credential. */
    id: id(),
    accountId: accountId(),
    name: text('name').notNull(),
    kind: text('kind', { enum: ['gateway', 'nginx', 'haproxy'] }).notNull(),
    /** `unshown`: nobody has had a credential for it yet. */
    state: text('state', { enum: ['unshown', 'active', 'removed'] }).notNull(),
    /** SHA-256 of the 32 random octets; null before they were shown, and again at its end. */
    credentialHash: text('credential_hash'),
    /** The account's first feed key with a proof for the installation's own gateway; null for all others. */
    pin: text('pin', { mode: 'json' }).$type<{ key: string; proof: string }>(),
    /** The `edge_add` request; null for the built-in gateway. */
    requestId: text('request_id'),
    createdBy: text('created_by').notNull(),
    createdAt: time('created_at').notNull(),
    shownAt: time('shown_at'),
    endedAt: time('ended_at'),
    version: version(),
  },
  (t) => [
    uniqueIndex('edges_name').on(t.accountId, t.name).where(sql`state <> 'removed'`),
    index('edges_request').on(t.requestId),
  ],
);

/** What an edge says of itself, as of its last word. Written by the api. */
export const edgeStates = sqliteTable(
  'edge_states',
  {
    /** The edge's id. */
    id: id(),
    accountId: accountId(),
    /** The snapshot that is in effect there; 0 before the first. */
    epoch: integer('epoch').notNull(),
    snapshot: integer('snapshot').notNull(),
    appliedAt: time('applied_at'),
    /** A newer one that it has and that is not in effect (yet). */
    waiting: text('waiting', { mode: 'json' }).$type<{ epoch: number; snapshot: number }>(),
    lastSeenAt: time('last_seen_at').notNull(),
    /** Its program and version. */
    software: text('software').notNull(),
    /** What is wrong with it, as sentences; at most 20. */
    problems: list<string>('problems').notNull().default([]),
    /** What of the policy it cannot enforce, as sentences; at most 100. */
    inexpressible: list<string>('inexpressible').notNull().default([]),
    /** Of one that decides by what a proxy sees and nothing else: why, and what it serves (null: too many names). */
    limits: text('limits', { mode: 'json' }).$type<{ reason: string; hostnames: readonly string[] | null }>(),
    /** The signed header of a version that this database knows nothing of: it was restored from a backup. */
    proof: text('proof', { mode: 'json' }).$type<Json>(),
  },
  (t) => [
    index('edge_states_account').on(t.accountId),
    index('edge_states_proof').on(t.id).where(sql`proof is not null`),
  ],
);

/** That an edge has a version in effect, in the order of their arrival (rowid). Written by the api; kept for a day. */
export const edgeAcks = sqliteTable(
  'edge_acks',
  {
    /** `EDGE:EPOCH:SNAPSHOT` */
    id: id(),
    accountId: accountId(),
    edgeId: text('edge_id').notNull(),
    epoch: integer('epoch').notNull(),
    snapshot: integer('snapshot').notNull(),
    /** By the edge's clock. */
    appliedAt: time('applied_at').notNull(),
    /** By ours. */
    receivedAt: time('received_at').notNull(),
  },
  (t) => [index('edge_acks_edge').on(t.edgeId, t.epoch, t.snapshot), index('edge_acks_received').on(t.receivedAt)],
);

/** The keys that sign an account's snapshots, in order: the last one is in force, and each was signed by the one before. */
export const feedKeys = sqliteTable(
  'feed_keys',
  {
    id: id(),
    accountId: accountId(),
    number: integer('number').notNull(),
    /** 32 octets in base64url: what is pinned at an edge. */
    publicKey: text('public_key').notNull(),
    sealedKey: bytes('sealed_key').notNull(),
    /** The word of the key before it; null for the first. */
    successor: text('successor', { mode: 'json' }).$type<{ text: string; signature: string; key: string }>(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [uniqueIndex('feed_keys_number').on(t.accountId, t.number)],
);

/** The newest snapshot of an account, what it follows, and the one that is kept whole (`base`). */
export const snapshots = sqliteTable(
  'snapshots',
  {
    /** The account's id. */
    id: id(),
    epoch: integer('epoch').notNull(),
    snapshot: integer('snapshot').notNull(),
    /** Signed, as it travels; and its hash. */
    header: text('header').notNull(),
    headerHash: text('header_hash').notNull(),
    /** The last status change (rowid) that it takes into account. */
    followed: integer('followed').notNull(),
    /** What the tables of the policy looked like; see the question `policyMarks`. */
    policyMark: text('policy_mark').notNull(),
    /** Certificates that ended before this are not listed. */
    prunedTo: time('pruned_to').notNull(),
    /** The version that is kept whole, in chunks: later ones are its deltas. */
    baseEpoch: integer('base_epoch').notNull(),
    baseSnapshot: integer('base_snapshot').notNull(),
    baseHeader: text('base_header', { mode: 'json' })
      .$type<{ header: string; signature: string; key: string }>()
      .notNull(),
    baseContentId: text('base_content_id').notNull(),
    baseOctets: integer('base_octets').notNull(),
    /** How many deltas there are since then, and of how many octets. */
    deltas: integer('deltas').notNull(),
    deltaOctets: integer('delta_octets').notNull(),
    version: version(),
  },
  (t) => [index('snapshots_base').on(t.baseContentId)],
);

/** Which worker publishes an account's snapshots, and its signed word that nothing newer exists. */
export const snapshotLeases = sqliteTable('snapshot_leases', {
  /** The account's id. */
  id: id(),
  leaseBy: text('lease_by'),
  leaseUntil: time('lease_until'),
  /** Since when; a heartbeat is made every few seconds. */
  heartbeatAt: time('heartbeat_at').notNull(),
  heartbeat: text('heartbeat', { mode: 'json' }).$type<{ text: string; signature: string; key: string }>(),
  version: version(),
});

/** Every version, as the line that is sent to edges. Kept for a day, and while newer than the base. */
export const snapshotDeltas = sqliteTable(
  'snapshot_deltas',
  {
    /** `ACCOUNT:EPOCH:SNAPSHOT` */
    id: id(),
    accountId: accountId(),
    epoch: integer('epoch').notNull(),
    snapshot: integer('snapshot').notNull(),
    headerHash: text('header_hash').notNull(),
    /** JSON; see core/snapshot/messages.ts. */
    message: text('message').notNull(),
    /** The last status change in it, and when the tables of the policy were read for it. */
    followed: integer('followed').notNull(),
    readAt: time('read_at').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('snapshot_deltas_place').on(t.accountId, t.epoch, t.snapshot),
    index('snapshot_deltas_created').on(t.createdAt),
    // Which version has a change in it: without touching the lines, which may be long.
    index('snapshot_deltas_followed').on(t.accountId, t.followed, t.epoch, t.snapshot),
    index('snapshot_deltas_read').on(t.accountId, t.readAt, t.epoch, t.snapshot),
  ],
);

/** A base in pieces, which edges fetch by their hash: the policy, and of each authority manifest and buckets. */
export const snapshotChunks = sqliteTable(
  'snapshot_chunks',
  {
    /** `CONTENT:HASH` */
    id: id(),
    contentId: text('content_id').notNull(),
    accountId: accountId(),
    hash: text('hash').notNull(),
    octets: bytes('octets').notNull(),
  },
  (t) => [index('snapshot_chunks_hash').on(t.accountId, t.hash), index('snapshot_chunks_content').on(t.contentId)],
);

/** Contents that no snapshot has as its base: still being written, or replaced. Swept a while after `since`. */
export const snapshotLeftovers = sqliteTable(
  'snapshot_leftovers',
  {
    /** The content's id. */
    id: id(),
    since: time('since').notNull(),
  },
  (t) => [index('snapshot_leftovers_since').on(t.since)],
);

/** How many requests edges saw for a hostname in one hour. Written by the api from their reports; kept for two days. */
export const hostUsage = sqliteTable(
  'host_usage',
  {
    /** `ACCOUNT:EDGE/RUN:HOUR:HOSTNAME`; a run is one start of the edge. */
    id: id(),
    accountId: accountId(),
    hostname: text('hostname').notNull(),
    hourAt: time('hour_at').notNull(),
    /** With a certificate that was verified, without one, and refused by a rule. */
    verified: integer('verified').notNull(),
    unverified: integer('unverified').notNull(),
    blocked: integer('blocked').notNull(),
  },
  (t) => [index('host_usage_hostname').on(t.accountId, t.hostname, t.hourAt), index('host_usage_hour').on(t.hourAt)],
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
  approvals,
  requestItems,
  statusChanges,
  crls,
  crlChunks,
  crlLeftovers,
  publications,
  ocspResponders,
  reveals,
  revealOpenings,
  reminders,
  auditCheckpoints,
  sightings,
  usage,
  uploadedAuthorities,
  uploadedCrls,
  blocks,
  bindings,
  accessKeys,
  accessKeyUses,
  apiNonces,
  owedAnswers,
  writtenAnswers,
  rulesets,
  rules,
  meters,
  edges,
  edgeStates,
  edgeAcks,
  feedKeys,
  snapshots,
  snapshotLeases,
  snapshotDeltas,
  snapshotChunks,
  snapshotLeftovers,
  hostUsage,
};
