import { DEMO_EDGE, demoCommand } from '../../../core/config/demo-edge.ts';
import type * as Page from '../../contract.ts';

/** As messages with a new certificate tell how to use it. */
const SAVED_AS = /curl --cert (\S+) --key (\S+) https:/g;

/** How the gateway is called, with the newest certificate that one of these messages speaks of. */
export function buildDemo(
  conversations: readonly Page.Conversation[],
  demo: { dataDir: string; edgePort: number } | undefined,
): Page.Demo | undefined {
  if (!demo) return undefined;
  const { dataDir, edgePort } = demo;
  const newest = conversations
    .flatMap(({ messages }) => messages)
    .sort((a, b) => Number(a.ts) - Number(b.ts))
    .flatMap(({ blocks }) => [...JSON.stringify(blocks).matchAll(SAVED_AS)])
    .at(-1);
  const [, certificate, key] = newest ?? [];
  return {
    site: DEMO_EDGE.site,
    hostname: DEMO_EDGE.hostname,
    withCertificate: certificate && key ? demoCommand(dataDir, edgePort, { certificate, key }) : undefined,
    withoutCertificate: demoCommand(dataDir, edgePort),
  };
}
