import { validateView } from '../blockkit/validate.ts';
import type { Client, OpenModal } from './clients.ts';
import { InteractionFailed } from './delivery.ts';
import { byLabel } from './finding.ts';
import { pushView, type RawView, replaceView } from './views.ts';
import type { World } from './world.ts';

export type SubmitResult = {
  outcome: 'closed' | 'cleared' | 'updated' | 'pushed' | 'refused';
  errors: Record<string, string>;
};

/** What the app's answer to a `view_submission` does to the window; without one the view closes. */
export function applySubmission(world: World, client: Client, modal: OpenModal, body: unknown): SubmitResult {
  const answer = (typeof body === 'object' ? body : undefined) as
    | { response_action?: string; view?: RawView; errors?: Record<string, string> }
    | undefined;
  switch (answer?.response_action) {
    case undefined:
      client.modals = client.modals.filter((other) => other !== modal);
      return { outcome: 'closed', errors: {} };
    case 'clear':
      client.modals = [];
      return { outcome: 'cleared', errors: {} };
    case 'update':
      replaceView(world, modal, checkedView(world, answer.view));
      return { outcome: 'updated', errors: {} };
    case 'push': {
      const pushed = pushView(world, client, checkedView(world, answer.view));
      if (typeof pushed === 'string') throw failed(world, pushed, []);
      return { outcome: 'pushed', errors: {} };
    }
    case 'errors':
      return showErrors(world, modal, answer.errors ?? {});
    default:
      throw failed(world, 'invalid_response_action', []);
  }
}

/** Keys must be `block_id`s of input blocks; otherwise Slack shows nothing but "We had some trouble connecting". */
function showErrors(world: World, modal: OpenModal, errors: Record<string, string>): SubmitResult {
  const inputs = new Set(modal.view.blocks.filter(({ type }) => type === 'input').map(({ block_id }) => block_id));
  const unknown = Object.keys(errors).filter((key) => !inputs.has(key));
  if (unknown.length > 0 || Object.keys(errors).length === 0) {
    throw failed(
      world,
      'invalid_errors',
      unknown.map((key) => `[ERROR] "${key}" is not the block_id of an input block`),
    );
  }
  modal.errors = errors;
  return { outcome: 'refused', errors: byLabel(modal.view, errors) };
}

function checkedView(world: World, view: unknown): RawView {
  const problems = validateView(view);
  if (problems.length === 0) return view as RawView;
  throw failed(
    world,
    'invalid_view',
    problems.map(({ message, pointer }) => `[ERROR] ${message} [json-pointer:${pointer}]`),
  );
}

function failed(world: World, error: string, messages: string[]): InteractionFailed {
  world.report('view_submission answer', error, messages);
  return new InteractionFailed('dispatch_failed', `Slack cannot use the app's answer (${error}) ${messages.join(' ')}`);
}
