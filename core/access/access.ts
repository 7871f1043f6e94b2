import { CountersignError } from '../errors.ts';
import type { Role, RoleGrant } from '../store/rows.ts';

/** What a person may ask for, and the roles that allow it. Roles do not include one another. */
const ALLOWED = {
  issue: ['operator'],
  site_add: ['administrator'],
  site_remove: ['administrator'],
  site_list: ['administrator', 'operator', 'approver', 'viewer'],
  ca_show: ['administrator', 'operator', 'approver', 'viewer'],
  settings: ['administrator'],
  inventory: ['administrator', 'operator', 'approver', 'viewer'],
  /** Of somebody else's certificate; owners may do it with their own, whatever their role. */
  suspend: ['operator', 'administrator'],
  revoke: ['operator', 'administrator'],
  release: ['operator', 'administrator'],
  break_glass: ['administrator'],
  decide: ['approver'],
  ca_rotate: ['administrator'],
  bind: ['operator', 'administrator'],
  bindings_show: ['administrator', 'operator', 'approver', 'viewer'],
  /** Upload, deletion, CRL and blocks of custom CAs. */
  ca_upload: ['administrator'],
  ca_delete: ['administrator'],
  ca_revoke: ['administrator', 'operator'],
  access_keys: ['administrator'],
  rules: ['administrator'],
  edges: ['administrator'],
  edge_list: ['administrator', 'operator', 'approver', 'viewer'],
  audit_search: ['administrator', 'approver'],
  audit_export: ['administrator'],
} as const satisfies Record<string, readonly Role[]>;

export type Action = keyof typeof ALLOWED;

/**
 * The roles a person has. While nobody has been made administrator, those named in `COUNTERSIGN_ADMINS` are: the
 * first save of the settings writes them down, and from then on only what is written counts.
 * @param firstAdmins user ids, or `TEAM:USER` where several workspaces use one installation.
 */
export function rolesOf(
  person: { accountId: string; userId: string },
  grants: readonly RoleGrant[],
  firstAdmins: readonly string[],
): ReadonlySet<Role> {
  const roles = new Set(grants.filter((grant) => grant.userId === person.userId).map((grant) => grant.role));
  if (administratorsOf(person.accountId, grants, firstAdmins).includes(person.userId)) roles.add('administrator');
  return roles;
}

/** The user ids of the administrators in force. */
export function administratorsOf(
  accountId: string,
  grants: readonly RoleGrant[],
  firstAdmins: readonly string[],
): string[] {
  const granted = grants.filter((grant) => grant.role === 'administrator').map((grant) => grant.userId);
  if (granted.length > 0) return granted;
  return firstAdmins.flatMap((entry) => {
    const [first, second] = entry.split(':');
    if (second === undefined) return first ? [first] : [];
    return first === accountId ? [second] : [];
  });
}

export function mayDo(roles: ReadonlySet<Role>, action: Action): boolean {
  return ALLOWED[action].some((role) => roles.has(role));
}

/** @throws CountersignError `not_authorized`, naming the role that is missing and who can give it. */
export function requireRole(roles: ReadonlySet<Role>, action: Action, administrators: readonly string[]): void {
  if (mayDo(roles, action)) return;
  const needed = ALLOWED[action].join(' or ');
  const askWhom =
    administrators.length > 0
      ? ` (${administrators
          .slice(0, 5)
          .map((id) => `<@${id}>`)
          .join(', ')})`
      : '';
  throw new CountersignError('not_authorized', {
    userMessage: `This needs the role ${needed}, which you do not have. An administrator${askWhom} can give it to you with \`/mtls settings\`.`,
    details: { action },
  });
}
