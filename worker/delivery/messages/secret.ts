import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, preformatted, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { bold, code, escapeText } from '../../../core/slack/text.ts';
import type { AccessKey } from '../../../core/store/rows.ts';

/**
 * The one message that ever holds an API key's secret: ephemeral, sent through the response_url of the click, stored by
 * nobody. Its `text`, which notifications show, says nothing secret.
 * @param shown `publicUrl`: where the api is reached; undefined where nobody has configured it.
 */
export function secretMessage(shown: {
  key: Pick<AccessKey, 'name' | 'accessKeyId'>;
  secret: string;
  createId: string;
  publicUrl: string | undefined;
}): SlackMessage {
  const { key, secret, createId, publicUrl } = shown;
  return {
    text: `The AccessKey ID and Secret of the API key ${escapeText(key.name)}. The secret is shown only now and only to you.`,
    blocks: [
      section(`API key ${bold(key.name)}: *copy the secret now*. It is shown this once; nobody can show it again.`),
      context('AccessKey ID, which may be known:'),
      preformatted(key.accessKeyId),
      context('AccessKey Secret: keep it where only your program can read it'),
      preformatted(secret),
      context(
        `For the official SDK (${code('@alicloud/esa20240910')}), with both halves in the environment as its vendor names them${publicUrl === undefined ? '. Whoever runs Countersign knows its address' : ''}:`,
      ),
      preformatted(snippet(publicUrl)),
      actions('saved', [
        button({
          label: 'I saved it',
          action: ACTIONS.saved,
          value: createId,
          style: 'primary',
          spoken: 'I saved the AccessKey ID and Secret; delete this message',
        }),
      ]),
      context('*I saved it* deletes this message. If you close Slack first, it is gone as well.'),
    ],
  };
}

/** Runs as it stands; test/e2e/access-keys.test.ts does so. */
function snippet(publicUrl: string | undefined): string {
  const url = publicUrl === undefined ? undefined : new URL(publicUrl);
  const protocol = url?.protocol === 'http:' ? 'HTTP' : 'HTTPS';
  return [
    "const { default: Esa } = require('@alicloud/esa20240910');",
    "const { $OpenApiUtil } = require('@alicloud/openapi-core');",
    'const client = new Esa(new $OpenApiUtil.Config({',
    '  accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,',
    '  accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,',
    `  endpoint: '${url?.host ?? 'countersign.example.com'}',`,
    `  protocol: '${protocol}',`,
    '}));',
  ].join('\n');
}
