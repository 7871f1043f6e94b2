import { hash } from 'node:crypto';
import { CountersignError } from '../../core/errors.ts';
import { markCached } from '../cached.ts';
import { type AddRoute, addAddress, fileName } from '../route.ts';

/** A generation's certificate never changes. */
const MAX_AGE_SECONDS = 86_400;

/** `GET /ca/AUTHORITY.cer`: what caIssuers points at, one certificate in DER (RFC 5280 4.2.2.1). */
export const addAuthority: AddRoute = (app, { store, clock }) => {
  addAddress(app, '/ca/:file', {
    GET: async (request, reply) => {
      const id = fileName(request, '.cer');
      const authority = id === undefined ? undefined : await store.authority(id);
      if (!authority) throw new CountersignError('not_found');
      const { certificate, createdAt: lastModified } = authority;
      const etag = hash('sha256', certificate);
      reply.type('application/pkix-cert');
      const known = markCached(request, reply, { etag, lastModified, maxAgeSeconds: MAX_AGE_SECONDS }, clock.now());
      return reply.send(known ? undefined : certificate);
    },
  });
};
