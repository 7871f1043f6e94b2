import { resolveList } from '../../core/inventory/list.ts';
import type { Payload } from '../../core/requests/contracts.ts';
import { insert } from '../../core/store/plan.ts';
import type { Certificate, Request } from '../../core/store/rows.ts';
import { revocation } from './approving.ts';
import { aCertificate } from './rows.ts';
import { ACCOUNT, site, type WorkerRig } from './worker-rig.ts';

/** So many certificates as if they had been issued, one a second; `set` says what is special about the n-th. */
export async function manyIssued(
  rig: WorkerRig,
  count: number,
  set: (n: number) => Partial<Certificate> = () => ({}),
): Promise<Certificate[]> {
  const start = rig.clock.now().getTime() - count * 1_000;
  const rows = Array.from({ length: count }, (_, n) =>
    aCertificate({
      id: `c${n}`,
      accountId: ACCOUNT,
      siteId: site.id,
      requestId: `issue-${n}`,
      serial: `4f${n.toString(16).padStart(30, '0')}`,
      name: `device-${n}`,
      certificate: Buffer.from([0x30, 0]),
      createdAt: new Date(start + n * 1_000),
      notBefore: new Date(start),
      notAfter: new Date(start + 365 * 86_400_000),
      ...set(n),
    }),
  );
  await rig.store.commit(rows.map((row) => insert('certificates', row)));
  return rows;
}

/** What the bot records when somebody has seen the preview and confirmed it. */
export async function recordRevokeMany(
  rig: WorkerRig,
  set: Partial<Payload<'revoke_many'>> = {},
  actorId = 'U0ALICE',
): Promise<Request> {
  const filter = set.filter ?? { owner: 'U0ALICE' };
  const { items, digest } = await resolveList(rig.store, ACCOUNT, filter, rig.clock.now());
  return rig.record('revoke_many', { ...revocation, filter, count: items.length, digest, ...set }, { actorId });
}
