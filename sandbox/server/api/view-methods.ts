import { validateView } from '../../blockkit/validate.ts';
import type { Client } from '../clients.ts';
import { valuesOf } from '../form.ts';
import { viewJson } from '../payloads.ts';
import type { View } from '../state/model.ts';
import { openView, publishView, pushView, type RawView, updateView, type ViewError } from '../views.ts';
import { type Answer, ApiError, type Call, ExpectedError, refuseProblems } from './call.ts';

function readView(call: Call, type: 'modal' | 'home' | undefined): RawView {
  const view = call.json('view', 'invalid_arguments');
  refuseProblems(validateView(view), 'views');
  const raw = view as RawView;
  if (type && raw['type'] !== type) {
    throw new ApiError('invalid_arguments', {}, ['[ERROR] must be a valid enum value [json-pointer:/view/type]']);
  }
  return raw;
}

/** The window in which the person did what the trigger stands for. The view is checked first, as Slack does. */
function exchangeTrigger(call: Call): Client {
  const trigger = call.world.triggers.exchange(call.get('trigger_id') ?? call.get('interactivity_pointer'));
  if (typeof trigger === 'string') throw new ApiError(trigger);
  const client = call.world.clients.get(trigger.clientId);
  if (!client) throw new ApiError('expired_trigger_id');
  return client;
}

function answer(call: Call, view: View | ViewError): Answer {
  if (typeof view === 'string') throw new ApiError(view);
  return { view: viewJson(call.world, view, valuesOf(view)) };
}

function open(call: Call): Answer {
  const view = readView(call, 'modal');
  return answer(call, openView(call.world, exchangeTrigger(call), view));
}

function push(call: Call): Answer {
  const view = readView(call, 'modal');
  return answer(call, pushView(call.world, exchangeTrigger(call), view));
}

function update(call: Call): Answer {
  const view = readView(call, undefined);
  const target = { viewId: call.get('view_id'), externalId: call.get('external_id') };
  const updated = updateView(call.world, target, view, call.text('hash'));
  // Somebody closed it in the meantime: Slack answers this too, and it is no mistake of the app's.
  if (updated === 'not_found' && call.world.clients.wasClosed(target.viewId)) throw new ExpectedError(updated);
  return answer(call, updated);
}

function publish(call: Call): Answer {
  const view = readView(call, 'home');
  const user = call.world.store.user(call.required('user_id'));
  if (!user || user.deleted) throw new ApiError('invalid_arguments', {}, ['[ERROR] user_id does not match a user']);
  return answer(call, publishView(call.world, user.id, view, call.text('hash')));
}

export const viewMethods = {
  'views.open': open,
  'views.push': push,
  'views.update': update,
  'views.publish': publish,
};
