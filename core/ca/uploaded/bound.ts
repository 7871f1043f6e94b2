import { CountersignError } from '../../errors.ts';
import { countNames, namesText } from '../../slack/bindings.ts';
import { bold, code, mention } from '../../slack/text.ts';
import type { Binding, UploadedAuthority } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';

/**
 * Whether a custom CA can be deleted without shutting anybody out.
 * @throws CountersignError `ca_bound` while a hostname is bound to it, or somebody has asked for that and another has
 *   not decided yet.
 */
export async function requireUnbound(
  store: Pick<Store, 'openBindsOf'>,
  authority: Pick<UploadedAuthority, 'id' | 'accountId' | 'name'>,
  binding: Pick<Binding, 'hostnames'> | undefined,
): Promise<void> {
  const hostnames = binding?.hostnames ?? [];
  if (hostnames.length > 0) {
    throw new CountersignError('ca_bound', {
      userMessage: `${bold(authority.name)} is bound to ${countNames(hostnames.length)}, whose clients would be shut out: ${namesText(hostnames)}. Take them away from it first, with ${code(`/mtls ca bind ${authority.name}`)}.`,
    });
  }
  const [asked] = await store.openBindsOf(authority.accountId, authority.id);
  if (asked) {
    throw new CountersignError('ca_bound', {
      userMessage: `${mention(asked.actorId)} has asked to bind hostnames to ${bold(authority.name)}, and that is not decided yet. Have it decided or withdrawn first.`,
    });
  }
}
