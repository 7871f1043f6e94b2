/** What docs/slack-manifest.yaml asks for, held equal by a test: what the bot may not do at Slack fails here too. */
export const MANIFEST_SCOPES = [
  'commands',
  'chat:write',
  'im:write',
  'users:read',
  'usergroups:read',
  'files:read',
  'files:write',
  'channels:read',
  'groups:read',
  'im:history',
  'channels:history',
  'groups:history',
] as const;
