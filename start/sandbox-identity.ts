import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SANDBOX_TOKEN_PREFIX } from '../core/config/config.ts';
import { readOrMakePrivateFile } from './private-file.ts';

/** What a Slack app has from Slack, and the sandbox has from here: kept, so that the next start knows the same app. */
export type SandboxIdentity = { botToken: string; signingSecret: string };

export function obtainSandboxIdentity(dataDir: string): SandboxIdentity {
  const text = readOrMakePrivateFile(join(dataDir, 'slack.json'), () => {
    const identity: SandboxIdentity = {
      botToken: `${SANDBOX_TOKEN_PREFIX}${randomBytes(18).toString('hex')}`,
      signingSecret: randomBytes(16).toString('hex'),
    };
    return `${JSON.stringify(identity, null, 2)}\n`;
  });
  return JSON.parse(text) as SandboxIdentity;
}
