import type { WebClient } from '@slack/web-api';
import { administratorsOf, rolesOf } from '../../core/access/access.ts';
import type { Membership } from '../../core/access/membership.ts';
import { readHomeSubject } from '../../core/inventory/home-plan.ts';
import { loadOverview } from '../../core/inventory/overview.ts';
import type { Logger } from '../../core/logger.ts';
import { buildHome } from '../../core/slack/home.ts';
import type { Message } from '../../core/store/rows.ts';
import type { DrawDeps } from './drawn.ts';
import { slackFailure } from './slack.ts';

export type HomeDeps = DrawDeps & {
  logger: Logger;
  client: WebClient;
  firstAdmins: readonly string[];
  groups: Membership;
};

/**
 * Draws somebody's Home anew and publishes it. It replaces what was there, so that doing it twice does no harm. What
 * Slack refuses (the person is gone, the Home is switched off) is let go: whoever opens it gets it drawn.
 */
export async function publishHome(deps: HomeDeps, message: Message): Promise<void> {
  const whose = readHomeSubject(message.subjectId);
  if (!whose) return;
  const { accountId, userId } = whose;
  const grants = await deps.groups.expand(await deps.store.roles(accountId));
  const roles = rolesOf(whose, grants, deps.firstAdmins);
  const administrators = administratorsOf(accountId, grants, deps.firstAdmins);
  const now = deps.clock.now();
  const overview = await loadOverview(deps.store, { accountId, userId, roles, grants }, now);
  const view = buildHome({ userId, roles, administrators, overview, now });
  try {
    await deps.client.views.publish({ user_id: userId, view });
  } catch (error) {
    const failure = slackFailure(error);
    if (failure.kind !== 'refused') throw error;
    deps.logger.info({ id: message.id, code: failure.code }, 'a Home was not taken by Slack');
  }
}
