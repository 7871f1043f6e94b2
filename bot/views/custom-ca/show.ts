import type { KnownBlock, ModalView } from '@slack/types';
import { describeCertificate } from '../../../core/ca/certificate.ts';
import { formatSerial } from '../../../core/ca/serial.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { countNames, namesText } from '../../../core/slack/bindings.ts';
import { actions, button, context, fields, plain, preformatted, section } from '../../../core/slack/blocks.ts';
import { bold, code, mention, moment, truncate } from '../../../core/slack/text.ts';
import type { BotDeps } from '../../deps.ts';
import type { Person } from '../../middleware/person.ts';
import type { ActionHandler } from '../../turn.ts';
import { revocationText } from '../ca-revocation/state.ts';
import { openView } from '../open-view.ts';
import { endText } from './list.ts';
import { type CustomCa, type CustomCas, loadCustomCas, requireCustomCa } from './load.ts';

/** Its metadata is the authority's id, so that it can be drawn anew when something was done on top of it. */
export const CUSTOM_CA_VIEW = 'custom_ca';

/** A block of text holds 3,000 characters. */
const PEM_LIMIT = 3_000;

/** *Show*; the value is the authority's id. */
export const clickCustomCa: ActionHandler = async (deps, turn) =>
  openView(turn, await drawCustomCa(deps, turn.person, turn.value));

/** Everything about one custom CA, for every role. */
export async function drawCustomCa(deps: BotDeps, person: Person, id: string): Promise<ModalView> {
  const cas = await loadCustomCas(deps, person);
  return buildCustomCaView(cas, requireCustomCa(cas, id));
}

export function buildCustomCaView(cas: CustomCas, ca: CustomCa): ModalView {
  const { authority, siteName } = ca;
  const { subject, serial, keyAlgorithm, pem } = describeCertificate(authority.certificate);
  const where = siteName === undefined ? 'a site that was removed' : code(siteName);
  return {
    type: 'modal',
    callback_id: CUSTOM_CA_VIEW,
    private_metadata: authority.id,
    title: plain('CA Certificate', 24),
    close: plain('Close', 24),
    blocks: [
      section(`${bold(authority.name)} for ${where}\n${endText(authority, cas.now)}`),
      fields([
        ['Subject', code(truncate(subject, 500))],
        ['Key', keyAlgorithm],
        ['Valid from', moment(authority.notBefore)],
        ['Valid until', moment(authority.notAfter)],
        ['Serial', code(formatSerial(serial))],
        ['SHA-256', code(authority.fingerprint)],
      ]),
      ...hostnameBlocks(ca),
      section(`*Revocation*\n${revocationText(ca, cas.now)}`),
      ...(pem.length <= PEM_LIMIT ? [preformatted(pem)] : []),
      context(`Uploaded by ${mention(authority.createdBy)}, ${moment(authority.createdAt)}.`),
      ...buttons(cas, ca),
    ],
  };
}

function hostnameBlocks({ hostnames }: CustomCa): KnownBlock[] {
  return [
    section(
      hostnames.length === 0
        ? '*Hostnames*\nNone: it is trusted nowhere.'
        : `*Hostnames* (${countNames(hostnames.length)})\n${namesText(hostnames)}`,
    ),
  ];
}

function buttons({ may }: CustomCas, { authority: { id, siteId, name }, siteName }: CustomCa): KnownBlock[] {
  const some = [
    ...(may.bind && siteName !== undefined
      ? [
          button({
            label: 'Hostnames…',
            action: ACTIONS.openBind,
            value: `${siteId}:${id}`,
            spoken: `Change the hostnames of ${name}`,
          }),
        ]
      : []),
    ...(may.revoke && siteName !== undefined
      ? [
          button({
            label: 'CRL…',
            action: ACTIONS.openCrl,
            value: id,
            spoken: `Change where the CRL of ${name} comes from`,
          }),
          button({
            label: 'Block…',
            action: ACTIONS.openBlock,
            value: id,
            spoken: `Block a certificate of ${name}, or lift a block`,
          }),
        ]
      : []),
    ...(may.delete
      ? [
          button({
            label: 'Delete…',
            action: ACTIONS.openDeleteCustomCa,
            value: id,
            spoken: `Delete ${name}`,
            style: 'danger' as const,
          }),
        ]
      : []),
  ];
  return some.length === 0 ? [] : [actions('custom_ca', some)];
}
