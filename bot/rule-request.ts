import { randomUUID } from 'node:crypto';
import type { Payload } from '../core/requests/contracts.ts';
import { ANSWERED_AT_ONCE_MS } from '../core/requests/end.ts';
import { recordRequest } from '../core/requests/record.ts';
import type { Request } from '../core/store/rows.ts';
import type { BotDeps } from './deps.ts';
import type { Person } from './middleware/person.ts';
import { DECIDED_WITHIN_MS } from './views/revoke/recorded.ts';
import { outcomeText, waitForAnswer } from './wait.ts';

type Kind = 'waf_rule_create' | 'waf_rule_update' | 'waf_rule_delete';
type Asked<K extends Kind> = { kind: K; payload: Payload<K>; idempotencyKey: string };

/** A rule as its preview showed it: a new one, or a change. */
export function recordRule(
  deps: BotDeps,
  person: Person,
  saved: {
    siteId: string;
    ruleId: string | undefined;
    config: Record<string, unknown>;
    status: 'on' | 'off';
    insist: boolean;
    /** Edges of which the person accepts that they leave it out. */
    acceptGaps: readonly string[];
    idempotencyKey: string;
  },
): Promise<Request> {
  const { siteId, ruleId, config, status, insist, acceptGaps, idempotencyKey } = saved;
  const explicit = {
    ...(insist ? { insist: true as const } : {}),
    ...(acceptGaps.length > 0 ? { acceptGaps: [...acceptGaps] } : {}),
  };
  if (ruleId === undefined) {
    const payload = { siteId, configs: [{ ...config, Status: status }], ...explicit };
    return record(deps, person, { kind: 'waf_rule_create', payload, idempotencyKey });
  }
  const change = { ruleId, status, ...(Object.keys(config).length === 0 ? {} : { config }) };
  const payload = { siteId, changes: [change], ...explicit };
  return record(deps, person, { kind: 'waf_rule_update', payload, idempotencyKey });
}

/** Records what is to become of a rule, and gives the sentence about what came of it, or where it will be told. */
export async function askAboutRule<K extends Kind>(deps: BotDeps, person: Person, asked: Asked<K>): Promise<string> {
  const request = await record(deps, person, asked);
  const answered = await waitForAnswer(deps.store, request, ANSWERED_AT_ONCE_MS);
  if (answered?.endedAt) return outcomeText(answered);
  return answered
    ? 'A second person is asked. A direct message from me shows how it stands, and who decided.'
    : 'Recorded. I will tell you in a direct message when it is done.';
}

async function record<K extends Kind>(deps: BotDeps, person: Person, asked: Asked<K>): Promise<Request> {
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    ...asked,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  });
  return request;
}
