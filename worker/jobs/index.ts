import type { RequestOf } from '../../core/requests/contracts.ts';
import type { RequestKind } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { carryOutApiActivate } from './api-activate.ts';
import { carryOutApiDelete } from './api-delete.ts';
import { carryOutApiRevoke } from './api-revoke.ts';
import { carryOutAuditExport } from './audit-export.ts';
import { carryOutBind } from './bind.ts';
import { carryOutCaBlock } from './ca-block.ts';
import { carryOutCaCrl } from './ca-crl.ts';
import { carryOutCaDelete } from './ca-delete.ts';
import { carryOutCaRotate } from './ca-rotate.ts';
import { carryOutCaUnblock } from './ca-unblock.ts';
import { carryOutCaUpload } from './ca-upload.ts';
import { carryOutCertificateFiles } from './certificate-files.ts';
import { carryOutDecide } from './decide.ts';
import { carryOutEdgeAdd } from './edge-add.ts';
import { carryOutEdgeRemove } from './edge-remove.ts';
import { carryOutEdgeShow } from './edge-show.ts';
import { carryOutIssue } from './issue.ts';
import { carryOutKeyCreate } from './key-create.ts';
import { carryOutKeyDelete } from './key-delete.ts';
import { carryOutKeyDisable } from './key-disable.ts';
import { carryOutKeyEnable } from './key-enable.ts';
import { carryOutKeyShow } from './key-show.ts';
import { carryOutRelease } from './release.ts';
import { carryOutRevoke } from './revoke.ts';
import { carryOutRevokeMany } from './revoke-many.ts';
import { carryOutSettings } from './settings.ts';
import { carryOutShow } from './show.ts';
import { carryOutSiteAdd } from './site-add.ts';
import { carryOutSiteRemove } from './site-remove.ts';
import { carryOutSuspend } from './suspend.ts';
import { carryOutWafRuleCreate } from './waf-rule-create.ts';
import { carryOutWafRuleDelete } from './waf-rule-delete.ts';
import { carryOutWafRuleUpdate } from './waf-rule-update.ts';
import { carryOutWafRulesetCreate } from './waf-ruleset-create.ts';
import { carryOutWafRulesetDelete } from './waf-ruleset-delete.ts';
import { carryOutWafRulesetUpdate } from './waf-ruleset-update.ts';

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
  bind: carryOutBind,
  ca_upload: carryOutCaUpload,
  ca_delete: carryOutCaDelete,
  ca_crl: carryOutCaCrl,
  ca_block: carryOutCaBlock,
  ca_unblock: carryOutCaUnblock,
  key_create: carryOutKeyCreate,
  key_show: carryOutKeyShow,
  key_disable: carryOutKeyDisable,
  key_enable: carryOutKeyEnable,
  key_delete: carryOutKeyDelete,
  api_revoke: carryOutApiRevoke,
  api_activate: carryOutApiActivate,
  api_delete: carryOutApiDelete,
  waf_rule_create: carryOutWafRuleCreate,
  waf_rule_update: carryOutWafRuleUpdate,
  waf_rule_delete: carryOutWafRuleDelete,
  waf_ruleset_create: carryOutWafRulesetCreate,
  waf_ruleset_update: carryOutWafRulesetUpdate,
  waf_ruleset_delete: carryOutWafRulesetDelete,
  edge_add: carryOutEdgeAdd,
  edge_show: carryOutEdgeShow,
  edge_remove: carryOutEdgeRemove,
};
