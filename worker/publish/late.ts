import * as events from '../../core/audit/events.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Authority, Crl } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { lateFrom } from './due.ts';

/**
 * Raises the alarm, once for each time that CRLs of an authority have become late: half their window is gone, and they
 * were due after a quarter. One event for all of them, since what keeps one from being signed mostly keeps all.
 */
export async function tellLate(
  { store, clock, logger }: { store: Store; clock: Clock; logger: Logger },
  authority: Authority,
  crls: readonly Crl[],
): Promise<void> {
  const at = clock.now();
  const late = crls.filter((crl) => lateFrom(crl) <= at);
  if (late.length === 0) return;
  const lastFrom = new Date(Math.max(...late.map((crl) => lateFrom(crl).getTime())));
  if (await store.wasToldLate(authority.id, lastFrom)) return;
  const firstEnd = new Date(Math.min(...late.map((crl) => crl.nextUpdate.getTime())));
  logger.error({ authorityId: authority.id, crls: late.length, firstEnd }, 'CRLs are late');
  await store.commit(
    events.crlsLate({ accountId: authority.accountId, at }, authority, { crls: late.length, firstEnd }),
  );
}
