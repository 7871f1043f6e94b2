import { requestAtEdges } from '../../core/edges/effect.ts';
import { parseRequest } from '../../core/requests/contracts.ts';
import { effectText } from '../../core/revocation/effect.ts';
import type { Message, Request } from '../../core/store/rows.ts';
import { decisionToken } from '../approvals/token.ts';
import { manyEffect } from './draw-revoke-many.ts';
import type { DrawDeps, Placed } from './drawn.ts';
import { approvalMessage } from './messages/approval.ts';
import { auditMessage } from './messages/audit.ts';
import { suspensionAnnouncement } from './messages/revocation.ts';

/** What approvers see: the card of an approval, that somebody has suspended a certificate, or an alarm. */
export async function drawApproval(deps: DrawDeps, message: Message): Promise<Placed | undefined> {
  const account = await deps.store.account(message.accountId);
  const channel = account?.approvalChannel ?? deps.approvalChannel;
  if (!channel) return undefined;
  const approval = await deps.store.approval(message.subjectId);
  const request = await deps.store.request(approval?.requestId ?? message.subjectId);
  if (!request) return drawAlarm(deps, message, { channel, auditChannel: account?.auditChannel ?? deps.auditChannel });
  const now = deps.clock.now();
  if (approval) {
    const seen = { token: decisionToken(deps.keys, approval), effect: await effectOf(deps, request), now };
    const refreshAt = approval.state === 'waiting' && now < approval.expiresAt ? approval.expiresAt : null;
    return { message: approvalMessage(approval, request, seen), refreshAt, place: { channel } };
  }
  const announced = await announcement(deps, request);
  return announced && { message: announced, refreshAt: null, place: { channel } };
}

/** An event that somebody has to do something about. Where it stands already, it is not told twice. */
async function drawAlarm(
  deps: DrawDeps,
  message: Message,
  { channel, auditChannel }: { channel: string; auditChannel: string | undefined },
): Promise<Placed | undefined> {
  const event = channel === auditChannel ? undefined : await deps.store.auditEvent(message.subjectId);
  return event && { message: auditMessage(event), refreshAt: null, place: { channel } };
}

async function effectOf(deps: DrawDeps, request: Request): Promise<string> {
  if (request.kind === 'revoke_many') return manyEffect(deps, request);
  const atEdges = await requestAtEdges(deps.store, request);
  if (atEdges !== '') return atEdges;
  const id = request.payload['certificateId'];
  const certificate = typeof id === 'string' ? await deps.store.certificate(id) : undefined;
  return effectText(deps, certificate);
}

async function announcement(deps: DrawDeps, request: Request) {
  if (request.kind !== 'suspend') return undefined;
  const suspend = parseRequest('suspend', request);
  const certificate = await deps.store.certificate(suspend.payload.certificateId);
  return certificate && suspensionAnnouncement(suspend, certificate);
}
