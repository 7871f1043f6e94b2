import { context, preformatted, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import type { AuditCheckpoint } from '../../../core/store/rows.ts';

/** A checkpoint in the audit channel: kept there, out of reach of whoever has the database, it proves what was. */
export function anchorMessage({ sequence, line }: AuditCheckpoint): SlackMessage {
  const count = sequence === 1 ? 'its first event' : `its first ${sequence.toLocaleString('en')} events`;
  const text = `Checkpoint of the audit: this line is signed and stands for ${count}.`;
  return {
    text,
    blocks: [
      section(text),
      preformatted(line),
      context(
        'Nothing has to be done. Whoever checks an export of the audit later gives this line to `npm run audit:verify`: if one of these events was changed, moved or removed after now, it shows.',
      ),
    ],
  };
}
