import { SANDBOX_TOKEN_PREFIX } from '../core/config/config.ts';
import type { Environment } from '../core/config/env.ts';

/** `sandbox`: a workspace of our own on this machine; `slack`: the real one. */
export type Mode = 'sandbox' | 'slack';

/**
 * What this environment asks for: Slack when there is a token, else the sandbox. Half a Slack configuration is a
 * mistake and not a wish for the sandbox.
 * @returns the mode, and a sentence for everything that speaks against it
 */
export function decideMode(env: Environment, sandboxAsked: boolean): { mode: Mode; problems: string[] } {
  const token = env['SLACK_BOT_TOKEN'];
  const mode: Mode = sandboxAsked || token === undefined ? 'sandbox' : 'slack';
  const problems: string[] = [];
  if (mode === 'slack') {
    if (token?.startsWith(SANDBOX_TOKEN_PREFIX)) {
      problems.push('SLACK_BOT_TOKEN: is a token of the sandbox. Unset it: the sandbox brings its own.');
    }
    return { mode, problems };
  }
  if (token?.startsWith('xoxb-')) {
    problems.push(
      'SLACK_BOT_TOKEN: is a real token, which the sandbox must not see. Unset it, or leave out --sandbox.',
    );
  }
  if (env['NODE_ENV'] === 'production') {
    problems.push('SLACK_BOT_TOKEN: is missing, and the sandbox does not run in production (NODE_ENV).');
  }
  for (const name of ['SLACK_SIGNING_SECRET', 'SLACK_APP_TOKEN', 'DATABASE_URL']) {
    if (env[name] !== undefined && token === undefined) {
      problems.push(`${name}: is set, and SLACK_BOT_TOKEN is not. Set both for Slack, or unset it for the sandbox.`);
    }
  }
  return { mode, problems };
}
