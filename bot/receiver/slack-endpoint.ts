import type { IncomingMessage, ServerResponse } from 'node:http';
import { HTTPReceiver } from '@slack/bolt';
import type { Clock } from '../../core/clock.ts';
import { asCountersignError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { insert } from '../../core/store/plan.ts';
import type { Store } from '../../core/store/store.ts';
import { parseBody, readBody } from './body.ts';
import { makeBoltLogger } from './bolt-logger.ts';
import { verifySignature } from './signature.ts';

/** Where Slack sends everything. */
export const SLACK_PATH = '/slack/events';

export type SlackEndpoint = {
  receiver: HTTPReceiver;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
};

type Checked = IncomingMessage & { rawBody: Buffer; busy?: true };

/**
 * Lets in what Slack has signed, once, and hands it to Bolt. Bolt's own check is off because it lets in requests from
 * the future and exact replays; everything else of its receiver stays in use.
 */
export function makeSlackEndpoint(deps: { secret: string; store: Store; clock: Clock; logger: Logger }): SlackEndpoint {
  const receiver = new HTTPReceiver({
    signingSecret: '',
    signatureVerification: false,
    endpoints: [SLACK_PATH],
    logger: makeBoltLogger(deps.logger),
    customPropertiesExtractor: (request) => ({ busy: (request as unknown as Checked).busy === true }),
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    // What is left of the body is not read, so the connection cannot be used again.
    if (body === 'too_large') return void response.writeHead(413, { connection: 'close' }).end();
    const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    const now = deps.clock.now();
    const signature = verifySignature({ secret: deps.secret, headers: request.headers, body, now });
    if (signature === undefined) {
      deps.logger.warn({}, 'a request without a valid signature was refused');
      return void response.writeHead(401).end();
    }
    const payload = parseBody(body, contentType);
    if (payload === undefined) return void response.writeHead(400).end();
    const checked: Checked = Object.assign(request, { rawBody: body });
    checked.headers['content-type'] = contentType;
    checked.url = SLACK_PATH;
    const entered = await enter(deps.store, signature, now);
    if (entered === 'replay') {
      deps.logger.warn({}, 'a replayed request was refused');
      return void response.writeHead(401).end();
    }
    if (entered === 'busy') {
      // Slack repeats an event that gets a 503. It repeats nothing that a person did, so that gets a sentence.
      if (payload['type'] === 'event_callback') return void response.writeHead(503).end();
      checked.busy = true;
    }
    receiver.requestListener(checked, response);
  };
  return { receiver, handle };
}

/** Writes the delivery down; a signature that is there already has been let in before. */
async function enter(store: Store, signature: string, receivedAt: Date): Promise<'new' | 'replay' | 'busy'> {
  try {
    const committed = await store.commit([insert('slackDeliveries', { id: signature, receivedAt })]);
    return committed.ok ? 'new' : 'replay';
  } catch (error) {
    if (asCountersignError(error).code === 'busy') return 'busy';
    throw error;
  }
}
