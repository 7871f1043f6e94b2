import { Agent, request } from 'node:http';
import { type RawRequest, signCall } from '../../test/support/acs.ts';
import type { Wanted } from './kinds.ts';

export type Answer = { status: number; body: Record<string, unknown>; ms: number };
export type Credentials = { accessKeyId: string; secret: string };

/** Signs and sends calls in the order given, on connections that are kept, with one access key after the other. */
export function makeCaller(url: string, keys: readonly Credentials[]) {
  const { host, hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  let next = 0;

  const send = ({ method, path, headers, body }: RawRequest) =>
    new Promise<Answer>((resolve, reject) => {
      const at = performance.now();
      const outgoing = request({ agent, hostname, port, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text), ms: performance.now() - at });
        });
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });

  return {
    /** With so many in flight at a time. @returns the answers in the order of the calls, and how long all took */
    async callAll(wanted: readonly Wanted[], inFlight: number): Promise<{ answers: Answer[]; seconds: number }> {
      const answers: Answer[] = [];
      let begun = 0;
      const start = performance.now();
      const client = async () => {
        for (let index = begun++; index < wanted.length; index = begun++) {
          const key = keys[next++ % keys.length] as Credentials;
          const at = performance.now();
          answers[index] = await send(signCall(host, { ...key, ...(wanted[index] as Wanted) })).catch(
            (error: Error) => ({
              status: 0,
              body: { Code: 'no answer', Message: error.message },
              ms: performance.now() - at,
            }),
          );
        }
      };
      await Promise.all(Array.from({ length: inFlight }, client));
      return { answers, seconds: (performance.now() - start) / 1_000 };
    },
    end: () => agent.destroy(),
  };
}
