import type { Outcome } from '../../../core/requests/end.ts';
import { context, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import type { Approval, Request } from '../../../core/store/rows.ts';
import { decisionBlocks, decisionLine } from './decision.ts';

const ASKED = {
  issue: 'Your certificate request',
  show: 'Showing your key',
  site_add: 'Adding the site',
  site_remove: 'Removing the site',
  settings: 'Changing the settings',
  suspend: 'Suspending the certificate',
  release: 'Releasing the certificate',
  revoke: 'Revoking the certificate',
  revoke_many: 'Revoking certificates',
  decide: 'Your decision',
  ca_rotate: 'The new generation of the authority',
  certificate_files: 'The files of the certificate',
  audit_export: 'The export of the audit',
  bind: 'The hostnames',
  ca_upload: 'The custom CA',
  ca_delete: 'Deleting the CA',
  ca_crl: 'The CRL of the CA',
  ca_block: 'Blocking the certificate',
  ca_unblock: 'Lifting the block',
  key_create: 'The API key',
  key_show: 'Showing the API key',
  key_disable: 'Disabling the API key',
  key_enable: 'Enabling the API key',
  key_delete: 'Deleting the API key',
  api_revoke: 'Revoking the certificate',
  api_activate: 'Activating the certificate',
  api_delete: 'Deleting the certificate',
  waf_rule_create: 'The new rules',
  waf_rule_update: 'Changing the rules',
  waf_rule_delete: 'Deleting the rule',
  waf_ruleset_create: 'The new ruleset',
  waf_ruleset_update: 'Changing the ruleset',
  waf_ruleset_delete: 'Deleting the ruleset',
  edge_add: 'Adding the edge',
  edge_show: 'Showing the credential of the edge',
  edge_remove: 'Removing the edge',
} as const satisfies Record<Request['kind'], string>;

/**
 * Tells whoever asked what came of it: when it came too late to be the answer, or when somebody had to decide.
 * @param effect how far edges have it, as a sentence; may be empty.
 */
export function requestMessage(request: Request, approval: Approval | undefined, effect = ''): SlackMessage {
  const outcome = request.outcome as Outcome | null;
  const told = outcome?.message ?? (approval?.state === 'waiting' ? '' : 'this is still being worked on.');
  const sentence = `${ASKED[request.kind]}: ${told === '' ? 'a second person is asked.' : told}`;
  const decision = approval ? ` ${decisionLine(approval)}` : '';
  return {
    text: `${sentence}${decision}`,
    blocks: [section(sentence), ...(effect === '' ? [] : [context(effect)]), ...decisionBlocks(approval)],
  };
}
