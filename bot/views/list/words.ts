import { keyNameOf } from '../../../core/access/actor.ts';
import { formatSerial } from '../../../core/ca/serial.ts';
import type { CertificateFilter } from '../../../core/inventory/filter.ts';
import type { WordContext } from '../../../core/inventory/read-words.ts';
import { readWords } from '../../../core/inventory/read-words.ts';
import { type ListForm, MOST_SEARCH } from './form.ts';

export type Asked = { filter: CertificateFilter; notUnderstood: readonly string[] };

/**
 * The words of *Search* or of `/mtls list`, with the other fields for whatever the words do not say. A serial or a
 * fingerprint names one certificate: it is found whoever owns it and whatever became of it.
 * @param fields what the other fields hold; for the command, what they begin with.
 */
export function askedFor(words: string, fields: Omit<ListForm, 'search'>, context: WordContext): Asked {
  const { filter: said, owner, notUnderstood } = readWords(words.slice(0, 500), context);
  const namesOne = said.serial !== undefined || said.fingerprint !== undefined;
  const chosen = namesOne ? undefined : ownerOf(fields, context.userId);
  const whose = owner === 'all' ? undefined : (owner ?? chosen);
  const siteId = said.siteId ?? (namesOne ? undefined : fields.siteId);
  const state = said.state === undefined && !namesOne ? fields.state : {};
  return {
    filter: {
      ...state,
      ...said,
      ...(whose === undefined ? {} : { owner: whose }),
      ...(siteId === undefined ? {} : { siteId }),
    },
    notUnderstood,
  };
}

/** What the fields of the list begin with. */
export const USUAL: Omit<ListForm, 'search'> = {
  owner: 'me',
  person: undefined,
  siteId: undefined,
  state: { state: 'active' },
};

function ownerOf({ owner, person }: Omit<ListForm, 'search'>, viewerId: string): string | undefined {
  if (owner === 'all') return undefined;
  return owner === 'person' ? person : viewerId;
}

/** The fields that say what is shown; *Search* keeps only what no other field says. */
export function formOf(filter: CertificateFilter, viewerId: string): ListForm {
  const { owner, siteId, state, withinDays, name, serial, fingerprint, issuedBefore } = filter;
  // No menu of Slack offers API keys: they stand in the search.
  const key = owner !== undefined && keyNameOf(owner) !== undefined ? owner : undefined;
  const person = key === undefined ? owner : undefined;
  const words = [
    key,
    name,
    serial === undefined ? undefined : formatSerial(serial),
    fingerprint,
    issuedBefore === undefined ? undefined : `before ${issuedBefore.slice(0, 10)}`,
  ];
  return {
    search: words
      .filter((word) => word !== undefined)
      .join(' ')
      .slice(0, MOST_SEARCH),
    owner: person === undefined ? 'all' : person === viewerId ? 'me' : 'person',
    person: person === viewerId ? undefined : person,
    siteId,
    state: {
      ...(state === undefined ? {} : { state }),
      ...(withinDays === undefined ? {} : { withinDays }),
    },
  };
}
