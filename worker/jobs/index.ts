import type { RequestOf } from '../../core/requests/contracts.ts';
import type { RequestKind } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { carryOutAuditExport } from './audit-export.ts';
import { carryOutCaRotate } from './ca-rotate.ts';
import { carryOutCertificateFiles } from './certificate-files.ts';
import { carryOutDecide } from './decide.ts';
import { carryOutIssue } from './issue.ts';
import { carryOutRelease } from './release.ts';
import { carryOutRevoke } from './revoke.ts';
import { carryOutRevokeMany } from './revoke-many.ts';
import { carryOutSettings } from './settings.ts';
import { carryOutShow } from './show.ts';
import { carryOutSiteAdd } from './site-add.ts';
import { carryOutSiteRemove } from './site-remove.ts';
import { carryOutSuspend } from './suspend.ts';

/** Who carries out which kind of request. */
export const JOBS: { [K in RequestKind]: (deps: JobDeps, request: RequestOf<K>) => Promise<void> } = {
  issue: carryOutIssue,
  show: carryOutShow,
  site_add: carryOutSiteAdd,
  site_remove: carryOutSiteRemove,
  settings: carryOutSettings,
  suspend: carryOutSuspend,
  release: carryOutRelease,
  revoke: carryOutRevoke,
  revoke_many: carryOutRevokeMany,
  decide: carryOutDecide,
  certificate_files: carryOutCertificateFiles,
  audit_export: carryOutAuditExport,
  ca_rotate: carryOutCaRotate,
};
