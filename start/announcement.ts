import { DEMO_EDGE } from '../core/config/demo-edge.ts';
import type { Mode } from './mode.ts';

/** What to open and what to type first. */
export function announce(mode: Mode, pageUrl: string, edgePort: number): string {
  const lines =
    mode === 'sandbox'
      ? [
          'Countersign is running, with a Slack workspace of its own (no SLACK_BOT_TOKEN is set).',
          '',
          `  Open  ${pageUrl}`,
          '  You are ada (administrator): type /mtls site add example.com,',
          '  then switch to alice and type /mtls issue',
          '',
          `  A gateway guards https://${DEMO_EDGE.hostname}:${edgePort} on this machine: add the site ${DEMO_EDGE.site}, bind`,
          `  ${DEMO_EDGE.hostname}, and call it with the curl command that the page shows`,
        ]
      : [
          'Countersign is running for your Slack workspace.',
          '',
          '  Type /mtls help in Slack. If nothing answers, the lines of the bot above say why.',
        ];
  return `\n${[...lines, '', '  Ctrl-C stops it.'].join('\n')}\n\n`;
}
