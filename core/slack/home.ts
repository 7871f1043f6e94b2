import type { HomeView, KnownBlock } from '@slack/types';
import type { Card } from '../approvals/card.ts';
import type { OpenRequest, Overview, OverviewRow, WaitingApproval } from '../inventory/overview.ts';
import { SOON_DAYS } from '../inventory/state.ts';
import type { Role } from '../store/rows.ts';
import { ACTIONS } from './actions.ts';
import { actions, button, context, header, section } from './blocks.ts';
import { certificateStateLine, certificateTitle } from './certificate.ts';
import { buttonRow, entryButtons, possibilities, siteBlocks, withoutRoleText } from './entry.ts';
import { bold, escapeText, mention, moment } from './text.ts';

export type HomeModel = {
  userId: string;
  roles: ReadonlySet<Role>;
  administrators: readonly string[];
  overview: Overview;
  now: Date;
};

const SITES_SHOWN = 20;
const DIVIDER: KnownBlock = { type: 'divider' };

/** The App Home: what waits for this person, what is theirs, and what they can begin with. */
export function buildHome(model: HomeModel): HomeView {
  const { userId, roles, administrators, overview } = model;
  const lines = possibilities(model);
  const greeting = `Hello ${mention(userId)}. Countersign issues client certificates, so that a site knows which device is calling (mutual TLS).`;
  const beginning: KnownBlock[] = [header('Countersign'), section(greeting), ...buttonRow(entryButtons(model))];
  if (lines.length === 0) {
    return {
      type: 'home',
      blocks: [...beginning, section(withoutRoleText(administrators)), ...requestBlocks(overview), ...ownBlocks(model)],
    };
  }
  return {
    type: 'home',
    blocks: [
      ...beginning,
      ...waitingBlocks(overview),
      ...requestBlocks(overview),
      ...ownBlocks(model),
      DIVIDER,
      section(`*What you can do*\n${lines.join('\n')}`),
      ...siteBlocks(overview.sites, roles.has('administrator'), SITES_SHOWN),
      context(`Your roles here: ${[...roles].sort().join(', ')}.`),
    ],
  };
}

function waitingBlocks({ waiting }: Overview): KnownBlock[] {
  if (waiting.length === 0) return [];
  return [DIVIDER, header('Waiting for you'), ...waiting.map(waitingBlock)];
}

function waitingBlock({ approval, requesterId, channel }: WaitingApproval): KnownBlock {
  const { what, plain } = approval.card as Card;
  const asks = approval.purpose === 'acknowledgement' ? 'was done at once by' : 'asked for by';
  const where = channel === null ? '' : ` Decide in <#${channel}>.`;
  return {
    ...section(`${what}\n${asks} ${mention(requesterId)}, until ${moment(approval.expiresAt)}.${where}`),
    block_id: `waiting:${approval.id}`,
    accessory: button({
      label: 'Details',
      action: ACTIONS.approvalDetails,
      value: approval.id,
      spoken: `Details: ${plain}`,
    }),
  };
}

function requestBlocks({ requests }: Overview): KnownBlock[] {
  if (requests.length === 0) return [];
  return [DIVIDER, header('Your open requests'), ...requests.map(requestBlock)];
}

function requestBlock(open: OpenRequest): KnownBlock {
  const { request, approval } = open;
  const text = section(`${requestText(open)}\n${waitsFor(open)}`);
  if (approval?.state !== 'waiting') return { ...text, block_id: `request:${request.id}` };
  const spoken = `Details of what you asked for: ${(approval.card as Card).plain}`;
  return {
    ...text,
    block_id: `request:${request.id}`,
    accessory: button({ label: 'Details', action: ACTIONS.approvalDetails, value: approval.id, spoken }),
  };
}

