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
          `  Guarded here: https://${DEMO_EDGE.hostname}:${edgePort}; "Try the gateway" on the page tells how`,
        ]
      : [
          'Countersign is running for your Slack workspace.',
          '',
          '  Type /mtls help in Slack. If nothing answers, the lines of the bot above say why.',
        ];
  return `\n${[...lines, '', '  Ctrl-C stops it.'].join('\n')}\n\n`;
}
