/**
 * The page behind a one-time link. Opening takes a click, so that whatever only looks at a link gets nothing. The key
 * in the fragment never leaves this page, and what the server gives out is worth nothing without it.
 */
import { draw, element } from './draw.ts';
import { isKey, unseal } from './unseal.ts';

const id = location.pathname.split('/').at(-1) ?? '';
const fragment = location.hash.slice(1);

const closed = element('closed');
const problem = element('problem');
const open = element('open') as HTMLButtonElement;

const BROKEN =
  'This link is not whole: a part after # is missing. Copy all of it from Slack, or ask for the key again there.';
const GONE = 'This link has been opened already or has expired. If you did not get the key, say so in Slack.';
const UNREACHABLE = 'The server did not answer. The link may still work: try again.';
const UNREADABLE = 'What came back cannot be opened with this link. Say in Slack that you did not get the key.';

if (isKey(fragment)) closed.hidden = false;
else tell(BROKEN);

open.addEventListener('click', async () => {
  open.disabled = true;
  problem.hidden = true;
  const sealed = await fetchOnce();
  open.disabled = false;
  if (sealed === undefined) return;
  try {
    const revealed = await unseal(sealed, id, fragment);
    // What is done with stays neither in the address bar nor in the history.
    history.replaceState(null, '', location.pathname);
    closed.hidden = true;
    draw(revealed);
  } catch {
    closed.hidden = true;
    tell(UNREADABLE);
  }
});

// Another link pasted into this tab changes the fragment alone, which loads nothing by itself.
addEventListener('hashchange', () => location.reload());

async function fetchOnce(): Promise<ArrayBuffer | undefined> {
  try {
    const answer = await fetch(`/reveal/${id}/open`, { method: 'POST', credentials: 'omit', cache: 'no-store' });
    if (answer.ok) return await answer.arrayBuffer();
    closed.hidden = answer.status === 404;
    tell(answer.status === 404 ? GONE : UNREACHABLE);
  } catch {
    tell(UNREACHABLE);
  }
  return undefined;
}

function tell(text: string): void {
  problem.textContent = text;
  problem.hidden = false;
}
