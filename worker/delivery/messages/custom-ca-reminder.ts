import { ACTIONS } from '../../../core/slack/actions.ts';
import { namesText } from '../../../core/slack/bindings.ts';
import { button, context, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { distance } from '../../../core/slack/certificate.ts';
import { bold, code, moment, truncate } from '../../../core/slack/text.ts';
import type { UploadedAuthority } from '../../../core/store/rows.ts';

export type EndingCustomCa = { authority: UploadedAuthority; siteName: string; hostnames: readonly string[] };

/** Slack holds about 13,000 characters in one message. */
const MOST_SHOWN = 8;
const NAMES_CHARACTERS = 600;

/** Custom CAs that end: which clients are refused from then on, and what to do before. */
export function customCaReminder(ending: readonly EndingCustomCa[], now: Date): SlackMessage {
  const sorted = [...ending].sort((a, b) => a.authority.notAfter.getTime() - b.authority.notAfter.getTime());
  const shown = sorted.slice(0, MOST_SHOWN);
  const more = sorted.length - shown.length;
  const texts = shown.map((one) => endingText(one, now));
  return {
    text: texts[0] ?? '',
    blocks: [
      ...shown.map(({ authority: { id, name } }, i) => ({
        ...section(texts[i] ?? ''),
        accessory: button({ label: 'Show', action: ACTIONS.openCustomCa, value: id, spoken: `Show ${name}` }),
      })),
      ...(more > 0 ? [context(`And ${more} more: \`/mtls ca list\` shows all of them.`)] : []),
    ],
  };
}

function endingText({ authority, siteName, hostnames }: EndingCustomCa, now: Date): string {
  const { name, notAfter, deletedAt } = authority;
  const ends = `The custom CA ${bold(name)} of ${code(truncate(siteName, 80))} ends ${moment(notAfter)} (${distance(notAfter, now)})`;
  if (deletedAt) return `${ends}; it has been deleted since.`;
  if (hostnames.length === 0) return `${ends}. No hostname is bound to it, so nobody will be refused.`;
  const clients = hostnames.length === 1 ? 'its clients at this hostname' : 'its clients at these hostnames';
  return `${ends}. From then on ${clients} are refused: ${namesText(hostnames, NAMES_CHARACTERS)}. Upload the CA that replaces it with \`/mtls ca upload\` and bind the same hostnames to it: both are accepted until then, unless they have the same subject.`;
}
