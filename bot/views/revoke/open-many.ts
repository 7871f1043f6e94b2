import { z } from 'zod';
import { requireRole } from '../../../core/access/access.ts';
import { CountersignError } from '../../../core/errors.ts';
import { evidenceOfMany, evidenceOfManyText } from '../../../core/inventory/evidence.ts';
import { type CertificateFilter, filterSchema } from '../../../core/inventory/filter.ts';
import { resolveList } from '../../../core/inventory/list.ts';
import { describeFilter } from '../../../core/inventory/words.ts';
import type { BotDeps } from '../../deps.ts';
import { READING_MS, reading, within } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import type { SubmittedView, Turn } from '../../turn.ts';
import { openView } from '../open-view.ts';
import type { RevokeChoices } from './fields.ts';
import { readRevokeForm } from './form.ts';
import { buildRevokeManyView, type Preview } from './many.ts';
import { choicesOf } from './open.ts';

const SAMPLE = 15;
const EMPTY = {
  reason: undefined,
  since: undefined,
  because: '',
  confirmed: false,
  suspendNow: false,
  breakGlass: false,
};

/** Opens "Revoke" for all that match: counts and fixes the list now, and shows what is known about its use. */
export async function openRevokeMany(
  deps: BotDeps,
  turn: Turn & { view?: SubmittedView | undefined },
  filter: CertificateFilter,
): Promise<void> {
  const seen = await loadPreview(deps, turn.person, filter);
  if (seen.preview.count === 0) {
    throw new CountersignError('not_found', {
      userMessage: 'None of these can be revoked: they are revoked already, or have ended.',
    });
  }
  await openView(turn, buildRevokeManyView(seen.preview, seen.described, seen.sample, seen.choices, EMPTY));
}

/** Another reason was chosen: shows the fields that belong to it, beside the list as it is now. */
export async function redrawRevokeMany(deps: BotDeps, person: Person, view: SubmittedView) {
  const seen = await loadPreview(deps, person, readPreview(view).filter);
  return buildRevokeManyView(seen.preview, seen.described, seen.sample, seen.choices, readRevokeForm(view));
}

const previewSchema = z.strictObject({ filter: filterSchema, count: z.number(), digest: z.string() });

/** What the person saw when the form was opened. It decides nothing: the worker resolves the list again. */
export function readPreview(view: SubmittedView): Preview {
  return previewSchema.parse(JSON.parse(view.privateMetadata));
}

/** @throws CountersignError `not_authorized` for somebody who may not revoke what is not their own. */
export async function requireRevokeMany(deps: BotDeps, person: Person, filter: CertificateFilter): Promise<Caller> {
  const caller = await loadCaller(deps, person);
  if (filter.owner !== caller.userId) requireRole(caller.roles, 'revoke', caller.administrators);
  return caller;
}

async function loadPreview(
  deps: BotDeps,
  person: Person,
  filter: CertificateFilter,
): Promise<{
  preview: Preview;
  described: string;
  sample: readonly { name: string; siteName: string }[];
  choices: RevokeChoices;
}> {
  const caller = await requireRevokeMany(deps, person, filter);
  const { accountId } = caller;
  const now = deps.clock.now();
  const tooMany = () =>
    new CountersignError('invalid_input', {
      userMessage:
        'These are too many to look through at once. Narrow the filter, for example to one site or one owner.',
    });
  const list = await within(resolveList(deps.store, accountId, filter, now), READING_MS, tooMany);
  if (list.tooMany) throw tooMany();
  const ids = list.items.map(({ id }) => id);
  const [sample, evidence, sites, account] = await reading(
    Promise.all([
      deps.store.listedCertificates(accountId, ids.slice(0, SAMPLE)),
      evidenceOfMany(deps.store, accountId, ids, now),
      deps.store.sites(accountId),
      deps.store.account(accountId),
    ]),
  );
  const { approval, mayBreakGlass } = choicesOf(caller, account);
  const siteName = (id: string) => sites.find((site) => site.id === id)?.name;
  return {
    preview: { filter, count: ids.length, digest: list.digest },
    described: describeFilter(filter, { viewerId: caller.userId, siteName }),
    sample,
    choices: {
      approval,
      // Alone, an administrator may act on what one person owns, no further.
      mayBreakGlass: mayBreakGlass && filter.owner !== undefined,
      canSuspend: true,
      maySuspendAlone: false,
      many: true,
      evidence: evidenceOfManyText(evidence),
    },
  };
}
