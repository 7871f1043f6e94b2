import type { Block, Container } from '../../contract.ts';
import { perform } from '../connection.ts';
import { domId } from '../dom.ts';
import { stateValues } from '../form/values.ts';
import { changed, state } from '../state.ts';
import type { Confirm, Element } from './shape.ts';

/** Where blocks are shown: a message, a modal or the Home. */
export type Surface = {
  /** Names the surface among all: its view id, or its conversation and ts. */
  key: string;
  container: Container;
  blocks: Block[];
  /** Sentences beside fields, by block_id. */
  errors: Record<string, string>;
  /** Where a refusal of an act on this surface is shown. */
  refusalKey: string;
  headingLevel: 2 | 3;
  /** Images and links are named by it, and so are controls without a label of their own. */
  name: string;
};

/** Slack gives blocks without an id a random one; these stay the same as long as the block stays where it is. */
export function withIds(blocks: Block[]): Block[] {
  return blocks.map((block, index) => (block.block_id ? block : { ...block, block_id: `block-${index}` }));
}

export const fieldId = (surface: Surface, blockId: string, element: Element): string =>
  domId('field', surface.key, blockId, element.action_id ?? element.type);

export const actKey = (surface: Surface, blockId: string, element: Element): string =>
  `act ${fieldId(surface, blockId, element)}`;

/** Sends Slack's action object for one element, with the state of its whole surface. */
export async function act(
  surface: Surface,
  blockId: string,
  element: Element,
  detail: Record<string, unknown>,
): Promise<void> {
  const action = { type: element.type, block_id: blockId, action_id: element.action_id ?? '', ...detail };
  await perform(
    'act',
    { container: surface.container, action, values: stateValues(surface.key, surface.blocks) },
    { busy: actKey(surface, blockId, element), refusal: surface.refusalKey },
  );
}

/** Asks first where the bot wants that. */
export function afterConfirming(confirm: Confirm | undefined, proceed: () => void): void {
  if (!confirm) {
    proceed();
    return;
  }
  state.confirmation = {
    title: confirm.title.text,
    text: confirm.text,
    // Slack's own words where the bot has none.
    confirm: confirm.confirm?.text ?? 'Yes',
    deny: confirm.deny?.text ?? 'Cancel',
    danger: confirm.style === 'danger',
    proceed,
  };
  changed();
}
