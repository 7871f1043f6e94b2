import type { App, BlockAction, GlobalShortcut, RespondFn, ViewOutput, ViewSubmitAction } from '@slack/bolt';
import { CountersignError } from '../core/errors.ts';
import { ACTIONS } from '../core/slack/actions.ts';
import { changeIssue } from './actions/change-issue.ts';
import { clickAcknowledge, clickApprove, clickDeny, clickWithdraw } from './actions/decide.ts';
import { clickOpenIssue, clickOpenSettings, clickOpenSites } from './actions/open.ts';
import { clickRemoveSite } from './actions/remove-site.ts';
import { clickSaved } from './actions/saved.ts';
import { clickNotReceived, clickShowOnce } from './actions/show.ts';
import { suggestSites } from './actions/site-options.ts';
import { runMtls } from './commands/mtls.ts';
import { REMOVE_SITE_ACTION } from './commands/site-remove.ts';
import type { BotDeps } from './deps.ts';
import { publishHome } from './home/opened.ts';
import { answering, answeringSubmission, explain, refuseWhenBusy } from './middleware/answer.ts';
import { readPerson } from './middleware/person.ts';
import { answerCommand, answerMessageClick, answerWithModal } from './middleware/ways.ts';
import type { ActionHandler, ActionTurn, SubmissionHandler, SubmittedView, TurnHandler } from './turn.ts';
import { clickApprovalDetails } from './views/approval-details.ts';
import { DENY_VIEW, submitDeny } from './views/deny.ts';
import { ISSUE_ACTIONS, ISSUE_VIEW } from './views/issue-form.ts';
import { submitIssue } from './views/issue-submit.ts';
import { openIssue } from './views/open-issue.ts';
import { clickRenew } from './views/open-renew.ts';
import { clickRotate, submitRotate } from './views/open-rotate.ts';
import { ROTATE_VIEW } from './views/rotate.ts';
import { SETTINGS_VIEW } from './views/settings-form.ts';
import { submitSettings } from './views/settings-submit.ts';

const CLICKS: Readonly<Record<string, ActionHandler>> = {
  [ACTIONS.openIssue]: clickOpenIssue,
  [ACTIONS.openSettings]: clickOpenSettings,
  [ACTIONS.openSites]: clickOpenSites,
  [ACTIONS.openRenew]: clickRenew,
  [ACTIONS.openRotate]: clickRotate,
  [ACTIONS.showOnce]: clickShowOnce,
  [ACTIONS.notReceived]: clickNotReceived,
  [ACTIONS.saved]: clickSaved,
  [ACTIONS.approve]: clickApprove,
  [ACTIONS.deny]: clickDeny,
  [ACTIONS.acknowledge]: clickAcknowledge,
  [ACTIONS.withdraw]: clickWithdraw,
  [ACTIONS.approvalDetails]: clickApprovalDetails,
  [REMOVE_SITE_ACTION]: clickRemoveSite,
  [ISSUE_ACTIONS.method]: changeIssue,
  [ISSUE_ACTIONS.validity]: changeIssue,
};

const SUBMISSIONS: Readonly<Record<string, SubmissionHandler>> = {
  [ISSUE_VIEW]: submitIssue,
  [ROTATE_VIEW]: submitRotate,
  [SETTINGS_VIEW]: submitSettings,
  [DENY_VIEW]: submitDeny,
};

const SHORTCUTS: Readonly<Record<string, TurnHandler>> = {
  mtls_issue: (deps, turn) => openIssue(deps, turn, undefined),
};

/** An old message may have a button that nothing answers any more; its click gets a sentence like every other. */
const unknownClick: ActionHandler = async () => {
  throw new CountersignError('not_found', {
    userMessage: 'This button does nothing any more. Type `/mtls` to see what you can do.',
  });
};

/**
 * One listener for each kind of thing that Slack sends, which finds the handler by its name. Bolt would run every
 * listener that matches, and answer what matches none with an error.
 */
