import type { KnownBlock } from '@slack/types';
import { formatSerial } from '../../../core/ca/serial.ts';
import { context, section } from '../../../core/slack/blocks.ts';
import { bold, code, escapeText, mention, moment } from '../../../core/slack/text.ts';
import type { Certificate } from '../../../core/store/rows.ts';

/** What "Renew Certificate" is about. */
export type Renewal = {
  certificate: Pick<Certificate, 'id' | 'name' | 'siteName' | 'ownerId' | 'serial' | 'notAfter' | 'state'>;
  /** The active site of that name. */
  site: { id: string; name: string };
  /** Whether it is somebody else's: the new one will be the asker's. */
  foreign: boolean;
};

/** In place of the fields Site and Name, which a renewal does not change. */
export function renewalBlocks({ certificate, foreign }: Renewal): KnownBlock[] {
  const { name, siteName, serial, notAfter, state, ownerId } = certificate;
  const until =
    state === 'revoked' ? 'It is revoked.' : `It is valid until ${moment(notAfter)} and stays so until it is revoked.`;
  return [
    section(`A new certificate for ${bold(name)} of ${bold(escapeText(siteName))}, with a new key.`),
    context(`It replaces serial ${code(formatSerial(serial))}. ${until}`),
    ...(foreign
      ? [context(`That one belongs to ${mention(ownerId)}. The new one will be yours: its key is shown to you alone.`)]
      : []),
  ];
}
