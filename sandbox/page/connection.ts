import type { Acts, Scene, SharedFile } from '../contract.ts';
import { announceNews } from './news.ts';
import { changed, state } from './state.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8_000;

/** Opens the stream of scenes and keeps it open. Each opening is a new client to the server, as a reload of Slack is. */
export function connect(personId: string | undefined): void {
  let retryMs = FIRST_RETRY_MS;

  const open = () => {
    const id = personId ?? state.scene?.me.id;
    const query = id ? `?as=${encodeURIComponent(id)}` : '';
    const source = new EventSource(`/page/events${query}`);
    source.onmessage = (event) => {
      retryMs = FIRST_RETRY_MS;
      state.connection = 'live';
      showScene(JSON.parse(event.data) as Scene);
    };
    source.onerror = () => {
      source.close();
      // A stream refused before its first scene most often means an address without its token.
      state.connection = state.scene ? 'lost' : 'refused';
      changed();
      setTimeout(open, retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    };
  };
  open();
}

function showScene(scene: Scene): void {
  const before = state.scene;
  state.scene = scene;
  if (!before) nameInAddress(scene.me.id);
  announceNews(before, scene);
  changed();
}

/** So that the address says who this is, also when the server chose: reloading stays the same person. */
function nameInAddress(personId: string): void {
  const address = new URL(location.href);
  if (address.searchParams.get('as') === personId) return;
  address.searchParams.set('as', personId);
  history.replaceState(null, '', address);
}

type Answer = Record<string, unknown>;
type WithoutClient<Act extends keyof Acts> = Omit<Acts[Act], 'client'>;

/**
 * Does one act. `about` names what it is done to: while it waits that thing is busy, and a refusal is shown there.
 * Answers undefined when refused.
 */
export async function perform<Act extends keyof Acts>(
  act: Act,
  body: WithoutClient<Act>,
  about: { busy: string; refusal: string },
): Promise<Answer | undefined> {
  state.waiting.set(about.busy, (state.waiting.get(about.busy) ?? 0) + 1);
  state.refusals.delete(about.refusal);
  changed();
  try {
    return await post(act, { client: state.scene?.client, ...body });
  } catch (error) {
    state.refusals.set(about.refusal, error instanceof Error ? error.message : String(error));
    return undefined;
  } finally {
    state.waiting.set(about.busy, (state.waiting.get(about.busy) ?? 1) - 1);
    changed();
  }
}

/** Sends the bytes of a file ahead of the form it belongs to. @throws with a sentence for the person */
export async function upload(file: File): Promise<SharedFile> {
  const query = new URLSearchParams({ client: state.scene?.client ?? '', name: file.name });
  const answer = await send(`upload?${query}`, 'application/octet-stream', file);
  return answer['file'] as SharedFile;
}

const post = (act: string, body: unknown): Promise<Answer> => send(act, 'application/json', JSON.stringify(body));

async function send(path: string, type: string, body: BodyInit): Promise<Answer> {
  const response = await fetch(`/page/${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  }).catch(() => {
    throw new Error('The sandbox cannot be reached, so nothing was sent. Is it still running?');
  });
  const answer = (await response.json().catch(() => ({}))) as Answer;
  if (response.ok) return answer;
  throw new Error(
    typeof answer['problem'] === 'string' ? answer['problem'] : `The sandbox answered ${response.status}.`,
  );
}
