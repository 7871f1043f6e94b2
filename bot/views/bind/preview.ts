import type { KnownBlock, ModalView } from '@slack/types';
import type { GateDecision } from '../../../core/approvals/policy.ts';
import type { BindingVerb } from '../../../core/bindings/verbs.ts';
import type { DecidedBinding } from '../../../core/hostnames/decide.ts';
import { countNames, effectFacts, namesText, whySecond } from '../../../core/slack/bindings.ts';
import { actions, button, context, option, plain, section } from '../../../core/slack/blocks.ts';
import { bold, code } from '../../../core/slack/text.ts';
import { BIND_ACTIONS as ACTIONS, BIND_PREVIEW, BIND_BLOCKS as BLOCKS, TICKED } from './form.ts';
import { BIND_TITLE } from './view.ts';

export type BindPreview = {
  siteName: string;
  verb: BindingVerb;
  /** What the authority is called; of others that lose a name, by id. */
  nameOf: (authorityId: string) => string;
  decided: DecidedBinding;
  gate: GateDecision;
  evidence: string;
  metadata: string;
  /** A sentence of mrkdwn above it all. */
  notice?: string | undefined;
};

/** What has to be said a second time: that mTLS is switched off somewhere, and every empty replacement. */
export function isSaidTwice({ effect, change }: DecidedBinding, verb: BindingVerb): boolean {
  return effect.off.length > 0 || (verb === 'replace' && change.hostnames.length === 0);
}

/** The second step of "Domain Name Information": what it does, before it does it. */
export function buildBindPreview(preview: BindPreview): ModalView {
  const { siteName, verb, nameOf, decided, gate, evidence, metadata, notice } = preview;
  const { effect, change } = decided;
  const authority = nameOf(decided.authorityId);
  const facts = effectFacts(effect, authority, nameOf);
  return {
    type: 'modal',
    callback_id: BIND_PREVIEW,
    title: plain(BIND_TITLE, 24),
    submit: plain('Confirm', 24),
    close: plain('Cancel', 24),
    private_metadata: metadata,
    blocks: [
      ...(notice === undefined ? [] : [section(notice)]),
      section(`${bold(authority)} for ${code(siteName)}: this is what happens when you confirm.`),
      ...facts.map(([label, value]) => section(`*${label}*\n${value}`)),
      ...(change.needless.length === 0 ? [] : [context(`Nothing to do for ${namesText(change.needless, 1_800)}.`)]),
      section(`*In use?*\n${evidence}`),
      ...(isSaidTwice(decided, verb) ? [tickField(decided)] : []),
      ...(gate.needed ? [becauseField()] : []),
      context(secondText(decided, gate)),
      actions('back', [
        button({ label: 'Back', action: ACTIONS.back, value: 'back', spoken: 'Back to the hostnames' }),
      ]),
    ],
  };
}

function tickField({ effect }: DecidedBinding): KnownBlock {
  const { off, lost } = effect;
  const text =
    off.length > 0
      ? `Switch mTLS off for ${countNames(off.length)}`
      : `Take ${lost.length === 1 ? 'its only hostname' : `all ${countNames(lost.length)}`} away from this authority`;
  return {
    type: 'input',
    block_id: BLOCKS.confirmed,
    label: plain('Confirmation', 2000),
    element: {
      type: 'checkboxes',
      action_id: ACTIONS.confirmed,
      options: [option(text, TICKED, off.length > 0 ? 'Nobody is asked for a certificate there any more.' : undefined)],
    },
  };
}

function becauseField(): KnownBlock {
  return {
    type: 'input',
    block_id: BLOCKS.because,
    label: plain('Why', 2000),
    hint: plain('For whoever decides, and for the audit.', 2000),
    element: { type: 'plain_text_input', action_id: ACTIONS.because, multiline: true, min_length: 1, max_length: 500 },
  };
}

function secondText({ effect, uploaded }: DecidedBinding, gate: GateDecision): string {
  if (gate.needed) {
    return `A second person is asked first, because ${whySecond(effect, { uploaded: uploaded !== undefined })}. You are told what they decide.`;
  }
  return gate.because === 'setup'
    ? 'Nobody else holds a role here yet, so it is changed at once.'
    : 'Nobody else is asked: it is changed at once.';
}
