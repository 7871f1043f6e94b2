import { checkCommonName, MAX_NAME_CHARACTERS } from '../../../core/ca/profile.ts';

/** A name to begin with, such as `alice-example.com`: the person and the site, as much of it as fits. */
export function defaultName(person: { userId: string; userName: string }, siteName: string | undefined): string {
  const who = label(person.userName) || label(person.userId);
  const whole = siteName === undefined ? who : `${who}-${siteName}`;
  const name = whole.length <= MAX_NAME_CHARACTERS ? whole : who;
  try {
    return checkCommonName(name);
  } catch {
    return '';
  }
}

function label(text: string): string {
  const words = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '');
  return words
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 24)
    .replace(/^-+|-+$/g, '');
}
