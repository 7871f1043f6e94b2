import type { Committed, Plan } from './plan.ts';
import type { AccessKeyQuestions } from './questions/access-keys.ts';
import type { AccountQuestions } from './questions/accounts.ts';
import type { AnswerQuestions } from './questions/answers.ts';
import type { ApiCertificateQuestions } from './questions/api-certificates.ts';
import type { ApprovalQuestions } from './questions/approvals.ts';
import type { AuditQuestions } from './questions/audit.ts';
import type { BindingQuestions } from './questions/bindings.ts';
import type { CertificateQuestions } from './questions/certificates.ts';
import type { EdgeQuestions } from './questions/edges.ts';
import type { HistoryQuestions } from './questions/history.ts';
import type { InventoryQuestions } from './questions/inventory.ts';
import type { MessageQuestions } from './questions/messages.ts';
import type { MetricQuestions } from './questions/metrics.ts';
import type { OcspQuestions } from './questions/ocsp.ts';
import type { RenewalQuestions } from './questions/renewal.ts';
import type { RequestQuestions } from './questions/requests.ts';
import type { RevealQuestions } from './questions/reveals.ts';
import type { RevocationQuestions } from './questions/revocation.ts';
import type { RuleQuestions } from './questions/rules.ts';
import type { SnapshotQuestions } from './questions/snapshots.ts';
import type { Sweeps } from './questions/sweeps.ts';
import type { UploadedAuthorityQuestions } from './questions/uploaded-authorities.ts';
import type { UploadedRevocationQuestions } from './questions/uploaded-revocations.ts';
import type { UsageQuestions } from './questions/usage.ts';

/**
 * Everything the domain knows of the database: one way to write, and the questions it asks, by subject. The same for
 * every engine.
 * @throws CountersignError `busy` from any call when the database stays locked for longer than its busy timeout.
 */
export type Store = AccessKeyQuestions &
  AccountQuestions &
  AnswerQuestions &
  ApiCertificateQuestions &
  ApprovalQuestions &
  AuditQuestions &
  BindingQuestions &
  CertificateQuestions &
  EdgeQuestions &
  HistoryQuestions &
  InventoryQuestions &
  MessageQuestions &
  MetricQuestions &
  OcspQuestions &
  RenewalQuestions &
  RequestQuestions &
  RevealQuestions &
  RevocationQuestions &
  RuleQuestions &
  SnapshotQuestions &
  Sweeps &
  UploadedAuthorityQuestions &
  UploadedRevocationQuestions &
  UsageQuestions & {
    /** Carries out the plan in one transaction, or nothing of it. */
    commit(plan: Plan): Promise<Committed>;
    close(): Promise<void>;
  };
