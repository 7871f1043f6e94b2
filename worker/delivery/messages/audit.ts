import { tellEvent } from '../../../core/slack/audit-event.ts';
import { context, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { moment } from '../../../core/slack/text.ts';
import type { AuditEvent } from '../../../core/store/rows.ts';

/** One event in the audit channel: who, what, when, which serial. */
export function auditMessage(event: AuditEvent): SlackMessage {
  const { sentence, facts } = tellEvent(event);
  return {
    text: sentence,
    blocks: [section(sentence), context([moment(event.at), ...facts, `\`${event.action}\``].join(' · '))],
  };
}
