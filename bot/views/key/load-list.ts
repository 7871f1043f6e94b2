import type { ModalView } from '@slack/types';
import { z } from 'zod';
import { isAgreedTo } from '../../../core/requests/key-agreement.ts';
import { siteNamesOf } from '../../../core/sites/names.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import type { Person } from '../../middleware/person.ts';
import type { ActionHandler, SubmittedView, Turn } from '../../turn.ts';
import { openView, replaceView } from '../open-view.ts';
import { buildKeyList, KEYS_SHOWN } from './list.ts';
import { loadKeyCaller } from './open.ts';

const stateSchema = z.strictObject({ skip: z.int().min(0).max(1_000_000) });
type ListState = z.infer<typeof stateSchema>;

/** `/mtls key list`: for administrators. */
export async function openKeyList(deps: BotDeps, turn: Turn & { view?: SubmittedView | undefined }): Promise<void> {
  await openView(turn, await drawKeyList(deps, turn.person, { skip: 0 }));
}

/** *Next*, *Previous*; the value is where the page begins. */
export const clickKeyPage: ActionHandler = async (deps, turn) => {
  if (!turn.view) return;
  const skip = /^\d{1,6}$/.test(turn.value) ? Number(turn.value) : 0;
  await replaceView(turn, turn.view, await drawKeyList(deps, turn.person, { skip }));
};

/** A page of the account's keys as they are now. Asks anew who may see them. */
export async function drawKeyList(
  deps: BotDeps,
  person: Person,
  { skip }: ListState,
  notice?: string,
): Promise<ModalView> {
  const { accountId, administrators } = await loadKeyCaller(deps, person);
  const { store } = deps;
  const counts = await reading(store.countAccessKeys(accountId));
  // What was deleted may have been all of the last page.
  const last = Math.max(0, Math.ceil(counts.present / KEYS_SHOWN) - 1) * KEYS_SHOWN;
  const from = Math.min(skip, last);
  const page = await reading(store.accessKeysOf(accountId, { skip: from, limit: KEYS_SHOWN }));
  const account = await reading(store.account(accountId));
  const keys = await reading(
    Promise.all(
      page.map(async (listed) => ({
        ...listed,
        siteNames: await siteNamesOf(store, accountId, listed.key.siteIds),
        agreed: await isAgreedTo(store, listed.key, account),
      })),
    ),
  );
  return buildKeyList({ keys, skip: from, counts, administrators, notice });
}

/** Metadata as it was written; the first page for anything else. */
export function readKeyListState(metadata: string): ListState {
  try {
    return stateSchema.safeParse(JSON.parse(metadata)).data ?? { skip: 0 };
  } catch {
    return { skip: 0 };
  }
}
