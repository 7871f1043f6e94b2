import type { KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { context, plain } from '../../../core/slack/blocks.ts';
import { certificateFields } from './certificates.ts';
import { channelFields, deliveryFields, fourEyesFields, reminderFields } from './fields.ts';
import { keepChanges, SECTIONS, SETTINGS_SECTION, SETTINGS_VIEW, type Section, type SettingsForm } from './form.ts';
import type { SettingsModel } from './model.ts';
import { roleFields } from './roles.ts';

const BUILDERS: Readonly<Record<Section, (model: SettingsModel, form: SettingsForm) => KnownBlock[]>> = {
  roles: roleFields,
  channels: channelFields,
  certificates: certificateFields,
  four_eyes: fourEyesFields,
  key_delivery: deliveryFields,
  reminders: reminderFields,
};

/** "Settings": one section of it, a chooser of sections, and what has been changed in the others. */
export function buildSettingsView(model: SettingsModel, section: Section, form: SettingsForm): ModalView {
  return {
    type: 'modal',
    callback_id: SETTINGS_VIEW,
    title: plain('Settings', 24),
    submit: plain('Save', 24),
    close: plain('Cancel', 24),
    private_metadata: keepChanges(model.version, section, model.opened, form),
    blocks: [chooser(section), ...BUILDERS[section](model, form), context('*Save* saves all sections.')],
  };
}

function chooser(section: Section): KnownBlock {
  const options = (Object.keys(SECTIONS) as Section[]).map(sectionOption);
  return {
    type: 'input',
    block_id: SETTINGS_SECTION.block,
    label: plain('Section', 2000),
    dispatch_action: true,
    element: {
      type: 'static_select',
      action_id: SETTINGS_SECTION.action,
      options,
      initial_option: sectionOption(section),
    },
  };
}

const sectionOption = (section: Section): PlainTextOption => ({ text: plain(SECTIONS[section], 75), value: section });
