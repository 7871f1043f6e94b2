import type { BotDeps } from '../../deps.ts';
import type { Turn } from '../../turn.ts';
import { openView } from '../open-view.ts';
import { loadSettings } from './load.ts';
import { buildSettingsView } from './view.ts';

/** Opens "Settings" with what is in force now. */
export async function openSettings(deps: BotDeps, turn: Turn): Promise<void> {
  const { model } = await loadSettings(deps, turn.person);
  await openView(turn, buildSettingsView(model, 'roles', model.opened));
}
