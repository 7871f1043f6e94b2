import { hash } from 'node:crypto';
import { isPerson } from '../../core/access/actor.ts';
import * as events from '../../core/audit/events.ts';
import { parseCsr } from '../../core/ca/csr/csr.ts';
import { filterSan } from '../../core/ca/csr/san.ts';
import { issueLeaf, type LeafOrder } from '../../core/ca/issue.ts';
import { checkKeyReuse } from '../../core/ca/key-reuse.ts';
import { keyTypeName } from '../../core/ca/profile.ts';
import { requireUsableKey } from '../../core/ca/public-key-use.ts';
import { planWithoutCertificate } from '../../core/ca/revoke.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { WAITING_MS } from '../../core/requests/showing.ts';
import { type Plan, update } from '../../core/store/plan.ts';
import type { Site } from '../../core/store/rows.ts';
import { planOwedAnswer } from '../answers.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { passIssueGate } from './issue-beyond.ts';
import { requireIssuer } from './policy.ts';

/**
 * The first step of a certificate. With a system-generated key nothing is made yet: the request waits for the person
 * to press *Show once*, 24 hours from here, also when a second person had to be asked first. For an own CSR, and for a
 * key that the api has made and answers with by itself, the certificate is signed here, since it is public and can be sent.
 */
export async function carryOutIssue(deps: JobDeps, issue: RequestOf<'issue'>): Promise<void> {
  const issuer = await requireIssuer(deps, issue.actorId, issue);
  const gate = await passIssueGate(deps, issue, issuer);
  if (!gate.passed) return;
  const { site } = issuer;
  const unchanged = [...issuer.unchanged, ...gate.plan];
  const { payload } = issue;
  const at = deps.clock.now();
  const key = describeKey(payload);
  const asked = events.certificateRequested({ accountId: issue.accountId, actorId: issue.actorId, at }, issue, {
    site: site.name,
    name: payload.name,
    key,
  });
  if (payload.method !== 'system') {
    await signGiven(deps, issue, readGiven(payload, site), site, { unchanged, asked });
    return;
  }
  const committed = await deps.store.commit([
    ...unchanged,
    ...asked,
    update('requests', issue, {
      state: 'waiting',
      deadlineAt: new Date(at.getTime() + WAITING_MS),
      leaseUntil: null,
    }),
    ...planTold(issue, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** A public key whose private half is not here, and what else a certificate for it is to say. */
type Given = Pick<LeafOrder, 'spki' | 'san'>;

function readGiven(payload: Exclude<RequestOf<'issue'>['payload'], { method: 'system' }>, site: Site): Given {
  if (payload.method === 'public_key') return { spki: requireUsableKey(Buffer.from(payload.spki, 'base64')), san: [] };
  const csr = parseCsr(Buffer.from(payload.csr, 'base64'));
  return { spki: csr.spki, san: filterSan(site.name, csr.san) };
}

function describeKey(payload: RequestOf<'issue'>['payload']): string {
  if (payload.method === 'system') return keyTypeName(payload.keyType);
  return payload.method === 'csr' ? 'own CSR' : 'made for the answer to the API';
}

async function signGiven(
  deps: JobDeps,
  issue: RequestOf<'issue'>,
  { spki, san }: Given,
  site: Site,
  plans: { unchanged: Plan; asked: Plan },
): Promise<void> {
  await checkKeyReuse(deps.store, hash('sha256', spki), issue);
  // An intent of an earlier run: its signature never left that run, so it is given up.
  const earlier = await deps.store.certificatesOfRequest(issue.id);
  const { name, validityDays } = issue.payload;
  await issueLeaf(deps, await deps.authorities.current(issue.accountId), {
    issue,
    madeBy: issue,
    site,
    name,
    spki,
    san,
    validityDays,
    notAfter: undefined,
    renewsId: issue.payload.renewsId,
    reserving: [
      ...plans.unchanged,
      ...(earlier.length === 0 ? plans.asked : []),
      ...planWithoutCertificate(earlier, issue, deps.clock.now()),
    ],
    storing: (certificate) => {
      const at = deps.clock.now();
      deps.meters.add('issued', { key: issue.payload.method === 'csr' ? 'csr' : 'api' });
      const outcome = { code: 'issued', message: 'The certificate was issued.', certificateId: certificate.id };
      return [
        endRequest(issue, 'done', outcome, at),
        ...planTold(issue, at),
        ...(isPerson(issue.actorId) ? [] : planOwedAnswer(certificate, at)),
      ];
    },
  });
}
