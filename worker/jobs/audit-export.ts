import { planCheckpoint } from '../../core/audit/anchoring.ts';
import * as events from '../../core/audit/events.ts';
import { beginExport, buildExportFile, type ExportPosition } from '../../core/audit/export.ts';
import { sequenceEvents } from '../../core/audit/sequence.ts';
import { asCountersignError, CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { backoffMs, endRequest, retryRequest } from '../../core/requests/end.ts';
import { type Plan, update } from '../../core/store/plan.ts';
import { UPLOAD_TIMEOUT_MS } from '../delivery/send-file.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { requireActor } from './policy.ts';

type Export = RequestOf<'audit_export'>;

/** What has been delivered stands in the row, so that a worker that takes over goes on with the next file. */
type Progress = { position: ExportPosition; at: string };

/** Between two files nobody else takes the export over: a file, and what is read for it. */
const LEASE_MS = UPLOAD_TIMEOUT_MS + 60_000;

/**
 * Sends the audit, or a period of it, as files to the administrator who asked.
 * 1. What has happened is chained, and where the export reaches the end of the chain, that is signed.
 * 2. What is exported is fixed and recorded as an event, before anything leaves.
 * 3. File after file; who may still have it is asked before each.
 */
export async function carryOutAuditExport(deps: JobDeps, request: Export): Promise<void> {
  let current = request;
  try {
    let progress = readProgress(request);
    if (!progress) ({ request: current, progress } = await begin(deps, request));
    await sendFiles(deps, current, progress, (next) => {
      current = next;
    });
  } catch (thrown) {
    const error = asCountersignError(thrown);
    // The processor knows the row as it was handed over; what this job has written since, it must end itself.
    if (current.version === request.version) throw error;
    await afterError(deps, current, error);
  }
}

async function begin(deps: JobDeps, request: Export): Promise<{ request: Export; progress: Progress }> {
  const { accountId, actorId, payload } = request;
  const { unchanged } = await requireActor(deps, accountId, actorId, 'audit_export');
  await sequenceEvents(deps.store);
  const position = await beginExport(deps.store, accountId, payload);
  if (!position) {
    throw new CountersignError('not_found', { userMessage: 'Nothing was recorded in this time, so there is no file.' });
  }
  const at = deps.clock.now();
  const progress = { position, at: at.toISOString() };
  const { plan, row } = planProgress(request, progress, at);
  const { first, last } = position;
  const facts = { format: payload.format, first, last, from: payload.from ?? null, to: payload.to ?? null };
  await commit(deps, [
    ...unchanged,
    ...plan,
    ...(await planSigned(deps, accountId, last, at)),
    ...events.auditExported({ accountId, actorId, at }, request, facts),
  ]);
  return { request: row, progress };
}

/** An export that reaches the end of the chain carries a checkpoint of it. */
async function planSigned(deps: JobDeps, accountId: string, last: number, at: Date): Promise<Plan> {
  const head = await deps.store.auditHead(accountId);
  return head && head.sequence === last && head.signed < last ? planCheckpoint(deps.auditKey, head, at) : [];
}

async function sendFiles(
  deps: JobDeps,
  begun: Export,
  { position: start, at }: Progress,
  written: (row: Export) => void,
): Promise<void> {
  const { accountId, actorId, payload } = begun;
  const facts = {
    account: accountId,
    exportedAt: new Date(at),
    exportedBy: actorId,
    key: deps.auditKey.publicKey.text,
    from: payload.from ?? null,
    to: payload.to ?? null,
  };
  let row = begun;
  for (let position: ExportPosition | undefined = start; position !== undefined; ) {
    await requireActor(deps, accountId, actorId, 'audit_export');
    const file = await buildExportFile(deps.store, payload.format, facts, position);
    const span = `${file.first}-${file.last}`;
    const name = `countersign-audit-${accountId}-${span}.${payload.format}`;
    await deps.sendFile(actorId, { name, title: `Audit of Countersign, events ${span}`, content: file.content });
    const now = deps.clock.now();
    if (file.rest === undefined) {
      const outcome = {
        code: 'exported',
        message: doneText(deps, payload.format, position.part, start),
        files: position.part,
      };
      await commit(deps, [endRequest(row, 'done', outcome, now), ...planTold(begun, now)]);
      return;
    }
    position = file.rest;
    const next = planProgress(row, { position, at }, now);
    await commit(deps, next.plan);
    row = next.row;
    written(row);
  }
}

function doneText(deps: JobDeps, format: 'jsonl' | 'csv', files: number, { first, last }: ExportPosition): string {
  const what = `${files === 1 ? 'the file is' : `${files} files are`} here, with events ${first} to ${last}.`;
  if (format === 'csv') return `${what} A CSV is for reading; what can be verified is the export as JSON Lines.`;
  return `${what} To check it: \`npm run audit:verify -- FILE --key ${deps.auditKey.publicKey.text}\`, with \`--anchor\` and a checkpoint out of the audit channel. Take the key from whoever runs Countersign, not from here: \`npm run audit:key\`.`;
}

function planProgress(request: Export, progress: Progress, now: Date): { plan: Plan; row: Export } {
  const files = progress.position.part - 1;
  const message = files === 0 ? 'it is being written.' : `${files} files are here, more follow.`;
  const set = {
    outcome: { code: 'exporting', message, progress },
    leaseUntil: new Date(now.getTime() + LEASE_MS),
  };
  return { plan: [update('requests', request, set)], row: { ...request, ...set, version: request.version + 1 } };
}

function readProgress(request: Export): Progress | undefined {
  return (request.outcome as { progress?: Progress } | null)?.progress;
}

/** Some of it may have been delivered: the rest is tried again until the deadline, unless somebody has said no. */
async function afterError(deps: JobDeps, row: Export, error: CountersignError): Promise<void> {
  const at = deps.clock.now();
  const { accountId, actorId } = row;
  const { code, kind, userMessage: message } = error;
  deps.logger.info({ id: row.id, code, error }, 'export not finished');
  if (kind === 'upstream' || kind === 'rate_limited' || kind === 'internal') {
    await deps.store.commit(retryRequest(row, new Date(at.getTime() + backoffMs(row.attempts))));
    return;
  }
  await deps.store.commit([
    endRequest(row, 'refused', { code, message }, at),
    ...events.requestRefused({ accountId, actorId, at }, row, code),
    ...planTold(row, at),
  ]);
}

async function commit(deps: JobDeps, plan: Plan): Promise<void> {
  const committed = await deps.store.commit(plan);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
