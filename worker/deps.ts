import type { Membership } from '../core/access/membership.ts';
import type { AuditKey } from '../core/audit/key.ts';
import type { makeAuthorities } from '../core/ca/account-authority.ts';
import type { KeyType } from '../core/ca/profile.ts';
import type { Clock } from '../core/clock.ts';
import type { SealingKeys } from '../core/config/secrets.ts';
import type { Logger } from '../core/logger.ts';
import type { Store } from '../core/store/store.ts';
import type { AnswerThrough } from './delivery/response-url.ts';
import type { SendFile } from './delivery/send-file.ts';
import type { Meters } from './meters.ts';
import type { People } from './people.ts';
import type { FetchCrl } from './uploaded-crl/fetch.ts';

/** What carrying out a request needs. Tests replace parts by passing others in. */
export type JobDeps = {
  store: Store;
  clock: Clock;
  keys: SealingKeys;
  /** Signs checkpoints of the audit. */
  auditKey: AuditKey;
  logger: Logger;
  firstAdmins: readonly string[];
  /** The channels of accounts that have set none. */
  auditChannel: string | undefined;
  approvalChannel: string | undefined;
  /** The base of links that people are sent; without it nothing is delivered by a link. */
  publicUrl: string | undefined;
  authorities: ReturnType<typeof makeAuthorities>;
  makeKeyPair: (keyType: KeyType) => Promise<{ spki: Uint8Array; privateKeyPkcs8Pem: string }>;
  people: People;
  /** Who is in the user groups that hold roles. */
  groups: Membership;
  answerThrough: AnswerThrough;
  /** How long a claimed request is left to whoever has claimed it. */
  leaseMs: number;
  sendFile: SendFile;
  meters: Meters;
  /** Fetches the CRL of a custom CA. */
  fetchCrl: FetchCrl;
};
