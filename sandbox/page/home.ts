import { renderBlocks } from './blocks/block.ts';
import { type Surface, withIds } from './blocks/surface.ts';
import { perform } from './connection.ts';
import { type Child, h } from './dom.ts';
import { refusal } from './refusal.ts';
import { bot, isWaiting, state } from './state.ts';

const REFUSAL = 'home';
let openedBy = '';

/** The App Home, as the bot last published it for this person. */
export function homePane(): Child {
  const home = state.scene?.home;
  return [
    h(
      'div',
      { class: 'home', key: 'home', tabindex: '-1' },
      refusal(REFUSAL),
      home
        ? renderBlocks(homeSurface(home.blocks))
        : h(
            'p',
            { class: 'empty' },
            isWaiting('home') ? 'Opening…' : `${bot()?.name ?? 'The app'} has not published a Home for you yet.`,
          ),
    ),
  ];
}

export const HOME_KEY = 'home';

export function homeSurface(blocks: Surface['blocks']): Surface {
  return {
    key: HOME_KEY,
    container: { kind: 'home' },
    blocks: withIds(blocks),
    errors: {},
    refusalKey: REFUSAL,
    headingLevel: 2,
    name: 'Home',
  };
}

/** Slack tells the app each time somebody opens its Home; so does this, once per visit and connection. */
export function settleHome(isOpen: boolean): void {
  const visit = isOpen ? (state.scene?.client ?? '') : '';
  if (visit === openedBy) return;
  openedBy = visit;
  if (visit) void perform('home', {}, { busy: 'home', refusal: REFUSAL });
}
