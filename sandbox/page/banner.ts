import type { ApiProblem } from '../contract.ts';
import { type Child, h } from './dom.ts';
import { icon } from './icons.ts';
import { changed, state } from './state.ts';

const SHOWN_AT_ONCE = 3;

/** What the bot asked of Slack and was refused: a mistake in the bot, which Slack's own people would never see. */
export function problemBanner(): Child {
  const problems = (state.scene?.problems ?? []).filter((problem) => !state.dismissedProblems.has(problemKey(problem)));
  if (problems.length === 0) return undefined;
  const shown = problems.slice(-SHOWN_AT_ONCE).reverse();
  const more = problems.length - shown.length;
  const dismiss = () => {
    for (const problem of problems) state.dismissedProblems.add(problemKey(problem));
    changed();
  };
  return h(
    'section',
    { class: 'notice notice-error banner', key: 'banner', 'aria-label': 'Calls of the bot that Slack would refuse' },
    icon('warning'),
    h(
      'div',
      { role: 'alert' },
      shown.map((problem) =>
        h(
          'div',
          { key: problemKey(problem) },
          h(
            'p',
            {},
            'The bot called ',
            h('code', {}, problem.method),
            ' and was refused: ',
            h('code', {}, problem.error),
          ),
          problem.messages.length > 0 &&
            h(
              'ul',
              {},
              problem.messages.map((message) => h('li', {}, message)),
            ),
        ),
      ),
      more > 0 && h('p', {}, `and ${more} earlier.`),
    ),
    h(
      'button',
      { type: 'button', class: 'button button-icon', 'aria-label': 'Dismiss these problems', on: { click: dismiss } },
      icon('close'),
    ),
  );
}

const problemKey = ({ at, method, error }: ApiProblem): string => `${at} ${method} ${error}`;

export function connectionNotice(): Child {
  if (state.connection !== 'lost') return undefined;
  return h(
    'p',
    { class: 'notice notice-warning connection', role: 'status', key: 'connection' },
    icon('warning'),
    'Connection lost. Trying again; what you typed stays. If the sandbox was started anew, open the address it prints.',
  );
}
