import { demoCommand } from '../../../core/config/demo-edge.ts';
import type * as Page from '../../contract.ts';

/** As messages with a new certificate tell how to use it. */
const SAVED_AS = /curl --cert (\S+) --key (\S+) https:/g;

/** The command for the newest certificate that one of these messages speaks of. */
export function demoCommandFor(
  conversations: readonly Page.Conversation[],
  demo: { dataDir: string; edgePort: number } | undefined,
): string | undefined {
  if (!demo) return undefined;
  const messages = conversations.flatMap((conversation) => conversation.messages);
  const newest = messages
    .sort((a, b) => Number(a.ts) - Number(b.ts))
    .flatMap(({ blocks }) => [...JSON.stringify(blocks).matchAll(SAVED_AS)])
    .at(-1);
  const [, certificate, key] = newest ?? [];
  return certificate && key ? demoCommand(demo.dataDir, demo.edgePort, { certificate, key }) : undefined;
}
