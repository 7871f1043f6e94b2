import { WebAPIPlatformError, type WebClient } from '@slack/web-api';
import { within } from './limit.ts';

export type WorkspaceGroup = { id: string; handle: string; name: string };

/** The user groups there are, or a sentence (mrkdwn) that says why none can be chosen. */
export type WorkspaceGroups = { groups: readonly WorkspaceGroup[]; problem?: string };

/** The settings open without the groups when Slack takes longer: a modal has three seconds from the command on. */
const LISTING_MS = 900;
const FRESH_MS = 60_000;

const PROBLEMS: Readonly<Record<string, string>> = {
  plan_upgrade_required: 'User groups could have roles too; Slack offers groups on its paid plans.',
  missing_scope:
    'User groups could have roles too; for that the Slack app needs the scope `usergroups:read` (docs/slack-manifest.yaml).',
};
const SILENT = 'Slack did not say which user groups there are. Close this and open it again to choose some.';

/** Lists the user groups of the workspace, remembered for a minute; never fails and never makes anybody wait long. */
export function makeWorkspaceGroups(
  client: WebClient,
  token: string,
  nowMs: () => number,
): () => Promise<WorkspaceGroups> {
  let known: { at: number; groups: readonly WorkspaceGroup[] } | undefined;
  return async () => {
    if (known && nowMs() - known.at < FRESH_MS) return known;
    try {
      const at = nowMs();
      const listing = client.usergroups.list({ token, include_disabled: false });
      const { usergroups = [] } = await within(listing, LISTING_MS, () => new Error(SILENT));
      known = { at, groups: usergroups.flatMap(asGroup) };
      return known;
    } catch (error) {
      const code = error instanceof WebAPIPlatformError ? error.data.error : '';
      return { groups: [], problem: PROBLEMS[code] ?? SILENT };
    }
  };
}

function asGroup(group: { id?: string; handle?: string; name?: string; date_delete?: number }): WorkspaceGroup[] {
  const { id, handle = '', name = '', date_delete } = group;
  return id === undefined || date_delete ? [] : [{ id, handle, name }];
}
