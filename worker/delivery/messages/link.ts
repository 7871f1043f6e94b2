import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { bold, escapeText, moment } from '../../../core/slack/text.ts';

/**
 * The ephemeral message with the link to a private key, for accounts whose keys never pass through Slack in the clear.
 * Sent through the response_url of the click, stored by nobody.
 */
export function linkMessage(shown: {
  issueId: string;
  name: string;
  site: string;
  url: string;
  expiresAt: Date;
}): SlackMessage {
  const open = button({
    label: 'Open the key',
    action: ACTIONS.openLink,
    value: shown.issueId,
    style: 'primary',
    spoken: `Open the page with the private key of ${shown.name}`,
  });
  const saved = button({
    label: 'I saved it',
    action: ACTIONS.saved,
    value: shown.issueId,
    spoken: 'I saved the certificate and key; delete this message',
  });
  return {
    text: `The link to the certificate and private key of ${escapeText(shown.name)} for ${escapeText(shown.site)}. It works once.`,
    blocks: [
      section(
        `${bold(shown.name)} for ${bold(shown.site)}: the link shows the certificate and its private key *once*. Open it when you are ready to save them.`,
      ),
      actions('link', [{ ...open, url: shown.url }, saved]),
      context(`It works until ${moment(shown.expiresAt)}. Do not pass it on: whoever opens it first has the key.`),
    ],
  };
}
