import { z } from 'zod';
import type { Certificate, Site } from '../../../core/store/rows.ts';
import type { ApiDeps } from '../../deps.ts';
import { certificateNotFound, requireUuid, SITE_FIELDS, siteFields } from '../certificate-model.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { ID } from '../parameters.ts';

/**
 * The three operations that change what a certificate is worth. They look at nothing but whether it is one of the site:
 * the state it must be in is the worker's to judge, where it is changed.
 */
function changeOf(operation: {
  name: string;
  kind: 'api_revoke' | 'api_activate' | 'api_delete';
  summary: string;
  isSo: (certificate: Certificate) => boolean;
}): Operation {
  const { name, kind, summary, isSo } = operation;
  return defineOperation({
    name,
    methods: ['GET'],
    group: 'certificates',
    access: 'write',
    summary,
    about: 'site',
    parameters: z.object({ Id: ID }),
    answer: z.object({ ...SITE_FIELDS, Id: z.string() }),
    refusals: { not_found: 'Certificate.NotFound', stale: 'Certificate.StatusError' },
    stillSo: async ({ store }, done) => {
      const certificate = await store.certificate(String(done.payload['certificateId']));
      return certificate !== undefined && isSo(certificate);
    },
    async run({ deps, site, parameters: { Id }, ask }) {
      await ask(kind, { certificateId: await requireOfSite(deps, site, requireUuid(Id)) });
      return { ...siteFields(site), Id };
    },
  });
}

async function requireOfSite({ store }: ApiDeps, site: Site, id: string): Promise<string> {
  const certificate = await store.certificate(id);
  if (certificate?.siteId !== site.id || certificate.certificate === null) throw certificateNotFound();
  return id;
}

export const revokeClientCertificate = changeOf({
  name: 'RevokeClientCertificate',
  kind: 'api_revoke',
  summary: 'Revokes an active client certificate. It can be activated again until it is deleted.',
  isSo: ({ state, holdOrigin, deletedAt }) => state === 'held' && holdOrigin === 'api' && deletedAt === null,
});

export const activateClientCertificate = changeOf({
  name: 'ActivateClientCertificate',
  kind: 'api_activate',
  summary: 'Activates a client certificate that was revoked over the API.',
  isSo: ({ state }) => state === 'active',
});

export const deleteClientCertificate = changeOf({
  name: 'DeleteClientCertificate',
  kind: 'api_delete',
  summary: 'Deletes a revoked client certificate: it is revoked for good, and listed no more.',
  isSo: ({ deletedAt }) => deletedAt !== null,
});
