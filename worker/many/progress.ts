import type { Plan } from '../../core/store/plan.ts';
import type { Request } from '../../core/store/rows.ts';
import { planApprovalTold } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';

/** Slack takes about one edit of a message a second. */
const EVERY_MS = 1_000;

/** Everybody who watches the request: whoever asked, and the approvers if there are any. */
export async function planWatchers(deps: JobDeps, request: Request, at: Date): Promise<Plan> {
  const approval = await deps.store.approvalOfRequest(request.id);
  return [...planTold(request, at), ...(approval ? planApprovalTold(approval, request, at) : [])];
}

/** Has the messages about a request drawn again while it is being worked on, about once a second. */
export function makeProgress(deps: JobDeps, request: Request): () => Promise<Plan> {
  let last = deps.clock.now();
  return async () => {
    const now = deps.clock.now();
    if (now.getTime() - last.getTime() < EVERY_MS) return [];
    last = now;
    return planWatchers(deps, request, now);
  };
}

/** Of many steps in one transaction, each wakes a message at most once: that of an owner with many certificates. */
export function wakingOnce(plan: Plan): Plan {
  const woken = new Set<string>();
  return plan.filter((write) => {
    if (write.op !== 'wake') return true;
    const message = `${write.message.place} ${write.message.subjectId}`;
    return !woken.has(message) && woken.add(message);
  });
}
