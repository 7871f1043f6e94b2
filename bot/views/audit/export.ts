import { randomUUID } from 'node:crypto';
import type { InputBlock, ModalView, PlainTextOption } from '@slack/types';
import { requireRole } from '../../../core/access/access.ts';
import type { AuditFilter } from '../../../core/audit/search.ts';
import { CONTRACTS } from '../../../core/requests/contracts.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import { context, plain, section } from '../../../core/slack/blocks.ts';
import { loadCaller } from '../../middleware/caller.ts';
import type { ActionHandler, SubmissionHandler } from '../../turn.ts';
import { buildNotice } from '../notice.ts';
import { openView } from '../open-view.ts';
import { readShownAudit } from './open.ts';

export const EXPORT_VIEW = 'audit_export';
const FIELDS = { format: 'format', from: 'from', to: 'to' } as const;
const ACTION = { format: 'export_format', from: 'export_from', to: 'export_to' } as const;
/** A long history takes a while, and Slack may be away for some of it. */
const DEADLINE_MS = 60 * 60_000;

/** *Export…* in the audit: asks for the form and the days, those of the search to begin with. */
export const clickExport: ActionHandler = async (deps, turn) => {
  if (!turn.view) return;
  const caller = await loadCaller(deps, turn.person);
  requireRole(caller.roles, 'audit_export', caller.administrators);
  await openView(turn, buildExportView(readShownAudit(turn.view).filter));
};

const FORMATS: [PlainTextOption, ...PlainTextOption[]] = [
  { text: plain('JSON Lines', 75), value: 'jsonl', description: plain('Can be verified by anybody, offline.', 75) },
  { text: plain('CSV', 75), value: 'csv', description: plain('For reading in a spreadsheet.', 75) },
];

export function buildExportView(filter: Pick<AuditFilter, 'from' | 'to'>): ModalView {
  const input = (field: keyof typeof FIELDS, label: string) => ({
    type: 'input' as const,
    block_id: FIELDS[field],
    label: plain(label, 2000),
  });
  const day = (field: 'from' | 'to', label: string): InputBlock => ({
    ...input(field, label),
    optional: true,
    element: {
      type: 'datepicker',
      action_id: ACTION[field],
      ...(filter[field] === undefined ? {} : { initial_date: filter[field] }),
    },
  });
  return {
    type: 'modal',
    callback_id: EXPORT_VIEW,
    title: plain('Export the audit', 24),
    submit: plain('Export', 24),
    close: plain('Back', 24),
    blocks: [
      {
        ...input('format', 'Form'),
        element: {
          type: 'radio_buttons',
          action_id: ACTION.format,
          options: FORMATS,
          initial_option: FORMATS[0],
        },
      },
      { ...day('from', 'From'), hint: plain('Days are counted in UTC. Left empty: from the beginning.', 2000) },
      { ...day('to', 'To'), hint: plain('Left empty: up to now.', 2000) },
      context(
        'Everything of these days is exported, whoever did it: a chain with gaps could not be verified. It comes as a direct message, and the audit says that you have it.',
      ),
    ],
  };
}

/** A submitted export: recorded, and carried out by the worker. */
export const submitExport: SubmissionHandler = async (deps, { person, view }) => {
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, 'audit_export', caller.administrators);
  const field = (name: keyof typeof FIELDS) => view.values[FIELDS[name]]?.[ACTION[name]];
  const [from, to] = [field('from')?.selected_date ?? undefined, field('to')?.selected_date ?? undefined];
  if (from !== undefined && to !== undefined && from > to) {
    return { response_action: 'errors', errors: { [FIELDS.to]: 'This is before the day it begins with.' } };
  }
  await recordRequest(deps, {
    id: randomUUID(),
    accountId: caller.accountId,
    actorId: caller.userId,
    kind: 'audit_export',
    payload: CONTRACTS.audit_export.parse({ format: field('format')?.selected_option?.value, from, to }),
    // A view is submitted once; whatever comes again with its id is the same submission.
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DEADLINE_MS),
  });
  const text = 'The export is being written. It comes to you as a direct message from me in a moment.';
  return { response_action: 'update', view: buildNotice('Recorded', [section(text)]) };
};
