import type { InputBlock, KnownBlock, PlainTextOption } from '@slack/types';
import { isGroup } from '../../../core/access/groups.ts';
import type { RoleList } from '../../../core/settings/in-force.ts';
import { context, plain } from '../../../core/slack/blocks.ts';
import type { WorkspaceGroup } from '../../workspace-groups.ts';
import { groupsBlock, SETTINGS_FIELDS, type SettingsForm } from './form.ts';
import { action, choice, chosenAtFirst, field } from './input.ts';
import type { SettingsModel } from './model.ts';

/** As many as a request holds, people and groups together. */
export const MOST_HOLDERS = 100;

const ROLES: readonly [list: RoleList, label: string, hint: string][] = [
  ['administrators', 'Administrators', 'Manage sites and these settings. At least one, chosen as a person.'],
  ['operators', 'Operators', 'Create certificates.'],
  ['approvers', 'Approvers', 'Decide on requests that need a second person.'],
  ['viewers', 'Viewers', 'See sites and certificates.'],
];

/** Who has which role: people, and user groups where the workspace has some. */
export function roleFields(model: SettingsModel, form: SettingsForm): KnownBlock[] {
  const { groups, problem } = model.workspace;
  const blocks = ROLES.flatMap(([list, label, hint]): InputBlock[] => [
    peopleField(list, label, hint, form),
    ...(groups.length > 0 || form[list].some(isGroup) ? [groupField(list, label, groups, form)] : []),
  ]);
  return [
    context('Roles do not include one another: an administrator who also issues certificates is both.'),
    ...blocks,
    ...(problem === undefined ? [] : [context(problem)]),
    ...(groups.length === 0
      ? []
      : [
          context('Whoever can edit a user group in Slack decides who has its roles. Choose groups that few can edit.'),
        ]),
  ];
}

function peopleField(list: RoleList, label: string, hint: string, form: SettingsForm): InputBlock {
  const { block } = SETTINGS_FIELDS[list];
  const chosen = form[list].filter((id) => !isGroup(id)).slice(0, MOST_HOLDERS);
  return {
    ...field(block, label, hint, list !== 'administrators'),
    element: {
      type: 'multi_users_select',
      ...action(block),
      placeholder: plain('Choose people'),
      max_selected_items: MOST_HOLDERS,
      ...(chosen.length === 0 ? {} : { initial_users: chosen }),
    },
  };
}

function groupField(list: RoleList, label: string, groups: readonly WorkspaceGroup[], form: SettingsForm): InputBlock {
  const block = groupsBlock(list);
  const chosen = form[list].filter(isGroup).slice(0, MOST_HOLDERS);
  return {
    ...field(block, `${label}: User Groups`, undefined, true),
    element: {
      type: 'multi_external_select',
      ...action(block),
      placeholder: plain('Choose user groups'),
      min_query_length: 0,
      max_selected_items: MOST_HOLDERS,
      ...chosenAtFirst(chosen.map((id) => groupOption(groups.find((group) => group.id === id) ?? unknownGroup(id)))),
    },
  };
}

export function groupOption({ id, handle, name }: WorkspaceGroup): PlainTextOption {
  return choice(name === '' ? `@${handle}` : `@${handle} (${name})`, id);
}

/** A group that Slack does not list: it is gone or switched off, and its members have no role through it. */
const unknownGroup = (id: string): WorkspaceGroup => ({ id, handle: id, name: 'not there any more' });
