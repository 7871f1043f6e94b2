import type {
  App,
  BlockAction,
  GlobalShortcut,
  RespondFn,
  ViewClosedAction,
  ViewOutput,
  ViewSubmitAction,
} from '@slack/bolt';
import { CountersignError } from '../core/errors.ts';
import { ACTIONS } from '../core/slack/actions.ts';
import { clickCertificate, clickDownload, clickNewest, clickOlder } from './actions/certificate.ts';
import { changeIssue } from './actions/change-issue.ts';
import { changeRevoke } from './actions/change-revoke.ts';
import { changeSettings } from './actions/change-settings.ts';
import { clickAcknowledge, clickApprove, clickDeny, clickWithdraw } from './actions/decide.ts';
import { clickDeleteKey, clickDisableKey, clickEnableKey } from './actions/key.ts';
import {
  changeListOwner,
  clickNextPage,
  clickPreviousPage,
  clickRevokeAll,
  clickRevokeSelected,
  pickRow,
} from './actions/list.ts';
import { clickOpenIssue, clickOpenSettings, clickOpenSites } from './actions/open.ts';
import { clickRemoveSite } from './actions/remove-site.ts';
import { clickSaved } from './actions/saved.ts';
import { suggestGroups, suggestGuardedSites } from './actions/settings-options.ts';
import { clickNotReceived, clickShowOnce } from './actions/show.ts';
import { clickShowEdgeOnce } from './actions/show-edge.ts';
import { clickShowKeyOnce } from './actions/show-key.ts';
import {
  suggestBindSites,
  suggestListSites,
  suggestRuleSites,
  suggestSites,
  suggestUploadSites,
} from './actions/site-options.ts';
import { clickOpenBindings } from './commands/bindings.ts';
import { runMtls } from './commands/mtls.ts';
import { REMOVE_SITE_ACTION } from './commands/site-remove.ts';
import { clickDeleteRule, clickOpenRules, clickRule } from './commands/waf.ts';
import type { BotDeps } from './deps.ts';
import { publishHome } from './home/opened.ts';
import { answering, answeringSubmission, explain, refuseWhenBusy } from './middleware/answer.ts';
import { readPerson } from './middleware/person.ts';
import { answerCommand, answerMessageClick, answerWithModal } from './middleware/ways.ts';
import type {
  ActionHandler,
  ActionTurn,
  OptionsHandler,
  SubmissionHandler,
  SubmittedView,
  TurnHandler,
} from './turn.ts';
import { DENY_VIEW, submitDeny } from './views/approval/deny.ts';
import { clickApprovalDetails } from './views/approval/details.ts';
import { clickExport, EXPORT_VIEW, submitExport } from './views/audit/export.ts';
import { AUDIT_ACTIONS, AUDIT_VIEW } from './views/audit/form.ts';
import { clickClearAudit, clickNewerEvents, clickOlderEvents, submitAudit } from './views/audit/open.ts';
import { clickRotate, submitRotate } from './views/authority/open-rotate.ts';
import { ROTATE_VIEW } from './views/authority/rotate.ts';
import { BIND_ACTIONS, BIND_PREVIEW, BIND_VIEW } from './views/bind/form.ts';
import { changeBind, clickBind, clickBindBack } from './views/bind/open.ts';
import { submitBind, submitBindPreview } from './views/bind/submit.ts';
import { BLOCK_VIEW, clickBlock, submitBlock } from './views/ca-revocation/block.ts';
import { changeCrl, clickCrl, submitCrl } from './views/ca-revocation/crl.ts';
import { CRL_ACTIONS, CRL_VIEW } from './views/ca-revocation/crl-form.ts';
import { clickLift, LIFT_VIEW, submitLift } from './views/ca-revocation/lift.ts';
import { HISTORY_ACTIONS } from './views/certificate/history.ts';
import { clickDelete, DELETE_CA_VIEW, submitDelete } from './views/custom-ca/delete.ts';
import { UPLOAD_ACTIONS, UPLOAD_VIEW } from './views/custom-ca/form.ts';
import { clickCustomCa } from './views/custom-ca/show.ts';
import { clickUpload, submitUpload } from './views/custom-ca/upload.ts';
import { clickOpenEdgeAdd, EDGE_VIEW, submitEdge } from './views/edges/add.ts';
import { clickRemoveEdge } from './views/edges/load-list.ts';
import { ISSUE_ACTIONS, ISSUE_VIEW } from './views/issue/form.ts';
import { openIssue } from './views/issue/open.ts';
import { clickRenew } from './views/issue/open-renewal.ts';
import { submitIssue } from './views/issue/submit.ts';
import { KEY_SITES_ACTION, KEY_VIEW } from './views/key/form.ts';
import { KEY_LIST_ACTIONS } from './views/key/list.ts';
import { clickKeyPage } from './views/key/load-list.ts';
import { clickOpenKeyCreate, suggestKeySites } from './views/key/open.ts';
import { submitKey } from './views/key/submit.ts';
import { LIST_ACTIONS, LIST_VIEW } from './views/list/form.ts';
import { clickOpenList } from './views/list/open.ts';
import { submitList } from './views/list/submit.ts';
import { keepUnder, redrawUnder } from './views/redraw-under.ts';
import { REVOKE_ACTIONS } from './views/revoke/form.ts';
import { REVOKE_MANY_VIEW } from './views/revoke/many.ts';
import { clickRevoke } from './views/revoke/open.ts';
import { clickRelease, RELEASE_VIEW, submitRelease } from './views/revoke/release.ts';
import { submitRevoke } from './views/revoke/submit.ts';
import { submitRevokeMany } from './views/revoke/submit-many.ts';
import { REVOKE_VIEW } from './views/revoke/view.ts';
import { RULE_ACTIONS, RULE_PREVIEW, RULE_VIEW } from './views/rule/form.ts';
import { changeRule, changeRuleMode, clickRuleAdd, clickRuleBack, suggestRuleHostnames } from './views/rule/open.ts';
import { clickRuleTest, clickRuleTestBack } from './views/rule/open-test.ts';
import { submitRule, submitRulePreview } from './views/rule/submit.ts';
import { submitRuleTest } from './views/rule/submit-test.ts';
import { RULE_TEST_BACK, RULE_TEST_VIEW } from './views/rule/test-form.ts';
import { GROUP_ACTIONS, GUARDED_SITES_ACTION, SETTINGS_SECTION, SETTINGS_VIEW } from './views/settings/form.ts';
import { submitSettings } from './views/settings/submit.ts';
import { splitMetadata } from './views/under.ts';

