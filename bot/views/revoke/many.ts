import type { ModalView } from '@slack/types';
import type { CertificateFilter } from '../../../core/inventory/filter.ts';
import { plain, section } from '../../../core/slack/blocks.ts';
import { bold, escapeText } from '../../../core/slack/text.ts';
import { type RevokeChoices, revokeFields } from './fields.ts';
import type { RevokeForm } from './form.ts';

export const REVOKE_MANY_VIEW = 'revoke_many';

/** What the preview has found: the list is fixed by its digest, and what has changed since is refused. */
export type Preview = { filter: CertificateFilter; count: number; digest: string };

/** As many names as a reader checks, and as fit into one text (Slack: 3,000 characters) with the line that counts the rest. */
const NAMES_SHOWN = 15;
const NAMES_CHARACTERS = 2_900;

/**
 * "Revoke many": how many, which, and what is known about their use, before anybody is asked.
 * @param described the filter in words, without a full stop.
 * @param sample some of them, the newest first.
 */
export function buildRevokeManyView(
  preview: Preview,
  described: string,
  sample: readonly { name: string; siteName: string }[],
  choices: RevokeChoices,
  form: RevokeForm,
): ModalView {
  const names = namesThatFit(sample);
  const rest = preview.count - names.length;
  return {
    type: 'modal',
    callback_id: REVOKE_MANY_VIEW,
    title: plain('Revoke Many', 24),
    submit: plain(`Revoke ${preview.count}`, 24),
    close: plain('Cancel', 24),
    private_metadata: JSON.stringify(preview),
    blocks: [
      section(`*${preview.count === 1 ? 'One certificate' : `${preview.count} certificates`}:* ${described}.`),
      section([...names, ...(rest > 0 ? [`… and ${rest} more.`] : [])].join('\n')),
      ...revokeFields(choices, form),
    ],
  };
}

/** Whole lines only, so that those that are not named are counted rightly. */
function namesThatFit(sample: readonly { name: string; siteName: string }[]): string[] {
  const names: string[] = [];
  let characters = 0;
  for (const { name, siteName } of sample.slice(0, NAMES_SHOWN)) {
    const line = `• ${bold(name)} for ${escapeText(siteName)}`;
    characters += line.length + 1;
    if (characters > NAMES_CHARACTERS) break;
    names.push(line);
  }
  return names;
}
