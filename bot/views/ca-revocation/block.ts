import { randomUUID } from 'node:crypto';
import type { KnownBlock, ModalView } from '@slack/types';
import { blockText, blockWords, parseBlocked } from '../../../core/ca/read-crl/block.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { button, context, plain, section } from '../../../core/slack/blocks.ts';
import { bold, code, escapeText, mention, moment, truncate } from '../../../core/slack/text.ts';
import type { Block } from '../../../core/store/rows.ts';
import { reading } from '../../limit.ts';
import type { ActionHandler, SubmissionHandler } from '../../turn.ts';
import type { CustomCa } from '../custom-ca/load.ts';
import { openView } from '../open-view.ts';
import { DECIDED_WITHIN_MS, recordedNotice } from '../revoke/recorded.ts';
import { loadRevoking } from './load.ts';

export const BLOCK_VIEW = 'ca_block';
const WHICH = { block: 'which', action: 'ca_block_which' } as const;
const WHY = { block: 'why', action: 'ca_block_why' } as const;

/** A modal holds 100 blocks; whoever looks for an older one finds it in the audit. */
const SHOWN = 40;

/** *Block…*; the value is the authority's id. */
export const clickBlock: ActionHandler = async (deps, turn) => {
  const { ca } = await loadRevoking(deps, turn.person, turn.value);
  const blocks = await reading(deps.store.blocksOf(ca.authority.id, SHOWN));
  await openView(turn, buildBlockView(ca, blocks));
};

/** Blocks one more, and shows those there are. */
export function buildBlockView({ authority, siteName, blocks: count }: CustomCa, blocks: readonly Block[]): ModalView {
  return {
    type: 'modal',
    callback_id: BLOCK_VIEW,
    private_metadata: authority.id,
    title: plain('Block a Certificate', 24),
    submit: plain('Block', 24),
    close: plain('Cancel', 24),
    blocks: [
      section(
        `A certificate of ${bold(authority.name)} for ${code(siteName ?? '')} that is refused from now on, whatever the CRL says.`,
      ),
      {
        type: 'input',
        block_id: WHICH.block,
        label: plain('Serial Number or SHA-256 Fingerprint', 2000),
        hint: plain('As openssl x509 -noout -serial -fingerprint -sha256 prints it; hexadecimal.', 2000),
        element: { type: 'plain_text_input', action_id: WHICH.action, max_length: 200 },
      },
      {
        type: 'input',
        block_id: WHY.block,
        label: plain('Why', 2000),
        element: { type: 'plain_text_input', action_id: WHY.action, multiline: true, min_length: 1, max_length: 500 },
      },
      ...blockRows(blocks, count),
    ],
  };
}

function blockRows(blocks: readonly Block[], count: number): KnownBlock[] {
  if (blocks.length === 0) return [context('No certificate of this CA is blocked.')];
  return [
    { type: 'divider' },
    section(`*Blocked* (${count})`),
    ...blocks.map((block) => ({
      ...section(
        `${capital(blockText(block))}\nBlocked ${moment(block.createdAt)} by ${mention(block.createdBy)}: ${escapeText(truncate(block.because, 200))}`,
      ),
      accessory: button({
        label: 'Lift…',
        action: ACTIONS.openLift,
        value: block.id,
        spoken: `Lift the block of ${blockWords(block)}`,
      }),
    })),
    ...(count > blocks.length ? [context(`And ${count - blocks.length} older ones.`)] : []),
  ];
}

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

export const submitBlock: SubmissionHandler = async (deps, { person, view }) => {
  const { ca } = await loadRevoking(deps, person, view.privateMetadata);
  const typed = view.values[WHICH.block]?.[WHICH.action]?.value ?? '';
  const because = (view.values[WHY.block]?.[WHY.action]?.value ?? '').trim();
  const blocked = parseBlocked(typed);
  const errors = {
    ...(blocked
      ? {}
      : {
          [WHICH.block]:
            'This is neither a serial number (at most 40 hexadecimal digits) nor a SHA-256 fingerprint (64 of them).',
        }),
    ...(because === '' ? { [WHY.block]: 'Say why, in a few words.' } : {}),
  };
  if (!blocked || because === '') return { response_action: 'errors', errors };
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    kind: 'ca_block',
    payload: { authorityId: ca.authority.id, ...blocked, because: because.slice(0, 500) },
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  });
  return { response_action: 'update', view: await recordedNotice(deps, request, 'Block a Certificate') };
};
