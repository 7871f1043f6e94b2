import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, preformatted, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { bold, escapeText } from '../../../core/slack/text.ts';
import type { Edge } from '../../../core/store/rows.ts';

/**
 * The one message that ever holds an edge's credential: ephemeral, sent through the response_url of the click, stored
 * by nobody. Its `text`, which notifications show, says nothing secret.
 * @param shown `publicUrl`: where the feed is reached; undefined where nobody has configured it.
 */
export function credentialMessage(shown: {
  edge: Pick<Edge, 'name'>;
  credential: string;
  pin: string;
  addId: string;
  publicUrl: string | undefined;
}): SlackMessage {
  const { edge, credential, pin, addId, publicUrl } = shown;
  return {
    text: `The credential of the edge ${escapeText(edge.name)}. It is shown only now and only to you.`,
    blocks: [
      section(`Edge ${bold(edge.name)}: *copy the credential now*. It is shown this once; nobody can show it again.`),
      context('Credential: keep it in a file that only the edge can read'),
      preformatted(credential),
      context('Feed key, which may be known: the edge takes only what this key, or a successor of it, has signed'),
      preformatted(pin),
      context(
        publicUrl === undefined ? 'Whoever runs Countersign knows the address of the feed.' : 'Address of the feed:',
      ),
      ...(publicUrl === undefined ? [] : [preformatted(publicUrl)]),
      actions('saved', [
        button({
          label: 'I saved it',
          action: ACTIONS.saved,
          value: addId,
          style: 'primary',
          spoken: 'I saved the credential and the feed key; delete this message',
        }),
      ]),
      context('*I saved it* deletes this message. If you close Slack first, it is gone as well.'),
    ],
  };
}
