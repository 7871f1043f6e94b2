import type { Button, KnownBlock } from '@slack/types';
import { describeCertificate } from '../../../core/ca/certificate.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { countNames } from '../../../core/slack/bindings.ts';
import { actions, button, context, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { distance } from '../../../core/slack/certificate.ts';
import { bold, code, moment, truncate } from '../../../core/slack/text.ts';
import type { CustomCa, CustomCas } from './load.ts';

/** What a click beside a custom CA does. */
export type ListedFor = 'show' | 'bind' | 'delete';

/** Slack holds 50 blocks and about 13,000 characters in one message. */
const MOST_SHOWN = 20;

const ASKING: Readonly<Record<ListedFor, string>> = {
  show: 'Which one?',
  bind: 'Whose hostnames are to change?',
  delete: 'Which one is to be deleted?',
};

/** `/mtls ca list`. */
export function buildCustomCaList(cas: CustomCas): SlackMessage {
  const { all, limit } = cas;
  if (all.length === 0) {
    const text = `There is no custom CA yet, and place for ${limit}.`;
    return { text, blocks: [section(text), ...uploadRow(cas)] };
  }
  return {
    text: `The custom CAs of this workspace (${all.length} of ${limit}).`,
    blocks: [section(`*Custom CAs* (${all.length} of ${limit})`), ...customCaRows(cas, all, 'show'), ...uploadRow(cas)],
  };
}

/** Several may be meant: a button for each. */
export function buildWhich(cas: CustomCas, some: readonly CustomCa[], purpose: ListedFor): SlackMessage {
  return { text: ASKING[purpose], blocks: [section(ASKING[purpose]), ...customCaRows(cas, some, purpose)] };
}

/** A paragraph for each, with its button. */
export function customCaRows({ now }: CustomCas, some: readonly CustomCa[], purpose: ListedFor): KnownBlock[] {
  const more = some.length - MOST_SHOWN;
  return [
    ...some.slice(0, MOST_SHOWN).map((ca) => ({ ...section(rowText(ca, now)), accessory: rowButton(ca, purpose) })),
    ...(more > 0 ? [context(`And ${more} more: name one, as in \`/mtls ca show Plant CA\`.`)] : []),
  ];
}

function rowText(ca: CustomCa, now: Date): string {
  const { authority, siteName, hostnames } = ca;
  const { subject, keyAlgorithm } = describeCertificate(authority.certificate);
  const where = siteName === undefined ? 'a site that was removed' : code(truncate(siteName, 80));
  const bound = hostnames.length === 0 ? 'no hostname' : countNames(hostnames.length);
  return `${bold(authority.name)} for ${where}, ${bound}. ${endText(authority, now)}\n${code(truncate(subject, 150))}, ${keyAlgorithm}`;
}

/** When it ends, or that it has. */
export function endText({ notAfter }: CustomCa['authority'], now: Date): string {
  return now > notAfter
    ? `*Ended* ${moment(notAfter)}: its clients are refused.`
    : `Ends ${moment(notAfter)} (${distance(notAfter, now)}).`;
}

function rowButton({ authority: { id, siteId, name } }: CustomCa, purpose: ListedFor): Button {
  switch (purpose) {
    case 'show':
      return button({ label: 'Show', action: ACTIONS.openCustomCa, value: id, spoken: `Show ${name}` });
    case 'bind':
      return button({
        label: 'Hostnames…',
        action: ACTIONS.openBind,
        value: `${siteId}:${id}`,
        spoken: `Change the hostnames of ${name}`,
      });
    case 'delete':
      return button({
        label: 'Delete…',
        action: ACTIONS.openDeleteCustomCa,
        value: id,
        spoken: `Delete ${name}`,
        style: 'danger',
      });
  }
}

function uploadRow({ may }: CustomCas): KnownBlock[] {
  return may.upload ? [actions('custom_ca', [uploadButton()])] : [];
}

export function uploadButton(): Button {
  return button({ label: 'Upload…', action: ACTIONS.openUpload, value: '', spoken: 'Upload a CA certificate' });
}
