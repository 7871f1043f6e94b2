import { fileName } from '../../../core/file-name.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, preformatted, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { bold, code, escapeText } from '../../../core/slack/text.ts';

/**
 * The one message that ever holds a private key: ephemeral, sent through the response_url of the click, stored by
 * nobody. Its `text`, which notifications show, says nothing secret.
 */
export function keyMessage(shown: {
  issueId: string;
  name: string;
  site: string;
  certificatePem: string;
  privateKeyPem: string;
}): SlackMessage {
  const file = fileName(shown.name);
  return {
    text: `The certificate and private key of ${escapeText(shown.name)} for ${shown.site}. They are shown only now and only to you.`,
    blocks: [
      section(
        `${bold(shown.name)} for ${bold(shown.site)}: *copy both blocks now*. The private key is shown this once and is kept nowhere.`,
      ),
      context(`Certificate: save it as ${code(`${file}.crt`)}`),
      preformatted(shown.certificatePem),
      context(`Private key: save it as ${code(`${file}.key`)} and keep it secret, readable by its program alone`),
      preformatted(shown.privateKeyPem),
      actions('saved', [
        button({
          label: 'I saved it',
          action: ACTIONS.saved,
          value: shown.issueId,
          style: 'primary',
          spoken: 'I saved the certificate and key; delete this message',
        }),
      ]),
      context('*I saved it* deletes this message. If you close Slack first, it is gone as well.'),
    ],
  };
}
