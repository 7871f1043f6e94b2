import { decideApproval } from '../approvals/decide.ts';
import type { ListedCertificate } from '../store/questions/inventory.ts';
import type { Approval, Certificate, Request, Role, RoleGrant, Site } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { maySeeAll, type Possible, possibleWithEach } from './may.ts';
import { searchCertificates } from './search.ts';

/** How much of each the Home shows: all of it stays far below Slack's 100 blocks. */
const ENDING = 5;
const SUSPENDED = 3;
const OWN = 6;
const REQUESTS = 5;
const WAITING = 5;
/** Approvals looked at to find those that this person may decide. */
const EXAMINED = 50;

export type OverviewRow = { certificate: ListedCertificate; possible: Possible };
/** Somebody's request that has not ended, with the certificate it is about and who is asked to decide. */
export type OpenRequest = {
  request: Request;
  certificate: Pick<Certificate, 'name' | 'siteName'> | undefined;
  approval: Approval | undefined;
};
/** What somebody else asks for, and in which channel it can be decided. */
export type WaitingApproval = { approval: Approval; requesterId: string; channel: string | null };

/** What concerns one person here. */
export type Overview = {
  /** Own certificates that end soon, the next to end first. */
  ending: readonly OverviewRow[];
  suspended: readonly OverviewRow[];
  /** The other active ones, newest first. */
  active: readonly OverviewRow[];
  /** There are more than are shown. */
  hasMore: boolean;
  requests: readonly OpenRequest[];
  waiting: readonly WaitingApproval[];
  sites: readonly Site[];
};

export type OverviewViewer = {
  accountId: string;
  userId: string;
  roles: ReadonlySet<Role>;
  /** Of the account, with user groups turned into their members. */
  grants: readonly RoleGrant[];
};

/** What concerns this person now; a bounded number of bounded questions, however large the account. */
export async function loadOverview(store: Store, viewer: OverviewViewer, now: Date): Promise<Overview> {
  const { accountId, userId, roles } = viewer;
  const own = (state: 'expiring' | 'held' | 'active', limit: number) =>
    searchCertificates(store, { accountId, filter: { owner: userId, state }, limit, now });
  const [ending, suspended, active] = [
    await own('expiring', ENDING),
    await own('held', SUSPENDED),
    await own('active', ENDING + OWN),
  ];
  const others = active.rows.filter(({ id }) => !ending.rows.some((row) => row.id === id));
  const shown = others.slice(0, OWN);
  const all = [...ending.rows, ...suspended.rows, ...shown];
  const possible = await possibleWithEach(store, all, viewer, now);
  const rows = (certificates: readonly ListedCertificate[]): OverviewRow[] =>
    certificates.flatMap((certificate) => {
      const can = possible.get(certificate.id);
      return can ? [{ certificate, possible: can }] : [];
    });
  return {
    ending: rows(ending.rows),
    suspended: rows(suspended.rows),
    active: rows(shown),
    hasMore: [ending, suspended, active].some(({ next }) => next !== null) || others.length > shown.length,
    requests: await openRequests(store, viewer),
    waiting: roles.has('approver') ? await waitingFor(store, viewer, now) : [],
    sites: maySeeAll(roles) ? await store.sites(accountId) : [],
  };
}

/** A `show` belongs to its `issue`, a decision to what it decides, and files come at once. */
const TOLD_ELSEWHERE = new Set<Request['kind']>(['show', 'decide', 'certificate_files']);

async function openRequests(store: Store, { accountId, userId }: OverviewViewer): Promise<OpenRequest[]> {
  const open = await store.openRequestsOf(accountId, userId, 4 * REQUESTS);
  const shown = open.filter(({ kind }) => !TOLD_ELSEWHERE.has(kind)).slice(0, REQUESTS);
  return Promise.all(
    shown.map(async (request) => {
      const certificateId = request.payload['certificateId'];
      const certificate = typeof certificateId === 'string' ? await store.certificate(certificateId) : undefined;
      return {
        request,
        certificate: certificate?.accountId === accountId ? certificate : undefined,
        approval: await store.approvalOfRequest(request.id),
      };
    }),
  );
}

async function waitingFor(store: Store, viewer: OverviewViewer, now: Date): Promise<WaitingApproval[]> {
  const { accountId, userId: actorId, grants } = viewer;
  const waiting: WaitingApproval[] = [];
  for (const approval of await store.waitingApprovals(accountId, now, EXAMINED)) {
    if (waiting.length === WAITING) break;
    const request = await store.request(approval.requestId);
    const decision = approval.purpose === 'acknowledgement' ? 'acknowledge' : 'approve';
    if (!request || !decideApproval(approval, request, { decision, actorId, grants, now }).allowed) continue;
    const card = await store.messageOf(approval.id, 'approval');
    waiting.push({ approval, requesterId: request.actorId, channel: card?.channel ?? null });
  }
  return waiting;
}
