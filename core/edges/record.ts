import { CountersignError } from '../errors.ts';
import { isTimelyHour, recordSightings } from '../inventory/sightings.ts';
import { comparePlaces } from '../snapshot/header.ts';
import { type Plan, raise, type Write } from '../store/plan.ts';
import type { Edge } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import type { Ack, EdgeReportedState, Report } from './report.ts';

/** Rows in one transaction: some milliseconds. */
const AT_ONCE = 200;

/**
 * Writes down that a version is in effect at an edge. The first word on a version counts, whatever is repeated. A version
 * that there is not (yet) cannot be in effect: such a word would count for every one up to it.
 */
export async function recordAck(store: Store, edge: Edge, ack: Ack, now: Date): Promise<void> {
  const { epoch, version, appliedAt } = ack;
  const [head] = await store.feedHeads([edge.accountId]);
  if (!head || comparePlaces(ack, { epoch: head.epoch, version: head.snapshot }) > 0) {
    return commitOrThrow(store, planState(edge, ack.state, now));
  }
  await commitOrThrow(store, [
    ...planState(edge, ack.state, now),
    raise('edgeAcks', {
      id: `${edge.id}:${epoch}:${version}`,
      accountId: edge.accountId,
      edgeId: edge.id,
      epoch,
      snapshot: version,
      appliedAt: new Date(appliedAt),
      receivedAt: now,
    }),
  ]);
}

/**
 * Writes down what an edge says of itself, which certificates it has seen, and how many requests for which hostname.
 * Only hostnames at or below a site of its account are taken.
 */
export async function recordReport(store: Store, edge: Edge, report: Report, now: Date): Promise<void> {
  const { state, run, seen, hosts } = report;
  await commitOrThrow(store, planState(edge, state, now));
  if (seen.length > 0) await recordSightings(store, edge.accountId, { edge: edge.name, run, seen }, now);
  if (hosts.length === 0) return;
  const sites = (await store.sites(edge.accountId)).map(({ name }) => name);
  const ours = hosts.filter(
    ({ hostname, hourAt }) =>
      isTimelyHour(hourAt, now) && sites.some((site) => hostname === site || hostname.endsWith(`.${site}`)),
  );
  for (let i = 0; i < ours.length; i += AT_ONCE) {
    await commitOrThrow(
      store,
      ours.slice(i, i + AT_ONCE).map(({ hostname, hourAt, ...counts }): Write => {
        const hour = new Date(hourAt);
        const id = `${edge.accountId}:${edge.id}/${run}:${hour.getTime()}:${hostname}`;
        return raise('hostUsage', { id, accountId: edge.accountId, hostname, hourAt: hour, ...counts });
      }),
    );
  }
}

function planState(edge: Edge, state: EdgeReportedState, now: Date): Plan {
  const { epoch, version, appliedAt, waiting, software, problems, inexpressible, limits, proof } = state;
  return [
    raise('edgeStates', {
      id: edge.id,
      accountId: edge.accountId,
      epoch,
      snapshot: version,
      appliedAt: appliedAt === null ? null : new Date(appliedAt),
      waiting: waiting && { epoch: waiting.epoch, snapshot: waiting.version },
      lastSeenAt: now,
      software,
      problems,
      inexpressible,
      limits,
      proof,
    }),
  ];
}

async function commitOrThrow(store: Store, plan: Plan): Promise<void> {
  const committed = await store.commit(plan);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
