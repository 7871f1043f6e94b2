import { randomUUID } from 'node:crypto';
import { ANSWERED_AT_ONCE_MS } from '../../core/requests/end.ts';
import { recordRequest } from '../../core/requests/record.ts';
import { code } from '../../core/slack/text.ts';
import type { Request } from '../../core/store/rows.ts';
import type { BotDeps } from '../deps.ts';
import type { Person } from '../middleware/person.ts';
import { outcomeText, waitForEnd } from '../wait.ts';

/** Removing a guarded site waits for a second person. */
const DEADLINE_MS = { site_add: 10 * 60_000, site_remove: 24 * 60 * 60_000 } as const;
const DOING = { site_add: 'adding', site_remove: 'removing' } as const;

/** Records that a site is to be added or removed; the key makes a repetition recognisable. */
export async function recordSiteRequest(
  deps: BotDeps,
  person: Person,
  request: { kind: 'site_add' | 'site_remove'; name: string; idempotencyKey: string },
): Promise<Request> {
  const recorded = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    kind: request.kind,
    payload: { name: request.name },
    idempotencyKey: request.idempotencyKey,
    deadlineAt: new Date(deps.clock.now().getTime() + DEADLINE_MS[request.kind]),
  });
  return recorded.request;
}

/** The outcome, when it is there while somebody waits for it; else that the worker will tell it. */
export async function awaitSiteOutcome(
  deps: BotDeps,
  request: Request,
  doing: keyof typeof DOING,
  name: string,
): Promise<string> {
  const ended = await waitForEnd(deps.store, request, ANSWERED_AT_ONCE_MS);
  if (ended) return outcomeText(ended);
  return `Recorded: ${DOING[doing]} ${code(name)}. I will tell you in a direct message when it is done.`;
}
