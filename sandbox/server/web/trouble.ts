import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { ActiveFault, Faults } from '../faults.ts';
import { answerJson, answerText } from './http.ts';

/** Does the work of one call, with the trouble that was asked for. `work` answers by itself, at once. */
export async function withTrouble(
  faults: Faults,
  name: string,
  response: ServerResponse,
  work: () => void,
): Promise<void> {
  const fault = faults.take(name);
  if (fault?.kind === 'slow') await wait(fault.ms ?? 1000);
  if (!fault || fault.kind === 'slow') return work();
  if (fault.kind === 'reset') return void response.destroy();
  if (fault.kind !== 'lost') return answerFault(fault, response);
  // The work is done; its answer is written into a connection that is cut before the first byte.
  response.writeHead = () => response;
  response.end = () => response;
  work();
  response.destroy();
}

function answerFault(fault: ActiveFault, response: ServerResponse): void {
  if (fault.kind === '429') {
    const headers = { 'retry-after': String(fault.retryAfterSeconds ?? 1) };
    answerJson(response, 429, { ok: false, error: 'ratelimited' }, headers);
  } else if (fault.kind === '500') answerText(response, 500, 'Internal Server Error');
  else answerJson(response, 200, { ok: false, error: fault.error ?? 'internal_error' });
}
