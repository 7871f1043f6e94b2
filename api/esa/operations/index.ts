import type { Operation } from '../operation.ts';
import { batchCreateWafRules } from './batch-create-waf-rules.ts';
import { batchUpdateWafRules } from './batch-update-waf-rules.ts';
import {
  activateClientCertificate,
  deleteClientCertificate,
  revokeClientCertificate,
} from './change-client-certificate.ts';
import { createClientCertificate } from './create-client-certificate.ts';
import { createSite } from './create-site.ts';
import { createWafRule } from './create-waf-rule.ts';
import { createWafRuleset } from './create-waf-ruleset.ts';
import { deleteClientCaCertificate } from './delete-client-ca-certificate.ts';
import { deleteSite } from './delete-site.ts';
import { deleteWafRule } from './delete-waf-rule.ts';
import { deleteWafRuleset } from './delete-waf-ruleset.ts';
import { getClientCaCertificate } from './get-client-ca-certificate.ts';
import { getClientCertificate } from './get-client-certificate.ts';
import { getSite } from './get-site.ts';
import { getWafRule } from './get-waf-rule.ts';
import { getWafRuleset } from './get-waf-ruleset.ts';
import { HOSTNAME_OPERATIONS } from './hostnames.ts';
import { listClientCaCertificates } from './list-client-ca-certificates.ts';
import { listClientCertificates } from './list-client-certificates.ts';
import { listSites } from './list-sites.ts';
import { listWafPhases } from './list-waf-phases.ts';
import { listWafRules } from './list-waf-rules.ts';
import { listWafRulesets } from './list-waf-rulesets.ts';
import { updateWafRule } from './update-waf-rule.ts';
import { updateWafRuleset } from './update-waf-ruleset.ts';
import { uploadClientCaCertificate } from './upload-client-ca-certificate.ts';

/** Every operation. A new one is a file beside this one and a line here. */
export const OPERATIONS: readonly Operation[] = [
  listSites,
  createSite,
  getSite,
  deleteSite,
  createClientCertificate,
  listClientCertificates,
  getClientCertificate,
  revokeClientCertificate,
  activateClientCertificate,
  deleteClientCertificate,
  ...HOSTNAME_OPERATIONS,
  uploadClientCaCertificate,
  listClientCaCertificates,
  getClientCaCertificate,
  deleteClientCaCertificate,
  createWafRule,
  updateWafRule,
  getWafRule,
  listWafRules,
  deleteWafRule,
  batchCreateWafRules,
  batchUpdateWafRules,
  createWafRuleset,
  updateWafRuleset,
  getWafRuleset,
  listWafRulesets,
  deleteWafRuleset,
  listWafPhases,
];
