import { randomUUID } from 'node:crypto';
import type { CrlScope } from '../../../core/ca/crl/crl.ts';
import { crlId } from '../../../core/ca/crl/crl.ts';
import { planHold, planRelease, planRevocation } from '../../../core/ca/revoke.ts';
import { insert } from '../../../core/store/plan.ts';
import type { Certificate, Crl } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';
import { makePublisher } from '../../../worker/publish/start.ts';
import { aCertificate } from '../../support/rows.ts';
import { ACCOUNT, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

export const PKI = 'http://pki.example.com';
export type Publisher = ReturnType<typeof makePublisher>;

/** A rig whose account has an authority, and a publisher that has not run yet. */
export async function startPublishingRig() {
  const rig = await startWorkerRig({ pkiUrl: PKI });
  const { row: authority } = await rig.jobDeps.authorities.current(ACCOUNT);
  return Object.assign(rig, { authority, publisher: makePublisher(rig.jobDeps) });
}

/** Rounds of both lanes until nothing is due. */
export async function settlePublisher(publisher: Publisher): Promise<number> {
  let published = 0;
  for (;;) {
    const now = (await publisher.shardsRound()) + (await publisher.completeRound());
    if (now === 0) return published;
    published += now;
  }
}

export function certificateOf(authorityId: string, serial: string, set: Partial<Certificate> = {}): Certificate {
  return aCertificate({
    accountId: ACCOUNT,
    authorityId,
    serial,
    shard: Number.parseInt(serial.slice(-4), 16) % 128,
    requestId: randomUUID(),
    notAfter: new Date(Date.now() + 400 * 86_400_000),
    ...set,
  });
}

export async function stored(rig: WorkerRig, certificate: Certificate): Promise<Certificate> {
  await rig.store.commit([insert('certificates', certificate)]);
  return certificate;
}

const WHO = { actorId: 'U0ADA', because: 'test', why: 'test' };

/** Changes a certificate's status as the jobs do, on behalf of this request. */
export async function change(
  rig: WorkerRig,
  id: string,
  to: 'held' | 'released' | 'revoked',
  requestId: string | null = null,
): Promise<void> {
  const certificate = (await rig.store.certificate(id)) as Certificate;
  const facts = { ...WHO, at: rig.clock.now(), requestId };
  const committed = await rig.store.commit(
    to === 'held'
      ? planHold(certificate, facts)
      : to === 'released'
        ? planRelease(certificate, facts)
        : planRevocation(certificate, { ...facts, reason: 'keyCompromise' }),
  );
  if (!committed.ok) throw new Error(JSON.stringify(committed));
}

export async function crlOf(store: Store, authorityId: string, scope: CrlScope): Promise<Crl & { der: Buffer }> {
  const row = await store.crl(crlId(authorityId, scope));
  if (!row) throw new Error(`there is no CRL ${scope}`);
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = await store.crlChunk(row.contentId, pieces.length);
    if (!piece) return { ...row, der: Buffer.concat(pieces) };
    pieces.push(piece);
  }
}
