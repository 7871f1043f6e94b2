import { type Child, h } from '../dom.ts';

/** Only addresses a click may follow become links; anything else stays text. */
export function link(address: string, label: Child): Child {
  if (!isSafeAddress(address)) return label;
  return h('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, label);
}

export function isSafeAddress(address: string): boolean {
  return /^(https?:\/\/|mailto:)/i.test(address);
}
