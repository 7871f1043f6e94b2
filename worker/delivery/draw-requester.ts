import { isPerson } from '../../core/access/actor.ts';
import { requestAtEdges } from '../../core/edges/effect.ts';
import { parseRequest } from '../../core/requests/contracts.ts';
import { effectText } from '../../core/revocation/effect.ts';
import { siteNamesOf } from '../../core/sites/names.ts';
import type { SlackMessage } from '../../core/slack/blocks.ts';
import type { Certificate, Message, Request } from '../../core/store/rows.ts';
import { drawRevokeMany } from './draw-revoke-many.ts';
import type { DrawDeps, Placed } from './drawn.ts';
import { accessKeyMessage } from './messages/access-key.ts';
import { edgeMessage } from './messages/edge.ts';
import { issueMessage } from './messages/issue.ts';
import { issueDecisionMessage } from './messages/issue-decision.ts';
import { withNotes } from './messages/issue-notes.ts';
import { requestMessage } from './messages/request.ts';
import { revocationMessage } from './messages/revocation.ts';

/** The lasting direct message to whoever asked, kept equal to the state of their request. */
export async function drawRequester(deps: DrawDeps, message: Message): Promise<Placed | undefined> {
  const request = await deps.store.request(message.subjectId);
  // A program reads what came of its call in the answer.
  if (!request || !isPerson(request.actorId)) return undefined;
  const drawn = await draw(deps, request);
  return { ...drawn, place: { user: request.actorId } };
}

async function draw(deps: DrawDeps, request: Request): Promise<Omit<Placed, 'place'>> {
  switch (request.kind) {
    case 'issue':
      return drawIssue(deps, request);
    case 'key_create':
      return { message: await drawKeyCreate(deps, request), refreshAt: null };
    case 'edge_add':
      return { message: await drawEdgeAdd(deps, request), refreshAt: null };
    case 'suspend':
    case 'release':
    case 'revoke':
      return drawRevocation(deps, request, request.kind);
    case 'revoke_many':
      return { message: await drawRevokeMany(deps, request), refreshAt: null };
    default: {
      const approval = await deps.store.approvalOfRequest(request.id);
      const effect = await requestAtEdges(deps.store, request);
      return { message: requestMessage(request, approval, effect), refreshAt: null };
    }
  }
}

async function drawIssue(deps: DrawDeps, request: Request): Promise<Omit<Placed, 'place'>> {
  const issue = parseRequest('issue', request);
  const shows = await deps.store.requestsOf(issue.id);
  const certificates = await deps.store.certificatesOfRequest(issue.id);
  const site = await deps.store.site(issue.accountId, issue.payload.siteId);
  const name = certificates[0]?.siteName ?? site?.name ?? 'a site that is gone';
  const approval = await deps.store.approvalOfRequest(issue.id);
  if (approval && approval.state !== 'approved') {
    return { message: issueDecisionMessage(issue, name, approval), refreshAt: null };
  }
  const now = deps.clock.now();
  const current = certificates.find(({ state }) => state === 'active');
  const { renewsId } = issue.payload;
  const renewed = renewsId === undefined ? undefined : await certificateOf(deps, issue, renewsId);
  const authority = current && (await deps.store.authority(current.authorityId));
  return withNotes(
    issueMessage(issue, name, { shows, certificates }, now),
    issue,
    { current, renewed, authority },
    now,
  );
}

async function drawKeyCreate(deps: DrawDeps, request: Request): Promise<SlackMessage> {
  const create = parseRequest('key_create', request);
  const [key, approval, shows] = await Promise.all([
    deps.store.accessKeyOfRequest(create.id),
    deps.store.approvalOfRequest(create.id),
    deps.store.requestsOf(create.id),
  ]);
  const siteNames = await siteNamesOf(deps.store, create.accountId, create.payload.siteIds);
  return accessKeyMessage(create, { key, siteNames, approval, lastShow: shows.at(-1) });
}

async function drawEdgeAdd(deps: DrawDeps, request: Request): Promise<SlackMessage> {
  const add = parseRequest('edge_add', request);
  const [edge, approval, shows] = await Promise.all([
    deps.store.edgeOfRequest(add.id),
    deps.store.approvalOfRequest(add.id),
    deps.store.requestsOf(add.id),
  ]);
  return edgeMessage(add, { edge, approval, lastShow: shows.at(-1) });
}

async function drawRevocation(
  deps: DrawDeps,
  request: Request,
  kind: 'suspend' | 'release' | 'revoke',
): Promise<Omit<Placed, 'place'>> {
  const about = parseRequest(kind, request);
  const certificate = await certificateOf(deps, request, about.payload.certificateId);
  const approval = await deps.store.approvalOfRequest(request.id);
  const effect = await effectText(deps, certificate);
  return { message: revocationMessage(about, certificate, approval, effect), refreshAt: null };
}

/** Only of the request's own account, and only one that was handed out: an id in a payload proves nothing. */
async function certificateOf(
  deps: DrawDeps,
  request: Pick<Request, 'accountId'>,
  id: string,
): Promise<Certificate | undefined> {
  const certificate = await deps.store.certificate(id);
  return certificate?.accountId === request.accountId ? certificate : undefined;
}
