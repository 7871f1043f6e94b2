import { administratorsOf, rolesOf } from '../../core/access/access.ts';
import type { Role, RoleGrant } from '../../core/store/rows.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import type { Person } from './person.ts';

/** A person with what they may do. */
export type Caller = Person & {
  roles: ReadonlySet<Role>;
  administrators: readonly string[];
  /** With user groups turned into their members: what every decision is about. */
  grants: readonly RoleGrant[];
  /** As they were given, groups and all. */
  given: readonly RoleGrant[];
};

/** The person's roles as they are now; read anew for everything they do. */
export async function loadCaller(deps: Pick<BotDeps, 'store' | 'config' | 'groups'>, person: Person): Promise<Caller> {
  const given = await reading(deps.store.roles(person.accountId));
  const grants = await deps.groups.expand(given);
  const { firstAdmins } = deps.config;
  return {
    ...person,
    given,
    grants,
    roles: rolesOf(person, grants, firstAdmins),
    administrators: administratorsOf(person.accountId, grants, firstAdmins),
  };
}
