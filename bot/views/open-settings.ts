import { requireRole } from '../../core/access/access.ts';
import { DAYS_PER_YEAR, MAX_DAYS } from '../../core/ca/profile.ts';
import type { Role } from '../../core/store/rows.ts';
import type { BotDeps } from '../deps.ts';
import { calling, reading } from '../limit.ts';
import { loadCaller } from '../middleware/caller.ts';
import type { Turn } from '../turn.ts';
import { buildSettingsView } from './settings.ts';

/** Opens "Settings" with what is in force now. */
export async function openSettings(deps: BotDeps, turn: Turn): Promise<void> {
  const caller = await loadCaller(deps, turn.person);
  requireRole(caller.roles, 'settings', caller.administrators);
  const account = await reading(deps.store.account(caller.accountId));
  const having = (role: Role) => caller.grants.filter((grant) => grant.role === role).map((grant) => grant.userId);
  const view = buildSettingsView({
    administrators: caller.administrators,
    operators: having('operator'),
    approvers: having('approver'),
    viewers: having('viewer'),
    auditChannel: account?.auditChannel ?? deps.config.auditChannel ?? null,
    approvalChannel: account?.approvalChannel ?? deps.config.approvalChannel ?? null,
    defaultValidityDays: account?.defaultValidityDays ?? DAYS_PER_YEAR,
    maxValidityDays: account?.maxValidityDays ?? MAX_DAYS,
    seenVersion: account?.version ?? 0,
  });
  await calling(turn.client.views.open({ trigger_id: turn.triggerId, view }));
  await turn.done();
}
