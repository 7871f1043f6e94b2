import { parseCommand } from '../parse.ts';
import type { CommandHandler } from '../turn.ts';
import { openAudit } from '../views/audit/open.ts';
import { openRotate } from '../views/authority/open-rotate.ts';
import { openBind } from '../views/bind/open.ts';
import { openCertificate } from '../views/certificate/open.ts';
import { openUpload } from '../views/custom-ca/upload.ts';
import { openEdgeAdd } from '../views/edges/add.ts';
import { openEdgeList, runEdgeRemove } from '../views/edges/load-list.ts';
import { openIssue } from '../views/issue/open.ts';
import { openKeyList } from '../views/key/load-list.ts';
import { openKeyCreate } from '../views/key/open.ts';
import { openList } from '../views/list/open.ts';
import { openRuleAdd, openRuleEdit, openRuleEnable } from '../views/rule/open.ts';
import { openRuleTest } from '../views/rule/open-test.ts';
import { openSettings } from '../views/settings/open.ts';
import { runBindings } from './bindings.ts';
import { runCa } from './ca.ts';
import { runCaList, runWithCustomCa } from './custom-ca.ts';
import { runHelp } from './help.ts';
import { runKeyDelete, runKeySwitch } from './key.ts';
import { runRevoke } from './revoke.ts';
import { runSiteAdd } from './site-add.ts';
import { runSiteList } from './site-list.ts';
import { runSiteRemove } from './site-remove.ts';
import { buildUnknown } from './unknown.ts';
import { runRuleDelete, runRuleDisable, runRuleList, runRuleMove } from './waf.ts';

/** `/mtls ...`: from what was typed to what does it. */
export const runMtls: CommandHandler = (deps, turn) => {
  const command = parseCommand(turn.text);
  switch (command.kind) {
    case 'help':
      return runHelp(deps, turn);
    case 'issue':
      return openIssue(deps, turn, command.site);
    case 'list':
      return openList(deps, turn, command.words);
    case 'show':
      return openCertificate(deps, turn, command.which);
    case 'revoke':
      return runRevoke(deps, turn, command.which);
    case 'bind':
      return openBind(deps, turn, { typed: command.site });
    case 'bindings':
      return runBindings(deps, turn, command.site);
    case 'site_list':
      return runSiteList(deps, turn);
    case 'site_add':
      return runSiteAdd(deps, turn, command.name);
    case 'site_remove':
      return runSiteRemove(deps, turn, command.name);
    case 'ca':
      return runCa(deps, turn);
    case 'ca_upload':
      return openUpload(deps, turn);
    case 'ca_list':
      return runCaList(deps, turn);
    case 'ca_show':
    case 'ca_bind':
    case 'ca_delete':
      return runWithCustomCa(deps, turn, command);
    case 'ca_rotate':
      return openRotate(deps, turn);
    case 'audit':
      return openAudit(deps, turn, command.words);
    case 'settings':
      return openSettings(deps, turn);
    case 'key_list':
      return openKeyList(deps, turn);
    case 'key_create':
      return openKeyCreate(deps, turn, command.name);
    case 'key_disable':
    case 'key_enable':
      return runKeySwitch(deps, turn, command.kind, command.name);
    case 'key_delete':
      return runKeyDelete(deps, turn, command.name);
    case 'edge_list':
      return openEdgeList(deps, turn);
    case 'edge_add':
      return openEdgeAdd(deps, turn, command.name);
    case 'edge_remove':
      return runEdgeRemove(deps, turn, command.name);
    case 'waf_list':
      return runRuleList(deps, turn, command.site);
    case 'waf_add':
      return openRuleAdd(deps, turn, command.site);
    case 'waf_test':
      return openRuleTest(deps, turn, command.site);
    case 'waf_edit':
      return openRuleEdit(deps, turn, command.which);
    case 'waf_enable':
      return openRuleEnable(deps, turn, command.which);
    case 'waf_disable':
      return runRuleDisable(deps, turn, command.which);
    case 'waf_move':
      return runRuleMove(deps, turn, command);
    case 'waf_delete':
      return runRuleDelete(deps, turn, command.which);
    case 'unknown':
    case 'unknown_key_word':
    case 'unknown_edge_word':
    case 'unknown_site_word':
    case 'unknown_waf_word':
      return turn.tell(buildUnknown(command));
  }
};
