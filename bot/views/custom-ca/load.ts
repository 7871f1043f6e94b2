import { type Action, mayDo, requireRole } from '../../../core/access/access.ts';
import { bindingId } from '../../../core/bindings/verbs.ts';
import { UPLOADED_LIMIT } from '../../../core/ca/uploaded/limit.ts';
import { CountersignError } from '../../../core/errors.ts';
import { code, truncate } from '../../../core/slack/text.ts';
import type { UploadedAuthority, UploadedCrl } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';

/** A custom CA with what it is shown with. */
export type CustomCa = {
  authority: UploadedAuthority;
  /** Undefined where its site was removed. */
  siteName: string | undefined;
  hostnames: readonly string[];
  /** Undefined where none was ever given. */
  crl: UploadedCrl | undefined;
  /** How many certificates are blocked. */
  blocks: number;
};

export type CustomCas = {
  caller: Caller;
  /** By name. */
  all: CustomCa[];
  limit: number;
  may: { upload: boolean; delete: boolean; bind: boolean; revoke: boolean };
  now: Date;
};

/** The custom CAs of the account, for somebody who may do this with them. */
export async function loadCustomCas(deps: BotDeps, person: Person, action: Action = 'ca_show'): Promise<CustomCas> {
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, action, caller.administrators);
  const { accountId, roles } = caller;
  const [authorities, sites, bindings, account] = await reading(
    Promise.all([
      deps.store.uploadedAuthorities(accountId),
      deps.store.sites(accountId),
      deps.store.bindings(accountId),
      deps.store.account(accountId),
    ]),
  );
  // As many as the account's plan allows: a handful.
  const revocations = await reading(
    Promise.all(
      authorities.map(async ({ id }) => ({
        crl: await deps.store.uploadedCrl(id),
        blocks: await deps.store.countBlocks(id),
      })),
    ),
  );
  const names = new Map(sites.map(({ id, name }) => [id, name]));
  const lists = new Map(bindings.map(({ id, hostnames }) => [id, hostnames]));
  return {
    caller,
    all: authorities.map((authority, i) => ({
      authority,
      siteName: names.get(authority.siteId),
      hostnames: lists.get(bindingId(authority.siteId, authority.id)) ?? [],
      crl: revocations[i]?.crl,
      blocks: revocations[i]?.blocks ?? 0,
    })),
    limit: account?.uploadedLimit ?? UPLOADED_LIMIT,
    may: {
      upload: mayDo(roles, 'ca_upload'),
      delete: mayDo(roles, 'ca_delete'),
      bind: mayDo(roles, 'bind'),
      revoke: mayDo(roles, 'ca_revoke'),
    },
    now: deps.clock.now(),
  };
}

/** @throws CountersignError `not_found`; one of another account and one that was deleted read alike. */
export function requireCustomCa({ all }: CustomCas, id: string): CustomCa {
  const found = all.find(({ authority }) => authority.id === id);
  if (found) return found;
  throw new CountersignError('not_found', {
    userMessage: 'There is no such custom CA here any more. `/mtls ca list` shows those there are.',
  });
}

/** A fingerprint is told from a name by its beginning: so many hexadecimal digits are nobody's name. */
const FINGERPRINT_DIGITS = 8;

/**
 * Which are meant by what was typed: a name, a part of one, or the beginning of a fingerprint. Nothing typed means all.
 * @throws CountersignError `not_found` when none is.
 */
export function meantCustomCas({ all }: CustomCas, typed: string): CustomCa[] {
  const wanted = fold(typed);
  if (wanted === '') return all;
  const named = (fits: (name: string) => boolean) => all.filter(({ authority }) => fits(fold(authority.name)));
  const digits = wanted.replace(/[: ]/g, '');
  const isFingerprint = digits.length >= FINGERPRINT_DIGITS && /^[0-9a-f]+$/.test(digits);
  const attempts = [
    named((name) => name === wanted),
    isFingerprint ? all.filter(({ authority }) => authority.fingerprint.startsWith(digits)) : [],
    named((name) => name.includes(wanted)),
  ];
  const found = attempts.find((some) => some.length > 0);
  if (found) return found;
  throw new CountersignError('not_found', {
    userMessage: `There is no custom CA ${code(truncate(typed.trim(), 100))} here. \`/mtls ca list\` shows those there are.`,
  });
}

const fold = (text: string) => text.normalize('NFKC').trim().toLowerCase().replace(/\s+/g, ' ');
