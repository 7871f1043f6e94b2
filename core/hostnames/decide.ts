import type { Gate } from '../approvals/gates.ts';
import { changeList, type Effect, effectOf, findConflicts, gatesOf, type ListChange } from '../bindings/change.ts';
import { readHostnames } from '../bindings/hostnames.ts';
import { type BindingVerb, bindingId, HOSTNAMES_AT_ONCE, MANAGED } from '../bindings/verbs.ts';
import { CountersignError } from '../errors.ts';
import { namesText, refusedText } from '../slack/bindings.ts';
import { bold, code, escapeText } from '../slack/text.ts';
import type { UploadedAuthority } from '../store/rows.ts';
import { type HostnameStock, listOf } from './stock.ts';

export type AskedBinding = { authorityId: string; verb: BindingVerb; hostnames: readonly string[] };

export type DecidedBinding = {
  authorityId: string;
  /** Undefined for the managed one. */
  uploaded: UploadedAuthority | undefined;
  change: ListChange;
  effect: Effect;
  /** Why a second person may be needed; none where nobody is. */
  gates: Gate[];
  /** Nothing is gained or lost. */
  changesNothing: boolean;
};

/** Which field of a form or of a call is refused. */
export type BindingField = 'authority' | 'hostnames';

/**
 * What a change of hostnames makes of the lists as they are, asked by whoever takes it in and again where it is done.
 * All or nothing: with one bad name nothing is changed.
 * @throws CountersignError whose `details.field` is a `BindingField`: `not_found` for the authority, `invalid_input` for
 *   everything else; every bad name is told with its reason.
 */
export function decideBinding(stock: HostnameStock, asked: AskedBinding, now: Date): DecidedBinding {
  const { authorityId, verb } = asked;
  const { site, bindings, nameOf } = stock;
  const uploaded = authorityId === MANAGED ? undefined : stock.uploaded.find(({ id }) => id === authorityId);
  if (authorityId !== MANAGED && !uploaded) {
    throw new CountersignError('not_found', {
      userMessage: `${code(site.name)} has no such authority. \`/mtls ca list\` shows those there are.`,
      details: { field: 'authority' satisfies BindingField },
    });
  }
  const { hostnames, refused } = readHostnames(asked.hostnames, site.name);
  if (refused.length > 0) refuse('hostnames', refusedText(refused));
  if (hostnames.length === 0 && verb !== 'replace') refuse('hostnames', 'Give at least one hostname.');
  if (hostnames.length > HOSTNAMES_AT_ONCE) {
    refuse('hostnames', `These are ${hostnames.length} hostnames; ${HOSTNAMES_AT_ONCE} at a time is the most.`);
  }
  const change = changeList(listOf(stock, authorityId), verb, hostnames);
  if (change.hostnames.length > HOSTNAMES_AT_ONCE) {
    refuse(
      'hostnames',
      `${bold(nameOf(authorityId))} would then have ${change.hostnames.length} hostnames of ${code(site.name)}; ${HOSTNAMES_AT_ONCE} is the most. Remove some first, or bind a wildcard such as ${code(`*.${site.name}`)}.`,
    );
  }
  if (uploaded && change.gained.length > 0 && uploaded.notAfter <= now) {
    refuse('authority', `${bold(uploaded.name)} has expired: none of its certificates would be accepted anywhere.`);
  }
  const conflicts = findConflicts(authorityId, change.gained, bindings, stock.subjectsOf);
  if (conflicts.length > 0) {
    const told = conflicts.map(({ hostname, authorityIds: [own, other] }) => {
      return `${code(hostname)} is bound to ${bold(nameOf(other))}, which has the same subject as ${bold(nameOf(own))}: an edge could not tell them apart.`;
    });
    refuse('hostnames', `${told.slice(0, 5).join(' ')} Remove it from the one before you bind it to the other.`);
  }
  const rowId = bindingId(site.id, authorityId);
  const after = bindings.some(({ id }) => id === rowId)
    ? bindings.map((row) => (row.id === rowId ? { ...row, hostnames: change.hostnames } : row))
    : [...bindings, { authorityId, hostnames: change.hostnames }];
  const effect = effectOf(change, bindings, after);
  return {
    authorityId,
    uploaded,
    change,
    effect,
    gates: gatesOf(effect, authorityId),
    changesNothing: effect.gained.length === 0 && effect.lost.length === 0,
  };
}

/** Why nothing was to be done, as a sentence. */
export function nothingChangedText(stock: HostnameStock, { authorityId, verb, change }: AskedNothing): string {
  const who = bold(stock.nameOf(authorityId));
  if (verb === 'replace') return `${who} has exactly these hostnames already: nothing changes.`;
  const names = namesText(change.needless);
  const one = change.needless.length === 1;
  return verb === 'add'
    ? `${names} ${one ? 'is' : 'are'} bound to ${who} already: nothing changes.`
    : `${names} ${one ? 'is' : 'are'} not bound to ${who} in ${escapeText(stock.site.name)}: nothing changes.`;
}

type AskedNothing = { authorityId: string; verb: BindingVerb; change: ListChange };

function refuse(field: BindingField, userMessage: string): never {
  throw new CountersignError('invalid_input', { userMessage, details: { field } });
}
