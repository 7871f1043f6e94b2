import { randomUUID } from 'node:crypto';
import { isPerson } from '../access/actor.ts';
import { type Plan, wakeMessage } from '../store/plan.ts';

/**
 * Somebody's Home is a message that is kept up to date like every other: whatever changes what stands in it wakes it,
 * and many changes at once are drawn once.
 */
export function homeSubject(accountId: string, userId: string): string {
  return `HOME:${accountId}:${userId}`;
}

/** Whose Home it is; undefined for anything else. */
export function readHomeSubject(subjectId: string): { accountId: string; userId: string } | undefined {
  const [home, accountId, userId] = subjectId.split(':');
  return home === 'HOME' && accountId && userId ? { accountId, userId } : undefined;
}

/**
 * Draws the Home of these people anew. Goes into the plan of whatever changes it: their certificates, their requests,
 * what waits for them. An API key has none. Slack draws it also for people who have never opened it (`views.publish`).
 */
export function planHome(accountId: string, userIds: Iterable<string>, now: Date): Plan {
  return [...new Set(userIds)].filter(isPerson).map((userId) =>
    wakeMessage({
      id: randomUUID(),
      accountId,
      subjectId: homeSubject(accountId, userId),
      place: 'home',
      now,
    }),
  );
}
