import type { KnownBlock } from '@slack/types';
import { mayDo, requireRole } from '../../core/access/access.ts';
import { describeCertificate } from '../../core/ca/certificate.ts';
import { type GenerationState, stateOfGeneration } from '../../core/renewal/generations.ts';
import { ACTIONS } from '../../core/slack/actions.ts';
import { actions, button, context, preformatted, type SlackMessage, section } from '../../core/slack/blocks.ts';
import { code, moment } from '../../core/slack/text.ts';
import type { Authority } from '../../core/store/rows.ts';
import { reading } from '../limit.ts';
import { loadCaller } from '../middleware/caller.ts';
import type { CommandHandler } from '../turn.ts';
import { customCaRows, uploadButton } from '../views/custom-ca/list.ts';
import { type CustomCas, loadCustomCas } from '../views/custom-ca/load.ts';

/** A generation with what it is to whoever must trust it. */
export type Generation = { authority: Pick<Authority, 'generation' | 'certificate'>; state: GenerationState };

/** Three P-256 certificates: Slack holds 3,000 characters in one text object. */
const BUNDLE_LIMIT = 3000;
/** Slack holds about 13,000 characters in one message. Nine generations at once take a rotation every few weeks. */
const BUNDLES_SHOWN = 3;
const DESCRIBED = 6;
const RETIRED_SHOWN = 3;

/** `/mtls ca`: everything that servers must trust, which is public. */
export const runCa: CommandHandler = async (deps, turn) => {
  const caller = await loadCaller(deps, turn.person);
  requireRole(caller.roles, 'ca_show', caller.administrators);
  const authorities = await reading(deps.store.authorities(caller.accountId));
  const now = deps.clock.now();
  const generations = await reading(
    Promise.all(
      authorities.map(async (authority) => {
        const lastEnd = authority.retiredAt ? undefined : await deps.store.lastEndOf(authority.id);
        return { authority, state: stateOfGeneration(authority, authorities, lastEnd, now) };
      }),
    ),
  );
  const cas = await loadCustomCas(deps, turn.person);
  await turn.tell(withCustomCas(buildAuthorities(generations, mayDo(caller.roles, 'ca_rotate')), cas));
};

/** So many custom CAs stand below the authority; `/mtls ca list` shows all. */
const CUSTOM_SHOWN = 5;

/** The authority's message with the custom CAs below it. */
export function withCustomCas(message: SlackMessage, cas: CustomCas): SlackMessage {
  const { all, limit, may } = cas;
  const more = all.length - CUSTOM_SHOWN;
  const blocks: KnownBlock[] = [
    ...(all.length === 0 ? [] : [section(`*Custom CAs* (${all.length} of ${limit})`)]),
    ...customCaRows(cas, all.slice(0, CUSTOM_SHOWN), 'show'),
    ...(more > 0 ? [context(`And ${more} more: \`/mtls ca list\` shows all of them.`)] : []),
    ...(all.length === 0 && may.upload ? [context('There is no custom CA yet.')] : []),
    ...(may.upload ? [actions('custom_ca', [uploadButton()])] : []),
  ];
  return { ...message, blocks: [...message.blocks, ...(blocks.length === 0 ? [] : [DIVIDER, ...blocks])] };
}

const DIVIDER: KnownBlock = { type: 'divider' };

/** @param generations newest first. */
export function buildAuthorities(generations: readonly Generation[], mayRotate: boolean): SlackMessage {
  if (generations.length === 0) {
    const text = 'There is no authority yet: it is made with the first certificate. Ask for one with `/mtls issue`.';
    return { text, blocks: [section(text)] };
  }
  const trusted = generations.filter(({ state }) => state.state !== 'retired');
  const retired = generations.filter(({ state }) => state.state === 'retired');
  const rotating = trusted.some(({ state }) => state.state === 'coming');
  return {
    text:
      trusted.length === 1
        ? 'The certificate of this workspace’s authority.'
        : `The ${trusted.length} certificates of this workspace’s authority that servers must trust.`,
    blocks: [
      section('*The authority of this workspace*'),
      ...trusted.slice(0, DESCRIBED).map(({ authority, state }) => section(describe(authority, state))),
      ...(trusted.length > DESCRIBED
        ? [context(`And ${trusted.length - DESCRIBED} older ones, trusted as well.`)]
        : []),
      ...bundle(trusted),
      ...(retired.length === 0 ? [] : [context(retiredText(retired))]),
      ...(mayRotate && !rotating ? [rotateButton()] : []),
    ],
  };
}

function describe({ generation, certificate }: Generation['authority'], state: GenerationState): string {
  const { subject, notAfter, keyAlgorithm, fingerprintSha256 } = describeCertificate(certificate);
  return [
    `*Generation ${generation}*: ${stateWords(state)}`,
    `${code(subject)}, ${keyAlgorithm}, valid until ${moment(notAfter)}`,
    `SHA-256 ${code(fingerprintSha256)}`,
  ].join('\n');
}

function stateWords(state: GenerationState): string {
  switch (state.state) {
    case 'coming':
      return `signs from ${moment(state.from)}. Let every server trust it before then.`;
    case 'signing':
      return `signs since ${moment(state.since)}.`;
    case 'trusted':
      return state.until === null
        ? 'signs nothing any more and has no certificates. It retires by itself.'
        : `signs nothing new. Trusted until its last certificate ends ${moment(state.until)}, then it retires by itself.`;
    case 'retired':
      return `retired ${moment(state.at)}`;
  }
}

/**
 * All that must be trusted now, to be copied as one file: whoever replaces a file with it takes nothing away that is
 * still needed. Where one block cannot hold it, each says of how many it is one.
 */
function bundle(trusted: readonly Generation[]): KnownBlock[] {
  const pems = trusted.map(({ authority }) => describeCertificate(authority.certificate).pem);
  const parts: string[] = [];
  for (const pem of pems) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + pem.length <= BUNDLE_LIMIT) parts[parts.length - 1] = last + pem;
    else parts.push(pem);
  }
  const where =
    'Let your servers trust this for client certificates (nginx: `ssl_client_certificate`; HAProxy: `ca-file`)';
  const missing = parts.length - BUNDLES_SHOWN;
  const shown = parts.slice(0, BUNDLES_SHOWN);
  return [
    context(parts.length === 1 ? `${where}:` : `${where}. It is one file in ${parts.length} parts: copy all of them.`),
    ...shown.map(preformatted),
    ...(missing > 0
      ? [section(`*${missing} more parts do not fit here.* Add these to the file you have, and replace nothing.`)]
      : []),
  ];
}

function retiredText(retired: readonly Generation[]): string {
  const shown = retired
    .slice(0, RETIRED_SHOWN)
    .map(({ authority, state }) => `generation ${authority.generation} (${stateWords(state)})`);
  const more = retired.length > RETIRED_SHOWN ? ` and ${retired.length - RETIRED_SHOWN} earlier ones` : '';
  return `No server needs to trust these any more: ${shown.join(', ')}${more}.`;
}

function rotateButton(): KnownBlock {
  return actions('rotate', [
    button({
      label: 'New generation…',
      action: ACTIONS.openRotate,
      value: '',
      spoken: 'Make a new generation of the authority',
    }),
  ]);
}
