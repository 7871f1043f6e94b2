import type { Person } from '../contract.ts';
import { type Child, h } from './dom.ts';
import { icon } from './icons.ts';

const HUES = 6;

/** Initials on a hue of the person's own; the app wears the seal. The name always stands beside it. */
export function avatar(person: Person | undefined): Child {
  if (person?.isBot) return h('span', { class: 'avatar avatar-app', 'aria-hidden': 'true' }, icon('seal'));
  const name = person?.realName || person?.name || '?';
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0))
    .join('')
    .toUpperCase();
  const hue = [...(person?.id ?? '')].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES;
  return h('span', { class: `avatar hue-${hue}`, 'aria-hidden': 'true' }, initials);
}

export const appMark = (person: Person | undefined): Child => person?.isBot && h('span', { class: 'app-mark' }, 'App');
