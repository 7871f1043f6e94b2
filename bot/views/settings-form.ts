import { z } from 'zod';
import type { Payload } from '../../core/requests/contracts.ts';
import type { SubmittedView } from '../turn.ts';

/** The names that tie the fields of "Settings" to what reads them. */
export const SETTINGS_VIEW = 'settings';
export const SETTINGS_BLOCKS = {
  administrators: 'administrators',
  operators: 'operators',
  approvers: 'approvers',
  viewers: 'viewers',
  auditChannel: 'audit_channel',
  approvalChannel: 'approval_channel',
  defaultValidityDays: 'default_validity',
} as const;
export type SettingsField = keyof typeof SETTINGS_BLOCKS;

export function settingsAction(field: SettingsField): string {
  return `settings_${SETTINGS_BLOCKS[field]}`;
}

/** What the person saw when the form was opened: a change of anybody else in between is refused, not overwritten. */
const seenSchema = z.object({
  seenVersion: z.int().min(0),
  auditChannel: z.string().nullable(),
  approvalChannel: z.string().nullable(),
});
export type Seen = z.infer<typeof seenSchema>;

export function readSettingsForm(view: SubmittedView): { settings: Payload<'settings'>; seen: Seen } {
  const field = (name: SettingsField) => view.values[SETTINGS_BLOCKS[name]]?.[settingsAction(name)];
  const people = (name: SettingsField) => [...new Set(field(name)?.selected_users ?? [])];
  const seen = seenSchema.parse(JSON.parse(view.privateMetadata));
  return {
    seen,
    settings: {
      seenVersion: seen.seenVersion,
      administrators: people('administrators'),
      operators: people('operators'),
      approvers: people('approvers'),
      viewers: people('viewers'),
      auditChannel: field('auditChannel')?.selected_conversation ?? null,
      approvalChannel: field('approvalChannel')?.selected_conversation ?? null,
      defaultValidityDays: Number(field('defaultValidityDays')?.selected_option?.value ?? 0),
    },
  };
}
