import type { InputBlock, KnownBlock } from '@slack/types';
import { GATE_NAMES, GATES, type Gate } from '../../../core/approvals/gates.ts';
import { context, plain } from '../../../core/slack/blocks.ts';
import { SETTINGS_FIELDS, type SettingsForm } from './form.ts';
import { action, choice, chosenAtFirst, field } from './input.ts';
import type { SettingsModel } from './model.ts';

export function channelFields(_model: SettingsModel, form: SettingsForm): KnownBlock[] {
  return [
    channelField('auditChannel', 'Audit Channel', 'Everything that happens is told here.', form),
    channelField('approvalChannel', 'Approval Channel', 'Requests that need a second person are posted here.', form),
  ];
}

function channelField(
  name: 'auditChannel' | 'approvalChannel',
  label: string,
  hint: string,
  form: SettingsForm,
): InputBlock {
  const { block } = SETTINGS_FIELDS[name];
  const chosen = form[name];
  return {
    ...field(block, label, `${hint} Invite @countersign to it first.`, true),
    element: {
      type: 'conversations_select',
      ...action(block),
      placeholder: plain('Choose a channel'),
      filter: { include: ['public', 'private'], exclude_external_shared_channels: true, exclude_bot_users: true },
      ...(chosen === null ? {} : { initial_conversation: chosen }),
    },
  };
}

/** Whether a second person is asked at all, and for what. */
export function fourEyesFields({ approvers }: SettingsModel, form: SettingsForm): KnownBlock[] {
  const [switchBlock, gatesBlock] = [SETTINGS_FIELDS.fourEyes.block, SETTINGS_FIELDS.openGates.block];
  const choices = {
    on: choice('On', 'on', 'What is chosen below waits for a second person.'),
    off: choice('Off', 'off', 'Everybody acts alone, for as long as fewer than two can decide.'),
  };
  const gates = GATE_NAMES.map((gate) => choice(GATES[gate], gate));
  const closed = gates.filter((_, i) => !form.openGates.includes(GATE_NAMES[i] as Gate));
  return [
    {
      ...field(switchBlock, 'Four Eyes', 'Whoever asks for something never decides about it.'),
      element: {
        type: 'radio_buttons',
        ...action(switchBlock),
        options: [choices.on, choices.off],
        initial_option: form.fourEyes ? choices.on : choices.off,
      },
    },
    context(
      `*Off* can be chosen only while fewer than two people are approvers (${approvers} at present), and is told in the audit channel. It ends by itself when there are two.`,
    ),
    {
      ...field(
        gatesBlock,
        'Needs a Second Person',
        'What is taken out is done at once by whoever may ask for it. Suspending a certificate never waits.',
        true,
      ),
      element: {
        type: 'multi_static_select',
        ...action(gatesBlock),
        placeholder: plain('Nothing: everybody acts alone'),
        options: gates,
        ...chosenAtFirst(closed),
      },
    },
  ];
}

/** Which way a private key that is made here gets to the person. */
export function deliveryFields({ linksPossible }: SettingsModel, form: SettingsForm): KnownBlock[] {
  const { block } = SETTINGS_FIELDS.keyDelivery;
  const choices = {
    message: choice('In Slack, shown once', 'message', 'A message only you see. The key passes through Slack.'),
    link: choice(
      'By a link',
      'link',
      linksPossible
        ? 'Opened once, within 15 minutes. The key does not pass through Slack.'
        : 'Not possible here: PUBLIC_URL is not configured.',
    ),
  };
  return [
    {
      ...field(block, 'Key Delivery', 'For keys that are made here. With an own CSR there is none to deliver.'),
      element: {
        type: 'radio_buttons',
        ...action(block),
        options: [choices.message, choices.link],
        initial_option: choices[form.keyDelivery],
      },
    },
    ...(linksPossible
      ? []
      : [context('For links, whoever runs Countersign sets `PUBLIC_URL` to the https address of its pages.')]),
  ];
}

export function reminderFields(_model: SettingsModel, form: SettingsForm): KnownBlock[] {
  const { block } = SETTINGS_FIELDS.reminders;
  return [
    {
      ...field(
        block,
        'Remind (days before the end)',
        'Owners are reminded of a certificate that ends, the audit channel of an authority. Leave it empty for none.',
        true,
      ),
      element: {
        type: 'plain_text_input',
        ...action(block),
        max_length: 200,
        placeholder: plain('30, 14, 7, 2'),
        ...(form.reminders === '' ? {} : { initial_value: form.reminders.slice(0, 200) }),
      },
    },
  ];
}
