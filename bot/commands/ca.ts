import { requireRole } from '../../core/access/access.ts';
import { describeCertificate } from '../../core/ca/certificate.ts';
import { context, fields, preformatted, type SlackMessage, section } from '../../core/slack/blocks.ts';
import { code, moment } from '../../core/slack/text.ts';
import { reading } from '../limit.ts';
import { loadCaller } from '../middleware/caller.ts';
import type { CommandHandler } from '../turn.ts';

/** `/mtls ca`: the authority's certificate, which is public: whatever asks for client certificates must trust it. */
export const runCa: CommandHandler = async (deps, turn) => {
  const caller = await loadCaller(deps, turn.person);
  requireRole(caller.roles, 'ca_show', caller.administrators);
  const [newest] = await reading(deps.store.authorities(caller.accountId));
  await turn.tell(buildAuthority(newest?.certificate));
};

/** @param certificate DER of the newest generation; undefined while nothing has been issued. */
export function buildAuthority(certificate: Uint8Array | undefined): SlackMessage {
  if (!certificate) {
    const text = 'There is no authority yet: it is made with the first certificate. Ask for one with `/mtls issue`.';
    return { text, blocks: [section(text)] };
  }
  const { subject, notAfter, keyAlgorithm, fingerprintSha256, pem } = describeCertificate(certificate);
  return {
    text: 'The certificate of this workspace’s authority.',
    blocks: [
      section(`*The authority of this workspace*\n${code(subject)}`),
      fields([
        ['Key', keyAlgorithm],
        ['Valid until', moment(notAfter)],
      ]),
      section(`*SHA-256 fingerprint*\n${code(fingerprintSha256)}`),
      context(
        'Let your servers trust it for client certificates (nginx: `ssl_client_certificate`; HAProxy: `ca-file`):',
      ),
      preformatted(pem),
    ],
  };
}
