import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { HttpError } from '../problem.ts';
import { type AddRoute, addAddress } from '../route.ts';
import { isLoopback } from '../transport.ts';

/**
 * `GET /metrics`, for Prometheus. With `METRICS_TOKEN` for whoever has it (`Authorization: Bearer`); without one only
 * for this machine, and not in production.
 */
export const addMetrics: AddRoute = (app, { config, metrics }) => {
  const { metricsToken: token, production, host } = config;
  if (token === undefined && (production || !isLoopback(host))) return;
  addAddress(app, '/metrics', {
    GET: async (request, reply) => {
      if (token !== undefined && !isBearer(request, token)) {
        throw new HttpError(401, { 'www-authenticate': 'Bearer realm="metrics"' });
      }
      const { type, body } = await metrics.text();
      return reply.header('cache-control', 'no-store').type(type).send(body);
    },
  });
};

function isBearer({ headers }: FastifyRequest, token: string): boolean {
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
