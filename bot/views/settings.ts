import type { InputBlock, ModalView } from '@slack/types';
import { context, plain } from '../../core/slack/blocks.ts';
import { SETTINGS_BLOCKS, SETTINGS_VIEW, type Seen, type SettingsField, settingsAction } from './settings-form.ts';
import { validityOption, validityOptions } from './validity.ts';

export type SettingsModel = {
  administrators: readonly string[];
  operators: readonly string[];
  approvers: readonly string[];
  viewers: readonly string[];
  auditChannel: string | null;
  approvalChannel: string | null;
  defaultValidityDays: number;
  maxValidityDays: number;
  /** The account's version; 0 when there is no account yet. */
  seenVersion: number;
};

/** As many as a request holds. */
const MOST_PEOPLE = 100;

export function buildSettingsView(model: SettingsModel): ModalView {
  const seen: Seen = {
    seenVersion: model.seenVersion,
    auditChannel: model.auditChannel,
    approvalChannel: model.approvalChannel,
  };
  return {
    type: 'modal',
    callback_id: SETTINGS_VIEW,
    title: plain('Settings', 24),
    submit: plain('Save', 24),
    close: plain('Cancel', 24),
    private_metadata: JSON.stringify(seen),
    blocks: [
      context('Roles do not include one another: an administrator who also issues certificates is both.'),
      peopleField('administrators', 'Administrators', 'Manage sites and these settings.', model, false),
      peopleField('operators', 'Operators', 'Create certificates.', model, true),
      peopleField('approvers', 'Approvers', 'Decide on requests that need a second person.', model, true),
      peopleField('viewers', 'Viewers', 'See sites and certificates.', model, true),
      channelField('auditChannel', 'Audit Channel', 'Everything that happens is told here.', model),
      channelField(
        'approvalChannel',
        'Approval Channel',
        'Requests that need a second person will be posted here.',
        model,
      ),
      validityField(model),
    ],
  };
}

function peopleField(
  field: 'administrators' | 'operators' | 'approvers' | 'viewers',
  label: string,
  hint: string,
  model: SettingsModel,
  optional: boolean,
): InputBlock {
  const chosen = model[field].slice(0, MOST_PEOPLE);
  return {
    ...input(field, label, hint, optional),
    element: {
      type: 'multi_users_select',
      action_id: settingsAction(field),
      placeholder: plain('Choose people'),
      max_selected_items: MOST_PEOPLE,
      ...(chosen.length === 0 ? {} : { initial_users: chosen }),
    },
  };
}

function channelField(
  field: 'auditChannel' | 'approvalChannel',
  label: string,
  hint: string,
  model: SettingsModel,
): InputBlock {
  const chosen = model[field];
  return {
    ...input(field, label, `${hint} Invite @countersign to it first.`, true),
    element: {
      type: 'conversations_select',
      action_id: settingsAction(field),
      placeholder: plain('Choose a channel'),
      filter: { include: ['public', 'private'], exclude_external_shared_channels: true, exclude_bot_users: true },
      ...(chosen === null ? {} : { initial_conversation: chosen }),
    },
  };
}

function validityField({ maxValidityDays, defaultValidityDays }: SettingsModel): InputBlock {
  const chosen = Math.min(defaultValidityDays, maxValidityDays);
  return {
    ...input('defaultValidityDays', 'Default Validity', 'Chosen in the form of a new certificate.', false),
    element: {
      type: 'static_select',
      action_id: settingsAction('defaultValidityDays'),
      options: validityOptions(maxValidityDays, chosen),
      initial_option: validityOption(chosen),
    },
  };
}

function input(field: SettingsField, label: string, hint: string, optional: boolean) {
  return {
    type: 'input' as const,
    block_id: SETTINGS_BLOCKS[field],
    label: plain(label, 2000),
    hint: plain(hint, 2000),
    optional,
  };
}
