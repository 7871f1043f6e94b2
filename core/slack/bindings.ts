import type { Effect } from '../bindings/change.ts';
import type { RefusedHostname } from '../bindings/hostnames.ts';
import { bold, code, truncate } from './text.ts';

/** Hostnames and changes of them in words (mrkdwn): the same in forms, on cards and in answers. */

/** A text object of Slack holds 3,000 characters; names are told until this many. */
const NAMES_CHARACTERS = 2_500;

/** The names as code, whole ones only; the rest is counted. */
export function namesText(names: readonly string[], limit = NAMES_CHARACTERS): string {
  const shown: string[] = [];
  let characters = 0;
  for (const name of names) {
    const one = code(name);
    characters += one.length + 2;
    if (characters > limit && shown.length > 0) break;
    shown.push(one);
  }
  const rest = names.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** `1 hostname`, `12 hostnames`. */
export function countNames(count: number): string {
  return count === 1 ? '1 hostname' : `${count} hostnames`;
}

/** Every name that cannot be bound with its reason; names with one reason stand together. */
export function refusedText(refused: readonly RefusedHostname[]): string {
  const byReason = new Map<string, string[]>();
  for (const { typed, because } of refused) {
    byReason.set(because, [...(byReason.get(because) ?? []), truncate(typed, 60)]);
  }
  const told = [...byReason].map(([because, names]) => `${namesText(names.map(shown))}: ${because}.`);
  return `${told.join(' ')} Nothing was changed.`;
}

/** An empty name or one with control characters would be invisible. */
const shown = (name: string) => (name.trim() === '' ? '(empty)' : name.replace(/[\p{Cc}\p{Cf}]/gu, '�'));

/**
 * What a change does, as labels and values; nothing is left out but names beyond what Slack holds.
 * @param authority the name of the one whose list is changed.
 */
export function effectFacts(
  { gained, lost, off, displaced }: Effect,
  authority: string,
  nameOf: (authorityId: string) => string,
): (readonly [string, string])[] {
  const kept = lost.filter((name) => !off.includes(name));
  const told = displaced.slice(0, DISPLACED_TOLD).map(({ hostname, authorityIds }) => {
    return `${code(hostname)}: until now ${authorityIds.map((id) => bold(nameOf(id))).join(', ')}, by a wildcard`;
  });
  const more = displaced.length - told.length;
  return [
    ...(gained.length === 0 ? [] : [[`Gains (${gained.length})`, namesText(gained)] as const]),
    ...(lost.length === 0 ? [] : [[`Loses (${lost.length})`, namesText(lost)] as const]),
    ...(off.length === 0
      ? []
      : [
          [
            `mTLS off (${off.length})`,
            `No authority is left at ${off.length === lost.length ? 'any of them' : namesText(off)}: nobody is asked for a certificate there any more.`,
          ] as const,
        ]),
    ...(kept.length === 0 || off.length === 0 ? [] : [[`mTLS stays on (${kept.length})`, namesText(kept)] as const]),
    ...(displaced.length === 0
      ? []
      : [
          [
            `Only ${authority} from now on`,
            `A name that is bound itself beats the wildcard over it.\n${told.join('\n')}${more > 0 ? `\nand ${more} more` : ''}`,
          ] as const,
        ]),
  ];
}

const DISPLACED_TOLD = 10;

/** Why somebody else is asked, to stand after "because". */
export function whySecond(effect: Effect, binds: { uploaded: boolean }): string {
  const takes =
    effect.off.length > 0
      ? 'it switches mTLS off for hostnames'
      : effect.lost.length > 0 || effect.displaced.length > 0
        ? 'it takes hostnames away from an authority'
        : '';
  const gives = binds.uploaded && effect.gained.length > 0 ? 'it binds hostnames to an uploaded CA' : '';
  return [takes, gives].filter((part) => part !== '').join(', and ');
}
