import { hash, randomBytes, randomUUID } from 'node:crypto';
import { bindingId, MANAGED } from '../../core/bindings/verbs.ts';
import { createAuthority } from '../../core/ca/authority.ts';
import { insert } from '../../core/store/plan.ts';
import type { Site, UploadedAuthority } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';

let slot = 0;

/**
 * An uploaded authority of the site as the worker would have taken it in, with its empty list.
 * @param options `subject`: two with the same one have the same subject, whatever their keys.
 */
export async function anUploaded(
  store: Store,
  site: Pick<Site, 'id' | 'accountId'>,
  options: { name: string; subject?: string; set?: Partial<UploadedAuthority>; hostnames?: string[] },
): Promise<UploadedAuthority> {
  const { name, subject = randomUUID(), set = {}, hostnames = [] } = options;
  const now = new Date();
  const [, accountId = subject, generation = '1'] = /^(.*) G(\d+)$/.exec(subject) ?? [];
  const made = createAuthority({ accountId, generation: Number(generation), now, random: randomBytes });
  slot += 1;
  const row: UploadedAuthority = {
    id: randomUUID(),
    accountId: site.accountId,
    siteId: site.id,
    slot,
    name,
    certificate: Buffer.from(made.certificateDer),
    fingerprint: hash('sha256', made.certificateDer),
    subjectSha256: hash('sha256', made.subjectDer),
    spkiSha256: hash('sha256', made.ski),
    notBefore: made.notBefore,
    notAfter: made.notAfter,
    createdBy: 'U0ADA',
    createdAt: now,
    updatedAt: now,
    deletedAt: null,
    version: 1,
    ...set,
  };
  await store.commit([insert('uploadedAuthorities', row), insert('bindings', aBinding(site, row.id, hostnames))]);
  return row;
}

export function aBinding(
  site: Pick<Site, 'id' | 'accountId'>,
  authorityId: string = MANAGED,
  hostnames: string[] = [],
) {
  const { id: siteId, accountId } = site;
  return {
    id: bindingId(siteId, authorityId),
    accountId,
    siteId,
    authorityId,
    hostnames,
    updatedAt: new Date(),
    version: 1,
  };
}
