import { randomBytes } from 'node:crypto';
import { CountersignError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { type SlackMessage, section } from '../../core/slack/blocks.ts';
import { describe, plainText, type Reply, replyMessage } from '../reply.ts';
import type { Submission, SubmissionAnswer } from '../turn.ts';
import { buildNotice } from '../views/notice.ts';

/** How a turn is answered, whatever becomes of it. */
export type Answering = { done(): Promise<void>; tell(message: SlackMessage): Promise<void> };

/** Runs what a person asked for; every end of it is an answer, and only failures of ours are logged as errors. */
export async function answering(logger: Logger, answer: Answering, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    await answer.done();
  } catch (thrown) {
    const reply = explain(logger, thrown);
    await answer.tell(replyMessage(reply.text)).catch((error: unknown) => {
      logger.warn({ error, incident: reply.incident }, 'an answer could not be given');
    });
  }
}

/** The same for a submitted form, which is kept open where the person can put something right in it. */
export async function answeringSubmission(
  logger: Logger,
  submission: Pick<Submission, 'view'>,
  run: () => Promise<SubmissionAnswer>,
): Promise<SubmissionAnswer> {
  try {
    return await run();
  } catch (thrown) {
    const reply = explain(logger, thrown);
    const firstField = Object.keys(submission.view.values)[0];
    if (firstField === undefined || reply.error.kind === 'not_authorized') {
      return { response_action: 'update', view: buildNotice('Countersign', [section(reply.text)]) };
    }
    return { response_action: 'errors', errors: { [firstField]: plainText(reply.text) } };
  }
}

/** Words for whatever was thrown, with a line in the log where somebody has to look into it. */
export function explain(logger: Logger, thrown: unknown): Reply {
  const reply = describe(thrown, () => randomBytes(4).toString('hex'));
  const { code, kind } = reply.error;
  if (reply.incident !== undefined) {
    logger.error({ incident: reply.incident, code, error: thrown }, 'something failed');
  } else if (kind === 'upstream' || code === 'slack_refused') {
    logger.warn({ code, error: reply.error.cause ?? reply.error }, 'something could not be done');
  } else {
    logger.debug({ code }, 'something was refused');
  }
  return reply;
}

/** A delivery that could not be written down is not carried out. */
export function refuseWhenBusy(context: Record<string, unknown>): void {
  if (context['busy'] === true) throw new CountersignError('busy');
}
