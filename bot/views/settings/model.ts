import type { WorkspaceGroups } from '../../workspace-groups.ts';
import type { SettingsForm } from './form.ts';

/** What "Settings" is drawn from, beside what is filled in. */
export type SettingsModel = {
  /** What is in force. */
  opened: SettingsForm;
  /** The account's version; 0 when there is no account yet. */
  version: number;
  maxValidityDays: number;
  /** Active and pending, by name. */
  sites: readonly { id: string; name: string }[];
  workspace: WorkspaceGroups;
  /** How many people are approvers now, groups counted by their members. */
  approvers: number;
  /** Whether this installation has an address for links. */
  linksPossible: boolean;
};
