import { expect, test } from 'vitest';
import { decideMode } from '../../../start/mode.ts';

test.each([
  ['without a token', {}, false, 'sandbox'],
  ['with a token', { SLACK_BOT_TOKEN: 'xoxb-1-2-3', SLACK_SIGNING_SECRET: 'x'.repeat(32) }, false, 'slack'],
  ['with a token, in production', { SLACK_BOT_TOKEN: 'xoxb-1-2-3', NODE_ENV: 'production' }, false, 'slack'],
  ['when asked for the sandbox', {}, true, 'sandbox'],
])('%s', (_, env, sandboxAsked, mode) => {
  expect(decideMode(env, sandboxAsked)).toEqual({ mode, problems: [] });
});

test.each([
  ['a real token with the sandbox', { SLACK_BOT_TOKEN: 'xoxb-1-2-3' }, true, /SLACK_BOT_TOKEN: is a real token/],
  ["the sandbox's token with Slack", { SLACK_BOT_TOKEN: 'xoxb-sandbox-1' }, false, /is a token of the sandbox/],
  ['the sandbox in production', { NODE_ENV: 'production' }, false, /does not run in production/],
  ['half a Slack configuration', { SLACK_SIGNING_SECRET: 'x' }, false, /SLACK_SIGNING_SECRET: is set, and SLACK_BOT/],
  ['Socket Mode without a bot token', { SLACK_APP_TOKEN: 'xapp-1' }, false, /SLACK_APP_TOKEN: is set/],
  ["a database of one's own with the sandbox", { DATABASE_URL: 'file:real.db' }, false, /DATABASE_URL: is set/],
])('refuses %s', (_, env, sandboxAsked, problem) => {
  expect(decideMode(env, sandboxAsked).problems.join('\n')).toMatch(problem);
});