export function addListeners(app: App, deps: BotDeps): void {
  const { logger } = deps;

  app.command(/.*/, ({ ack, respond, body, client, context }) => {
    const answer = answerCommand(ack, respond);
    return answering(logger, answer, async () => {
      refuseWhenBusy(context);
      const person = readPerson(body);
      await runMtls(deps, { person, client, triggerId: body.trigger_id, text: body.text ?? '', ...answer });
    });
  });

  app.action<BlockAction>({ type: 'block_actions' }, ({ ack, respond, body, client, context, action }) => {
    const turn = readClick({ ack, respond, body, client });
    return answering(logger, turn, async () => {
      refuseWhenBusy(context);
      const handler = CLICKS[action.action_id] ?? unknownClick;
      await handler(deps, {
        ...turn,
        client,
        person: readPerson(body),
        triggerId: body.trigger_id,
        value: chosenValue(action),
      });
    });
  });

  app.view<ViewSubmitAction>(/.*/, async ({ ack, body, client, context }) => {
    const view = readView(body.view);
    const answer = await answeringSubmission(logger, { view }, async () => {
      refuseWhenBusy(context);
      const handler = SUBMISSIONS[body.view.callback_id];
      if (!handler) throw new CountersignError('not_found');
      return handler(deps, { person: readPerson(body), client, view });
    });
    await ack(answer);
  });

  app.shortcut<GlobalShortcut>({ type: 'shortcut' }, ({ ack, body, client, context }) => {
    const answer = answerWithModal(ack, client, body.trigger_id, 'open');
    return answering(logger, answer, async () => {
      refuseWhenBusy(context);
      const handler = SHORTCUTS[body.callback_id];
      if (!handler) throw new CountersignError('not_found');
      await handler(deps, { person: readPerson(body), client, triggerId: body.trigger_id, ...answer });
    });
  });

  app.options<'block_suggestion'>({ type: 'block_suggestion' }, async ({ ack, body, context }) => {
    let options: Awaited<ReturnType<typeof suggestSites>> = [];
    try {
      refuseWhenBusy(context);
      options = await suggestSites(deps, { person: readPerson(body), typed: body.value });
    } catch (thrown) {
      // A menu has no room for a sentence: it stays empty.
      explain(logger, thrown);
    }
    await ack({ options });
  });

  app.event('subteam_members_changed', async ({ event }) => deps.groups.forget(event.subteam_id));
  app.event('subteam_updated', async ({ event }) => deps.groups.forget(event.subteam.id));

  app.event('app_home_opened', async ({ event, body, client }) => {
    if (event.tab !== 'home') return;
    // Nobody waits for an answer to an event; what fails here is drawn when the Home is opened again.
    await publishHome(deps, { person: readPerson(body), client }).catch((thrown: unknown) => explain(logger, thrown));
  });
}

type Click = Parameters<typeof readClick>[0];

/** How a click is answered depends on where it was made. */
function readClick(click: {
  ack: () => Promise<void>;
  respond: RespondFn;
  body: BlockAction;
  client: ActionTurn['client'];
}): Pick<ActionTurn, 'done' | 'tell' | 'message' | 'view' | 'respond'> {
  const { ack, respond, body, client } = click;
  const view = body.view ? readView(body.view) : undefined;
  const message = view ? undefined : readMessage(body);
  const answer = message
    ? answerMessageClick(ack, respond, { client, channel: message.channel, user: body.user.id })
    : answerWithModal(ack, client, body.trigger_id, view?.type === 'modal' ? 'push' : 'open');
  return {
    ...answer,
    view,
    message,
    respond: async (reply) => {
      if (!message) throw new CountersignError('invalid_input');
      await respond(reply);
    },
  };
}

function readMessage(body: Click['body']): ActionTurn['message'] {
  const container = body.container as { channel_id?: string; message_ts?: string };
  if (!container.channel_id || !container.message_ts || !body.response_url) return undefined;
  return { channel: container.channel_id, ts: container.message_ts, responseUrl: body.response_url };
}

function readView(view: ViewOutput): SubmittedView {
  return {
    id: view.id,
    rootId: view.root_view_id ?? view.id,
    callbackId: view.callback_id,
    type: view.type,
    hash: view.hash,
    privateMetadata: view.private_metadata,
    values: (view.state?.values ?? {}) as SubmittedView['values'],
  };
}

function chosenValue(action: BlockAction['actions'][number]): string {
  const { value, selected_option } = action as { value?: string; selected_option?: { value?: string } | null };
  return value ?? selected_option?.value ?? '';
}
