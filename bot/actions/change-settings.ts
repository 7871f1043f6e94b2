import type { ActionHandler } from '../turn.ts';
import { redrawView } from '../views/open-view.ts';
import { readSettingsForm } from '../views/settings/form.ts';
import { loadSettings, requireSameSettings } from '../views/settings/load.ts';
import { buildSettingsView } from '../views/settings/view.ts';

/** Another section was chosen in "Settings": shows it, and keeps what was changed in the one before. */
export const changeSettings: ActionHandler = async (deps, turn) => {
  const { view } = turn;
  if (!view) return;
  const { model } = await loadSettings(deps, turn.person);
  const { seenVersion, wanted, form } = readSettingsForm(view, model.opened);
  requireSameSettings(seenVersion, model);
  await redrawView(turn, view, buildSettingsView(model, wanted, form));
};
