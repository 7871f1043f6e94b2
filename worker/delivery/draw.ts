import type { Clock } from '../../core/clock.ts';
import { parseRequest } from '../../core/requests/contracts.ts';
import type { Message } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { auditMessage } from './messages/audit.ts';
import { type Drawn, issueMessage } from './messages/issue.ts';
import { requestMessage } from './messages/request.ts';

/** Where a message goes: a person's direct messages, or a channel. */
export type Place = { user: string } | { channel: string };

/**
 * Draws a message from the present state of its subject.
 * @returns undefined when there is nothing to send: no audit channel is set, or the subject is gone.
 */
export async function drawMessage(
  deps: { store: Store; clock: Clock; auditChannel: string | undefined },
  message: Message,
): Promise<(Drawn & { place: Place }) | undefined> {
  if (message.place === 'audit') {
    const event = await deps.store.auditEvent(message.subjectId);
    const account = await deps.store.account(message.accountId);
    const channel = account?.auditChannel ?? deps.auditChannel;
    if (!event || !channel) return undefined;
    return { message: auditMessage(event), refreshAt: null, place: { channel } };
  }
  const request = await deps.store.request(message.subjectId);
  if (!request) return undefined;
  const place = { user: request.actorId };
  if (request.kind !== 'issue') return { message: requestMessage(request), refreshAt: null, place };

  const issue = parseRequest('issue', request);
  const shows = await deps.store.requestsOf(issue.id);
  const certificates = await deps.store.certificatesOfRequest(issue.id);
  const site = await deps.store.site(issue.accountId, issue.payload.siteId);
  const name = certificates[0]?.siteName ?? site?.name ?? 'a site that is gone';
  return { ...issueMessage(issue, name, { shows, certificates }, deps.clock.now()), place };
}