const ASKED: Readonly<Record<OpenRequest['request']['kind'], string>> = {
  issue: 'Create certificate',
  show: 'Show a key',
  site_add: 'Add site',
  site_remove: 'Remove site',
  settings: 'Change the settings',
  suspend: 'Suspend',
  release: 'Release',
  revoke: 'Revoke',
  revoke_many: 'Revoke many certificates',
  decide: 'Decide',
  ca_rotate: 'Make a new generation of the authority',
  certificate_files: 'Send the files of a certificate',
  audit_export: 'Export the audit',
  bind: 'Change hostnames',
  ca_upload: 'Upload a CA',
  ca_delete: 'Delete a CA',
  ca_crl: 'Set the CRL of a CA',
  ca_block: 'Block a certificate',
  ca_unblock: 'Lift a block',
  key_create: 'Make an API key',
  key_show: 'Show an API key',
  key_disable: 'Disable an API key',
  key_enable: 'Enable an API key',
  key_delete: 'Delete an API key',
  api_revoke: 'Revoke a certificate',
  api_activate: 'Activate a certificate',
  api_delete: 'Delete a certificate',
  waf_rule_create: 'Make rules',
  waf_rule_update: 'Change rules',
  waf_rule_delete: 'Delete a rule',
  waf_ruleset_create: 'Make a ruleset',
  waf_ruleset_update: 'Change a ruleset',
  waf_ruleset_delete: 'Delete a ruleset',
  edge_add: 'Add edge',
  edge_show: 'Show the credential of an edge',
  edge_remove: 'Remove an edge',
};

function requestText({ request, certificate }: OpenRequest): string {
  const { name } = request.payload;
  const about = certificate ? `${bold(certificate.name)} for ${escapeText(certificate.siteName)}` : undefined;
  const named = typeof name === 'string' ? bold(name) : undefined;
  return [ASKED[request.kind], about ?? named].filter((part) => part !== undefined).join(' ');
}

function waitsFor({ request, approval }: OpenRequest): string {
  if (approval?.state === 'waiting') {
    return `Waits for a second person to decide, until ${moment(approval.expiresAt)}.`;
  }
  if ((request.kind === 'issue' || request.kind === 'key_create') && request.state === 'waiting') {
    return `Waits for you: press *Show once* in the direct message, until ${moment(request.deadlineAt)}.`;
  }
  return `Asked ${moment(request.createdAt)}; it is being worked on.`;
}

function ownBlocks(model: HomeModel): KnownBlock[] {
  const { ending, suspended, active, hasMore } = model.overview;
  const all = [...ending, ...suspended, ...active];
  if (all.length === 0) {
    // Whoever has no role has been told whom to ask.
    return model.roles.size === 0
      ? []
      : [DIVIDER, header('Your certificates'), section('You have none that are active.')];
  }
  const more = button({ label: 'All my certificates', action: ACTIONS.openList, value: '' });
  return [
    ...group(`Ends within ${SOON_DAYS} days`, ending, model),
    ...group('Suspended', suspended, model),
    ...group('Your certificates', active, model),
    ...(hasMore ? [context('The newest are shown here.')] : []),
    actions('all_certificates', [more]),
  ];
}

function group(title: string, rows: readonly OverviewRow[], model: HomeModel): KnownBlock[] {
  if (rows.length === 0) return [];
  return [DIVIDER, header(title), ...rows.flatMap((row) => certificateBlocks(row, model))];
}

function certificateBlocks({ certificate, possible }: OverviewRow, { userId, now }: HomeModel): KnownBlock[] {
  const { id, name, siteName } = certificate;
  const of = (label: string, action: string) =>
    button({ label, action, value: id, spoken: `${label}: ${name} for ${siteName}` });
  return [
    section(`${certificateTitle(certificate, userId)}\n${certificateStateLine(certificate, now)}`),
    actions(`own:${id}`, [
      of('Details', ACTIONS.openCertificate),
      ...(possible.renew ? [of('Renew', ACTIONS.openRenew)] : []),
      ...(possible.release ? [of('Release', ACTIONS.openRelease)] : []),
      ...(possible.revoke ? [of('Revoke', ACTIONS.openRevoke)] : []),
    ]),
  ];
}
