import { administratorsOf, rolesOf } from '../../core/access/access.ts';
import type { Role, RoleGrant } from '../../core/store/rows.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import type { Person } from './person.ts';

/** A person with what they may do. */
export type Caller = Person & {
  roles: ReadonlySet<Role>;
  administrators: readonly string[];
  grants: readonly RoleGrant[];
};

/** The person's roles as they are now; read anew for everything they do. */
export async function loadCaller(deps: Pick<BotDeps, 'store' | 'config'>, person: Person): Promise<Caller> {
  const grants = await reading(deps.store.roles(person.accountId));
  const { firstAdmins } = deps.config;
  return {
    ...person,
    grants,
    roles: rolesOf(person, grants, firstAdmins),
    administrators: administratorsOf(person.accountId, grants, firstAdmins),
  };
}