const CLICKS: Readonly<Record<string, ActionHandler>> = {
  [ACTIONS.openIssue]: clickOpenIssue,
  [ACTIONS.openSettings]: clickOpenSettings,
  [ACTIONS.openSites]: clickOpenSites,
  [ACTIONS.showOnce]: clickShowOnce,
  [ACTIONS.showKeyOnce]: clickShowKeyOnce,
  [ACTIONS.showEdgeOnce]: clickShowEdgeOnce,
  [ACTIONS.openEdgeAdd]: clickOpenEdgeAdd,
  [ACTIONS.removeEdge]: clickRemoveEdge,
  [ACTIONS.notReceived]: clickNotReceived,
  [ACTIONS.saved]: clickSaved,
  // Slack has opened the link by itself.
  [ACTIONS.openLink]: (_deps, turn) => turn.done(),
  [ACTIONS.approve]: clickApprove,
  [ACTIONS.deny]: clickDeny,
  [ACTIONS.acknowledge]: clickAcknowledge,
  [ACTIONS.withdraw]: clickWithdraw,
  [ACTIONS.approvalDetails]: clickApprovalDetails,
  [ACTIONS.openList]: clickOpenList,
  [ACTIONS.openCertificate]: clickCertificate,
  [ACTIONS.downloadFiles]: clickDownload,
  [ACTIONS.openRevoke]: clickRevoke,
  [ACTIONS.openRelease]: clickRelease,
  [ACTIONS.openRenew]: clickRenew,
  [ACTIONS.openRotate]: clickRotate,
  [ACTIONS.openBind]: clickBind,
  [ACTIONS.openBindings]: clickOpenBindings,
  [ACTIONS.openRules]: clickOpenRules,
  [ACTIONS.openRuleAdd]: clickRuleAdd,
  [ACTIONS.openRuleTest]: clickRuleTest,
  [ACTIONS.rule]: clickRule,
  [ACTIONS.deleteRule]: clickDeleteRule,
  [RULE_ACTIONS.site]: changeRule,
  [RULE_ACTIONS.mode]: changeRuleMode,
  [RULE_ACTIONS.verified]: changeRule,
  [RULE_ACTIONS.hostnames]: changeRule,
  [RULE_ACTIONS.action]: changeRule,
  [RULE_ACTIONS.back]: clickRuleBack,
  [RULE_TEST_BACK]: clickRuleTestBack,
  [BIND_ACTIONS.site]: changeBind,
  [BIND_ACTIONS.authority]: changeBind,
  [BIND_ACTIONS.back]: clickBindBack,
  [ACTIONS.openUpload]: clickUpload,
  [ACTIONS.openCustomCa]: clickCustomCa,
  [ACTIONS.openCrl]: clickCrl,
  [CRL_ACTIONS.kind]: changeCrl,
  [ACTIONS.openBlock]: clickBlock,
  [ACTIONS.openLift]: clickLift,
  [ACTIONS.openDeleteCustomCa]: clickDelete,
  [REVOKE_ACTIONS.reason]: changeRevoke,
  [LIST_ACTIONS.owner]: changeListOwner,
  [LIST_ACTIONS.pick]: pickRow,
  [LIST_ACTIONS.next]: clickNextPage,
  [LIST_ACTIONS.previous]: clickPreviousPage,
  [LIST_ACTIONS.revokeSelected]: clickRevokeSelected,
  [LIST_ACTIONS.revokeAll]: clickRevokeAll,
  [HISTORY_ACTIONS.older]: clickOlder,
  [HISTORY_ACTIONS.newest]: clickNewest,
  [ACTIONS.openKeyCreate]: clickOpenKeyCreate,
  [ACTIONS.disableKey]: clickDisableKey,
  [ACTIONS.enableKey]: clickEnableKey,
  [ACTIONS.deleteKey]: clickDeleteKey,
  [KEY_LIST_ACTIONS.next]: clickKeyPage,
  [KEY_LIST_ACTIONS.previous]: clickKeyPage,
  [REMOVE_SITE_ACTION]: clickRemoveSite,
  [ISSUE_ACTIONS.method]: changeIssue,
  [ISSUE_ACTIONS.validity]: changeIssue,
  [SETTINGS_SECTION.action]: changeSettings,
  [AUDIT_ACTIONS.older]: clickOlderEvents,
  [AUDIT_ACTIONS.newer]: clickNewerEvents,
  [AUDIT_ACTIONS.clear]: clickClearAudit,
  [AUDIT_ACTIONS.export]: clickExport,
};

