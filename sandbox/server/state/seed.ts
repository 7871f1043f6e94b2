import { BOT_USER, type Conversation, type User, type Workspace } from './model.ts';

/** The workspace of a first start: four people in four time zones, the bot, and the channels Countersign uses. */
export function seedWorkspace(): Workspace {
  const people = ['U0ADA', 'U0ALICE', 'U0BOB', 'U0EVE'];
  return {
    team: { id: 'T0ACME', name: 'Acme', domain: 'acme' },
    users: [
      person('U0ADA', 'ada', 'Ada Admin', 'Platform lead', 'Europe/London', { isAdmin: true, isOwner: true }),
      person('U0ALICE', 'alice', 'Alice Operator', 'Site reliability engineer', 'America/New_York'),
      person('U0BOB', 'bob', 'Bob Approver', 'Security engineer', 'Asia/Singapore'),
      person('U0EVE', 'eve', 'Eve Outsider', 'Marketing', 'Australia/Sydney'),
      { ...person(BOT_USER, 'countersign', 'Countersign', 'App', 'Etc/UTC'), isBot: true, email: '' },
    ],
    usergroups: [
      {
        id: 'S0SECURITY',
        handle: 'security',
        name: 'Security',
        description: 'Security team',
        userIds: ['U0ADA', 'U0BOB'],
      },
      {
        id: 'S0PLATFORM',
        handle: 'platform-team',
        name: 'Platform team',
        description: 'Runs what the sites run on',
        userIds: ['U0ALICE', 'U0BOB'],
      },
    ],
    conversations: [
      channel('C0GENERAL', 'channel', 'general', 'Everybody', people),
      channel('C0PLATFORM', 'channel', 'platform', 'The platform team', [...people.slice(0, 3), BOT_USER]),
      channel('C0AUDIT', 'private', 'mtls-audit', 'What Countersign did', ['U0ADA', 'U0BOB', BOT_USER]),
      channel('C0APPROVE', 'private', 'mtls-approvals', 'What waits for a second person', ['U0ADA', 'U0BOB', BOT_USER]),
    ],
    messages: [],
    files: [],
    homes: {},
    reads: {},
    lastTs: '0',
    rolesSeeded: false,
  };
}

function person(
  id: string,
  name: string,
  realName: string,
  title: string,
  timeZone: string,
  flags: Partial<User> = {},
): User {
  return {
    id,
    name,
    realName,
    title,
    email: `${name}@acme.example`,
    timeZone,
    isBot: false,
    deleted: false,
    isAdmin: false,
    isOwner: false,
    isRestricted: false,
    isUltraRestricted: false,
    teamId: 'T0ACME',
    ...flags,
  };
}

function channel(
  id: string,
  kind: Conversation['kind'],
  name: string,
  purpose: string,
  memberIds: string[],
): Conversation {
  return { id, kind, name, purpose, memberIds, isArchived: false };
}
