import { z } from 'zod';
import { requireCa } from '../ca-model.ts';
import { defineOperation } from '../operation.ts';
import { ID } from '../parameters.ts';

/** Deletes a custom CA that no hostname is bound to. */
export const deleteClientCaCertificate = defineOperation({
  name: 'DeleteClientCaCertificate',
  methods: ['GET'],
  group: 'authorities',
  access: 'write',
  summary: 'Deletes a custom CA, once no hostname is bound to it.',
  about: 'site',
  parameters: z.object({ Id: ID }),
  answer: z.object({ SiteId: z.int(), SiteName: z.string(), Id: z.string() }),
  // What was deleted stays so: an authority that is uploaded again is another one.
  stillSo: async () => true,
  async run({ deps, site, parameters: { Id }, ask }) {
    const { id: authorityId } = await requireCa(deps, site, Id);
    await ask('ca_delete', { authorityId });
    return { SiteId: site.number, SiteName: site.name, Id };
  },
});