const SUBMISSIONS: Readonly<Record<string, SubmissionHandler>> = {
  [ISSUE_VIEW]: submitIssue,
  [BIND_VIEW]: submitBind,
  [BIND_PREVIEW]: submitBindPreview,
  [RULE_VIEW]: submitRule,
  [RULE_PREVIEW]: submitRulePreview,
  [RULE_TEST_VIEW]: submitRuleTest,
  [ROTATE_VIEW]: submitRotate,
  [UPLOAD_VIEW]: submitUpload,
  [CRL_VIEW]: submitCrl,
  [BLOCK_VIEW]: submitBlock,
  [LIFT_VIEW]: submitLift,
  [DELETE_CA_VIEW]: submitDelete,
  [LIST_VIEW]: submitList,
  [SETTINGS_VIEW]: submitSettings,
  [DENY_VIEW]: submitDeny,
  [REVOKE_VIEW]: submitRevoke,
  [REVOKE_MANY_VIEW]: submitRevokeMany,
  [RELEASE_VIEW]: submitRelease,
  [KEY_VIEW]: submitKey,
  [EDGE_VIEW]: submitEdge,
  [AUDIT_VIEW]: submitAudit,
  [EXPORT_VIEW]: submitExport,
};

const SUGGESTIONS: Readonly<Record<string, OptionsHandler>> = {
  [ISSUE_ACTIONS.site]: suggestSites,
  [BIND_ACTIONS.site]: suggestBindSites,
  [RULE_ACTIONS.site]: suggestRuleSites,
  [RULE_ACTIONS.hostnames]: suggestRuleHostnames,
  [UPLOAD_ACTIONS.site]: suggestUploadSites,
  [LIST_ACTIONS.site]: suggestListSites,
  [KEY_SITES_ACTION]: suggestKeySites,
  [GUARDED_SITES_ACTION]: suggestGuardedSites,
  ...Object.fromEntries(GROUP_ACTIONS.map((action) => [action, suggestGroups])),
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
    await ack(keepUnder(answer, view));
    if (answer.response_action === 'update') await redrawUnder(deps, { body, client, under: view.under });
  });

  // The answer to a form tells what came of it; whoever closes it looks at what lies below.
  app.view<ViewClosedAction>({ type: 'view_closed', callback_id: /.*/ }, async ({ ack, body, client }) => {
    await ack();
    if (body.is_cleared) return;
    await redrawUnder(deps, { body, client, under: readView(body.view).under });
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
    let options: Awaited<ReturnType<OptionsHandler>> = [];
    try {
      refuseWhenBusy(context);
      const suggest = SUGGESTIONS[body.action_id];
      if (suggest)
        options = await suggest(deps, { person: readPerson(body), typed: body.value, blockId: body.block_id });
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
  const { own, under } = splitMetadata(view.private_metadata);
  return {
    id: view.id,
    rootId: view.root_view_id ?? view.id,
    callbackId: view.callback_id,
    type: view.type,
    hash: view.hash,
    privateMetadata: own,
    under,
    values: (view.state?.values ?? {}) as SubmittedView['values'],
  };
}

function chosenValue(action: BlockAction['actions'][number]): string {
  const { value, selected_option } = action as { value?: string; selected_option?: { value?: string } | null };
  return value ?? selected_option?.value ?? '';
}
