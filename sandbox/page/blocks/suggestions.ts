import { perform } from '../connection.ts';
import { state } from '../state.ts';
import { type Control, controlId } from './control.ts';
import type { Option, OptionGroup } from './shape.ts';

const PAUSE_MS = 250;
const SLACK_MIN_QUERY_LENGTH = 3;
const latest = new Map<string, number>();

type Found = { options: Option[]; note: string };

/** Asks the bot once typing pauses. Only the answer to the latest question counts. */
export function loadOptions(control: Control, query: string, show: (found: Found) => void): void {
  const id = controlId(control);
  const turn = (latest.get(id) ?? 0) + 1;
  latest.set(id, turn);
  const missing = (control.element.min_query_length ?? SLACK_MIN_QUERY_LENGTH) - query.length;
  if (missing > 0) {
    show({ options: [], note: `Type ${missing} more ${missing === 1 ? 'letter' : 'letters'}.` });
    return;
  }
  const ask = async () => {
    if (latest.get(id) !== turn) return;
    const found = await askBot(control, id, query);
    if (latest.get(id) === turn) show(found);
  };
  setTimeout(() => void ask(), query === '' ? 0 : PAUSE_MS);
}

async function askBot({ surface, blockId, element }: Control, id: string, value: string): Promise<Found> {
  const answer = await perform(
    'options',
    { container: surface.container, block_id: blockId, action_id: element.action_id ?? '', value },
    { busy: `options ${id}`, refusal: `options ${id}` },
  );
  if (!answer) return { options: [], note: state.refusals.get(`options ${id}`) ?? 'The choices could not be loaded.' };
  const groups = (answer['option_groups'] ?? []) as OptionGroup[];
  const options = (answer['options'] ?? groups.flatMap((group) => group.options)) as Option[];
  return { options, note: options.length > 0 ? '' : 'Nothing matches.' };
}
