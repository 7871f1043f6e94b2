import type { Scene } from '../contract.ts';
import { type } from './composer.ts';
import { type Child, h } from './dom.ts';
import { icon } from './icons.ts';
import { botConversation, changed, openPlace, state } from './state.ts';

const STORED = 'countersign-sandbox-help-dismissed';

/** What a person may do. Countersign grants roles; these are the ones the sandbox's people start with, told by name. */
const MAY: [RegExp, string][] = [
  [/admin/i, 'You may add sites, change settings, grant roles and look into the audit.'],
  [/operator/i, 'You may ask for certificates, and hold or revoke yours: try /mtls issue, then /mtls list.'],
  [/approver/i, 'You may decide what others ask for, never what you asked for yourself: it comes to #mtls-approvals.'],
];
const NO_ROLE = 'You have no role here: see what somebody from outside is told.';

export function helpStrip(scene: Scene): Child {
  if (!state.helpShown) return undefined;
  const { me } = scene;
  const may = MAY.find(([role]) => role.test(`${me.realName} ${me.title}`))?.[1] ?? NO_ROLE;
  return h(
    'aside',
    { class: 'help', key: 'help-strip', 'aria-label': 'First steps' },
    h(
      'div',
      {},
      h('p', {}, h('strong', {}, `You are ${me.realName || me.name}${me.title ? `, ${me.title}` : ''}. `), may),
      h('p', {}, 'Begin with ', h('code', {}, '/mtls'), '. To answer as somebody else, open them in a second tab.'),
    ),
    h('button', { type: 'button', class: 'button button-primary', on: { click: typeFirstCommand } }, 'Type /mtls'),
    h(
      'button',
      { type: 'button', class: 'button button-icon', 'aria-label': 'Dismiss first steps', on: { click: dismiss } },
      icon('close'),
    ),
  );
}

function typeFirstCommand(): void {
  const place = openPlace();
  const target = typeof place === 'object' ? place : botConversation();
  if (!target) return;
  if (typeof place !== 'object') location.hash = target.id;
  type(target.id, '/mtls ');
}

function dismiss(): void {
  state.helpShown = false;
  try {
    localStorage.setItem(STORED, 'yes');
  } catch {
    // Without storage the strip comes back with the next visit.
  }
  changed();
}

export function wasHelpDismissed(): boolean {
  try {
    return localStorage.getItem(STORED) === 'yes';
  } catch {
    return false;
  }
}
