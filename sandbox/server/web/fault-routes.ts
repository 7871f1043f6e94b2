import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Fault } from '../faults.ts';
import type { World } from '../world.ts';
import type { Guard } from './guard.ts';
import { answerJson, parseFields, readBody } from './http.ts';

const fault = z.strictObject({
  method: z.string().min(1),
  kind: z.enum(['429', '500', 'reset', 'lost', 'slow', 'error']),
  times: z.number().int().min(1).exactOptional(),
  ms: z.number().int().min(0).exactOptional(),
  retryAfterSeconds: z.number().int().min(0).exactOptional(),
  error: z.string().min(1).exactOptional(),
}) satisfies z.ZodType<Fault>;

/** `POST /faults` adds one and answers its id, `GET` lists with hits, `DELETE /faults[/ID]` removes; by the page's token. */
export async function faultRoutes(
  world: World,
  guard: Guard,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  if (!guard.isOwnOrigin(request) || !guard.isKnown(request)) {
    return answerJson(response, 403, { problem: 'The token of the page is missing.' });
  }
  if (request.method === 'GET') return answerJson(response, 200, { faults: world.faults.list() });
  if (request.method === 'DELETE') {
    const id = path.slice('/faults/'.length);
    if (id) world.faults.remove(id);
    else world.faults.clear();
    return answerJson(response, 200, {});
  }
  const parsed = fault.safeParse(parseFields('application/json', await readBody(request, 10_000)));
  if (!parsed.success) return answerJson(response, 400, { problem: z.prettifyError(parsed.error) });
  answerJson(response, 200, { id: world.faults.add(parsed.data).id });
}
