import { replyMessage } from '../reply.ts';
import type { ActionHandler } from '../turn.ts';

/** *I saved it* on the message with the key: takes it away, which only an answer to this very message can. */
export const clickSaved: ActionHandler = async (deps, turn) => {
  await turn.done();
  try {
    await turn.respond({ delete_original: true });
  } catch (error) {
    deps.logger.info({ error }, 'Slack did not delete an ephemeral message');
    await turn.tell(
      replyMessage('Slack did not take the message away. It is gone as soon as you reload Slack or open it elsewhere.'),
    );
  }
};
