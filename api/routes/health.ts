import type { AddRoute } from '../route.ts';
import { addAddress } from '../route.ts';

/** `/healthz`: this process runs. `/readyz`: it can answer, because the database does. */
export const addHealth: AddRoute = (app, { store }) => {
  addAddress(app, '/healthz', { GET: async (_request, reply) => reply.type('text/plain').send('ok') });
  addAddress(app, '/readyz', {
    GET: async (_request, reply) => {
      await store.countAccounts();
      return reply.type('text/plain').send('ready');
    },
  });
};
