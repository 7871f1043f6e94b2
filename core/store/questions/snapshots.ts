import type {
  Authority,
  Binding,
  Block,
  Certificate,
  FeedKey,
  Request,
  Rule,
  Ruleset,
  Site,
  Snapshot,
  SnapshotDelta,
  SnapshotLease,
  UploadedAuthority,
  UploadedCrl,
} from '../rows.ts';

/** Kinds of requests that change what edges enforce other than through a certificate's status. */
export const POLICY_KINDS: readonly Request['kind'][] = [
  'bind',
  'ca_crl',
  'ca_block',
  'ca_unblock',
  'ca_delete',
  'waf_rule_create',
  'waf_rule_update',
  'waf_rule_delete',
  'waf_ruleset_update',
  'waf_ruleset_delete',
];

/** The rows that a policy is made of, all read at one moment. */
export type PolicyRows = {
  sites: Pick<Site, 'id' | 'name' | 'state'>[];
  bindings: Binding[];
  /** Those that are not retired. */
  authorities: Pick<Authority, 'id' | 'generation' | 'certificate'>[];
  /** Those that are not deleted. */
  uploaded: UploadedAuthority[];
  uploadedCrls: Pick<UploadedCrl, 'id' | 'contentId' | 'octets'>[];
  /** Those that are not lifted. */
  blocks: Pick<Block, 'authorityId' | 'kind' | 'value'>[];
  rulesets: Ruleset[];
  rules: Rule[];
};

/** A certificate whose status has changed, as it is now. */
export type ChangedCertificate = Pick<Certificate, 'accountId' | 'authorityId' | 'serial' | 'state' | 'notAfter'> & {
  place: number;
};

/** How far an account's feed is, for whoever relays it. */
export type FeedHead = {
  accountId: string;
  epoch: number;
  snapshot: number;
  heartbeat: SnapshotLease['heartbeat'] | null;
};

/** Snapshots: what they are made of, and how they travel. */
export type SnapshotQuestions = {
  /**
   * Something that is different whenever the database may have been written to since it was asked for last; costs a few
   * microseconds, so it can be asked for a hundred times a second.
   */
  mark(): Promise<string>;
  snapshot(accountId: string): Promise<Snapshot | undefined>;
  snapshotLease(accountId: string): Promise<SnapshotLease | undefined>;
  /** In order; the last one signs. */
  feedKeys(accountId: string): Promise<FeedKey[]>;
  /** For each account with edges, something that changes with every row that its policy is made of. */
  policyMarks(): Promise<{ accountId: string; mark: string }[]>;
  /** With the mark of exactly these rows. */
  policyRows(accountId: string): Promise<PolicyRows & { mark: string }>;
  /** Changes of certificates of accounts with edges, or of one account, after `place`; `reached` is how far was looked. */
  changedCertificates(
    accountId: string | undefined,
    place: number,
    limit: number,
  ): Promise<{ changes: ChangedCertificate[]; reached: number }>;
  /** Serials of revoked and suspended certificates that have not ended by `endedBy`, after `after`; `last` goes on. */
  revokedSerials(
    authorityId: string,
    endedBy: Date,
    after: { shard: number; serial: string } | undefined,
    limit: number,
  ): Promise<{ serials: string[]; last: { shard: number; serial: string } | undefined }>;
  /** Serials of revoked and suspended certificates that ended after `after` and not after `until`, oldest first. */
  endedSerials(
    authorityId: string,
    after: { notAfter: Date; serial: string },
    until: Date,
    limit: number,
  ): Promise<{ serial: string; notAfter: Date }[]>;
  snapshotDelta(accountId: string, epoch: number, snapshot: number): Promise<SnapshotDelta | undefined>;
  /** The lines after this version, in order: as many as have about so many octets, at least one where there is any. */
  snapshotLines(
    accountId: string,
    after: { epoch: number; snapshot: number },
    octets: number,
  ): Promise<{ epoch: number; snapshot: number; message: string }[]>;
  /** At most 500 accounts. */
  feedHeads(accountIds: readonly string[]): Promise<FeedHead[]>;
  snapshotChunk(accountId: string, hash: string): Promise<Buffer | undefined>;
  /**
   * The version that has the last change of this certificate in it; undefined before it is made, and when it is not
   * kept any more. Undefined altogether for one whose status has never changed.
   */
  snapshotOfChange(
    certificateId: string,
  ): Promise<{ accountId: string; changedAt: Date; isFollowed: boolean; delta: SnapshotDelta | undefined } | undefined>;
  /** The first version that was made from what there was after this moment. */
  snapshotAfter(accountId: string, at: Date): Promise<SnapshotDelta | undefined>;
  /** Requests whose changes are in the versions after `from` and up to `to`, as far as they are kept. */
  requestsInSnapshots(
    accountId: string,
    from: { epoch: number; snapshot: number } | undefined,
    to: { epoch: number; snapshot: number },
    limit: number,
  ): Promise<string[]>;
};
