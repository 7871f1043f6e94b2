import { describeApi } from '../esa/describe.ts';
import { OPERATIONS } from '../esa/operations/index.ts';
import { type AddRoute, addAddress } from '../route.ts';

/** Of the description, not of the vendor's protocol. */
const VERSION = '1.0.0';

/** `GET /openapi.json`: the API, described from the operations themselves. */
export const addOpenApi: AddRoute = (app) => {
  let document: string | undefined;
  addAddress(app, '/openapi.json', {
    GET: async (_request, reply) => {
      document ??= JSON.stringify(describeApi(OPERATIONS, VERSION));
      return reply.header('cache-control', 'public, max-age=300').type('application/json;charset=utf-8').send(document);
    },
  });
};
