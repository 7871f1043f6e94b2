import type { Checkboxes, InputBlock, KnownBlock } from '@slack/types';
import { OFFERED_REASONS } from '../../../core/ca/reasons.ts';
import { context, option, plain, section } from '../../../core/slack/blocks.ts';
import { REVOKE_ACTIONS as ACTIONS, REVOKE_BLOCKS as BLOCKS, type RevokeForm, SUSPEND, TICKED } from './form.ts';

/** What decides which fields are offered beside what is filled in. */
export type RevokeChoices = {
  /** Whether an approval is asked for, as a sentence. */
  approval: string;
  /** An administrator may revoke alone. */
  mayBreakGlass: boolean;
  /** Something that is not suspended yet can be. */
  canSuspend: boolean;
  /** Suspending can be all that is asked for. */
  maySuspendAlone: boolean;
  /** The words are about several certificates. */
  many: boolean;
  evidence: string;
};

/** Revoking cannot be undone: Reason, since when, why, the confirmation beside the evidence, and what happens at once. */
export function revokeFields(choices: RevokeChoices, form: RevokeForm): KnownBlock[] {
  const leaked = form.reason === 'keyCompromise';
  const reason = reasonField(form.reason, choices.maySuspendAlone);
  if (form.reason === SUSPEND) return [reason, becauseField(form), evidenceOf(choices), context(SUSPENDED_AT_ONCE)];
  return [
    reason,
    ...(leaked ? [sinceField(form.since)] : []),
    becauseField(form),
    evidenceOf(choices),
    {
      ...input('confirmed', 'Confirmation'),
      element: box('confirmed', choices.many ? CONFIRMED.many : CONFIRMED.one, form.confirmed),
    },
    ...(choices.canSuspend ? [suspendField(leaked, form)] : []),
    ...(choices.mayBreakGlass && leaked ? [breakGlassField(form)] : []),
    context(choices.approval),
  ];
}

const CONFIRMED = {
  one: 'I Have Confirmed That This Certificate Is No Longer In Use',
  many: 'I Have Confirmed That These Certificates Are No Longer In Use',
} as const;

const SUSPENDED_AT_ONCE =
  'Nobody is let in with it from the moment you press the button, and nobody else is asked. Releasing it again needs a second person.';

const evidenceOf = ({ evidence }: RevokeChoices) => section(`*In use?*\n${evidence}`);

function reasonField(chosen: RevokeForm['reason'], maySuspendAlone: boolean): InputBlock {
  const options = [
    ...Object.entries(OFFERED_REASONS).map(([value, text]) => option(text, value)),
    ...(maySuspendAlone ? [option('Suspend for now', SUSPEND, 'Can be undone')] : []),
  ];
  const initial = options.find(({ value }) => value === chosen);
  return {
    ...input('reason', 'Reason'),
    dispatch_action: true,
    element: {
      type: 'static_select',
      action_id: ACTIONS.reason,
      placeholder: plain('Choose a reason'),
      options,
      ...(initial ? { initial_option: initial } : {}),
    },
  };
}

function sinceField(since: string | undefined): InputBlock {
  return {
    ...input('since', 'Since when?'),
    optional: true,
    hint: plain('The day from which on others may have had the key. It is published with the revocation.', 2000),
    element: { type: 'datepicker', action_id: ACTIONS.since, ...(since === undefined ? {} : { initial_date: since }) },
  };
}

function becauseField(form: RevokeForm): InputBlock {
  return {
    ...input('because', 'Why'),
    optional: true,
    hint: plain('For whoever decides, and for the audit.', 2000),
    element: {
      type: 'plain_text_input',
      action_id: ACTIONS.because,
      multiline: true,
      max_length: 500,
      ...(form.because === '' ? {} : { initial_value: form.because }),
    },
  };
}

function suspendField(leaked: boolean, form: RevokeForm): InputBlock {
  const name = leaked ? 'suspendLeaked' : 'suspend';
  return {
    ...input(name, 'Until it is decided'),
    optional: true,
    element: box(name, 'Suspend Now', leaked || form.suspendNow, 'Nobody is let in from now on. It can be undone.'),
  };
}

function breakGlassField(form: RevokeForm): InputBlock {
  const what = 'For emergencies: the approval channel sees it and is asked to acknowledge.';
  return {
    ...input('breakGlass', 'Break glass'),
    optional: true,
    element: box('breakGlass', 'Revoke at once, without a second person', form.breakGlass, what),
  };
}

function box(name: keyof typeof ACTIONS, text: string, ticked: boolean, description?: string) {
  const options = [option(text, TICKED, description)];
  const element: Checkboxes = {
    type: 'checkboxes',
    action_id: ACTIONS[name],
    options,
    ...(ticked ? { initial_options: options } : {}),
  };
  return element;
}

function input(field: keyof typeof BLOCKS, label: string) {
  return { type: 'input' as const, block_id: BLOCKS[field], label: plain(label, 2000) };
}
