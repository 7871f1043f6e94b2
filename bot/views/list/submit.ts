import { CountersignError } from '../../../core/errors.ts';
import { plainText } from '../../reply.ts';
import type { SubmissionHandler, SubmittedView } from '../../turn.ts';
import { firstPage, type ListState, listBlock, readListForm, readListState } from './form.ts';
import { drawList, loadListCaller } from './load.ts';
import { askedFor } from './words.ts';

/** *Search* in the list: shows what is asked for in its place, from the first page on. */
export const submitList: SubmissionHandler = async (deps, { person, view }) => {
  const listCaller = await loadListCaller(deps, person);
  const shown = readShown(view);
  const form = readListForm(view);
  if (form.owner === 'person' && form.person === undefined) {
    // Two quick changes may have crossed: the field is not there yet.
    return { response_action: 'update', view: await drawList(deps, listCaller, shown, { form }) };
  }
  const { userId } = listCaller.caller;
  const { filter, notUnderstood } = askedFor(form.search, form, { userId, sites: listCaller.sites });
  if (notUnderstood.length > 0) {
    return { response_action: 'errors', errors: { [listBlock('search', shown)]: plainText(notUnderstood.join(' ')) } };
  }
  return {
    response_action: 'update',
    view: await drawList(deps, listCaller, firstPage(filter, shown.round + 1)),
  };
};

/** @throws CountersignError when the metadata is not what was written there. */
export function readShown(view: SubmittedView): ListState {
  const shown = readListState(view.privateMetadata);
  if (shown) return shown;
  throw new CountersignError('invalid_input', {
    userMessage: 'This list cannot go on from here. Open it again with `/mtls list`.',
  });
}
