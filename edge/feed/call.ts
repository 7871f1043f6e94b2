import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';

/** One HTTP call to the feed. */
export type Call = {
  path: string;
  method?: 'GET' | 'POST';
  body?: unknown;
  signal?: AbortSignal;
};

export type FeedClient = {
  /** The answer's status and body, of at most so many octets. Throws when there is no whole answer in time. */
  ask(call: Call, mostOctets: number): Promise<{ status: number; body: Buffer }>;
  /** The answer as it comes. */
  open(call: Call): Promise<IncomingMessage>;
  close(): void;
};

/** An answer must begin, and go on, within this time. */
const SILENT_MS = 30_000;

/**
 * @param url the base of the api; https off the loopback.
 * @param ca further authorities, in PEM, that may have issued the api's certificate.
 */
export function makeFeedClient(url: string, credential: string, ca?: string): FeedClient {
  const base = new URL(url.endsWith('/') ? url : `${url}/`);
  const isTls = base.protocol === 'https:';
  const agent = isTls
    ? new TlsAgent({ keepAlive: true, maxSockets: 16, ...(ca === undefined ? {} : { ca }) })
    : new PlainAgent({ keepAlive: true, maxSockets: 16 });

  const open = ({ path, method = 'GET', body, signal }: Call): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${credential}`,
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      };
      const send = isTls ? tlsRequest : plainRequest;
      const request = send(new URL(path, base), {
        method,
        headers,
        agent,
        timeout: SILENT_MS,
        ...(signal ? { signal } : {}),
      });
      request.once('response', resolve);
      request.once('timeout', () => request.destroy(new Error('the feed is silent')));
      request.once('error', reject);
      request.end(text);
    });

  return {
    open,
    async ask(call, mostOctets) {
      const response = await open(call);
      const pieces: Buffer[] = [];
      let octets = 0;
      for await (const piece of response as AsyncIterable<Buffer>) {
        octets += piece.length;
        if (octets > mostOctets) {
          response.destroy();
          throw new Error('an answer is longer than it may be');
        }
        pieces.push(piece);
      }
      // Cut off: the other side went away before its end.
      if (!response.complete) throw new Error('an answer was cut off');
      return { status: response.statusCode ?? 0, body: Buffer.concat(pieces) };
    },
    close: () => agent.destroy(),
  };
}
