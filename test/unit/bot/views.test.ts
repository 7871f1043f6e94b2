import type { ModalView } from '@slack/types';
import { describe, expect, it } from 'vitest';
import { buildHelp } from '../../../bot/commands/help.ts';
import { buildSiteList } from '../../../bot/commands/site-list.ts';
import { buildRemoveQuestion } from '../../../bot/commands/site-remove.ts';
import { buildUnknown } from '../../../bot/commands/unknown.ts';
import type { SubmittedView } from '../../../bot/turn.ts';
import { defaultName } from '../../../bot/views/issue/default-name.ts';
import { type IssueForm, readIssueForm, showsWhatItNeeds } from '../../../bot/views/issue/form.ts';
import { buildRecordedView } from '../../../bot/views/issue/recorded.ts';
import { buildIssueView, type IssueChoices } from '../../../bot/views/issue/view.ts';
import {
  parseReminders,
  readSettingsForm,
  SECTIONS,
  type Section,
  type SettingsForm,
} from '../../../bot/views/settings/form.ts';
import type { SettingsModel } from '../../../bot/views/settings/model.ts';
import { buildSettingsView } from '../../../bot/views/settings/view.ts';
import { GATE_NAMES } from '../../../core/approvals/gates.ts';
import { checkCommonName } from '../../../core/ca/profile.ts';
import type { Role } from '../../../core/store/rows.ts';
import { assertMessage, assertView } from '../../../sandbox/blockkit/assert.ts';

const roles = (...names: Role[]): ReadonlySet<Role> => new Set(names);
const monsters = [
  'x'.repeat(300),
  '💥👩‍👩‍👧‍👦'.repeat(60),
  '\u202eمرحبا بالعالم'.repeat(20),
  '*_`~<@U1>&amp;<!channel>|'.repeat(12),
];
const longSite = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(57)}.example.com`;
const manySites = Array.from({ length: 500 }, (_, i) => ({
  id: `id-${i}`,
  name: `${i}.${longSite}`.slice(-253),
  state: 'active' as const,
}));

const form = (set: Partial<IssueForm> = {}): IssueForm => ({
  site: { id: 'one', name: 'example.com' },
  name: 'alice-example.com',
  method: 'system',
  csr: '',
  keyType: 'ec-p256',
  validity: '365',
  days: '',
  ...set,
});
const choices = (set: Partial<IssueChoices> = {}): IssueChoices => ({
  sites: [{ id: 'one', name: 'example.com' }],
  defaultDays: 365,
  maxDays: 3650,
  ...set,
});

function labels(view: ModalView): string[] {
  return view.blocks.flatMap((block) =>
    block.type === 'input' ? [(block as { label: { text: string } }).label.text] : [],
  );
}

function element(view: ModalView, blockId: string): Record<string, unknown> {
  const block = view.blocks.find(({ block_id }) => block_id === blockId) as unknown as {
    element: Record<string, unknown>;
  };
  return block.element;
}

describe('Create Certificate', () => {
  it('asks for what a system-generated key needs', () => {
    const view = buildIssueView(choices(), form());
    assertView(view);
    expect(view.title.text).toBe('Create Certificate');
    expect(labels(view)).toEqual([
      'Site',
      'Name',
      'CSR Generation Method',
      'Private Key Type',
      'Certificate Validity Period',
    ]);
  });

  it('asks for the CSR and not for a key type with an own CSR', () => {
    const view = buildIssueView(choices(), form({ method: 'csr' }));
    assertView(view);
    expect(labels(view)).toEqual([
      'Site',
      'Name',
      'CSR Generation Method',
      'CSR',
      'Or the CSR as a File',
      'Certificate Validity Period',
    ]);
    expect(JSON.stringify(view)).toContain('openssl req -new');
  });

  it('asks for the days only with a custom validity', () => {
    const view = buildIssueView(choices({ maxDays: 90, defaultDays: 30 }), form({ validity: 'custom', days: '12' }));
    assertView(view);
    expect(labels(view)).toContain('Days');
    expect(element(view, 'days')).toMatchObject({ max_value: '90', initial_value: '12' });
  });

  it('offers the periods within the limit, the default of the account among them', () => {
    const offered = (set: Partial<IssueChoices>) => {
      const { options, initial_option } = element(buildIssueView(choices(set), form({ validity: '' })), 'validity') as {
        options: { value: string }[];
        initial_option: { value: string };
      };
      return [options.map(({ value }) => value).join(' '), initial_option.value];
    };
    expect(offered({})).toEqual(['1 7 30 90 180 365 730 1825 3650 custom', '365']);
    expect(offered({ maxDays: 90, defaultDays: 45 })).toEqual(['1 7 30 45 90 custom', '45']);
    expect(offered({ maxDays: 10, defaultDays: 365 })).toEqual(['1 7 10 custom', '10']);
  });

  it('searches instead of listing when there are more sites than a menu holds', () => {
    expect(element(buildIssueView(choices({ sites: manySites.slice(0, 100) }), form()), 'site')['type']).toBe(
      'static_select',
    );
    const view = buildIssueView(choices({ sites: manySites }), form({ site: manySites[3] }));
    assertView(view);
    expect(element(view, 'site')).toMatchObject({ type: 'external_select', initial_option: { value: 'id-3' } });
  });

  it.each(monsters)('is a view that Slack takes, whatever it is filled with: %s', (monster) => {
    for (const method of ['system', 'csr'] as const) {
      for (const sites of [[{ id: 'one', name: monster }], manySites.slice(0, 100), manySites]) {
        assertView(
          buildIssueView(
            choices({ sites, notice: monster }),
            form({ site: sites[0], name: monster, method, csr: monster.repeat(20), validity: 'custom', days: monster }),
          ),
        );
      }
    }
  });

  it('keeps what is typed when other fields are shown, also of fields that are hidden meanwhile', () => {
    const first = form({ name: 'bob', keyType: 'rsa-4096', validity: 'custom', days: '12' });
    const hidden = readIssueForm(
      submitted(buildIssueView(choices(), { ...first, method: 'csr', csr: 'PEM', validity: '7' })),
    );
    expect(hidden).toEqual({ ...first, method: 'csr', csr: 'PEM', validity: '7' });
    expect(readIssueForm(submitted(buildIssueView(choices(), first)))).toEqual(first);
  });

  it('notices when it does not show what its choices ask for', () => {
    const view = submitted(buildIssueView(choices(), form()));
    expect(showsWhatItNeeds(view, form())).toBe(true);
    expect(showsWhatItNeeds(view, form({ method: 'csr' }))).toBe(false);
    expect(showsWhatItNeeds(view, form({ validity: 'custom' }))).toBe(false);
  });
});

/** The view as it comes back when nothing was changed in it. */
function submitted(view: ModalView): SubmittedView {
  const values = view.blocks.flatMap((block) => {
    if (block.type !== 'input') return [];
    const { block_id, element } = block as unknown as { block_id: string; element: Record<string, unknown> };
    const value = {
      value: element['initial_value'] ?? null,
      selected_option: element['initial_option'] ?? null,
      selected_options: element['initial_options'] ?? [],
      selected_users: element['initial_users'] ?? [],
      selected_conversation: element['initial_conversation'] ?? null,
    };
    return [[block_id, { [element['action_id'] as string]: value }]];
  });
  return {
    id: 'V1',
    rootId: 'V1',
    callbackId: view.callback_id ?? '',
    under: [],
    type: 'modal',
    hash: 'h',
    privateMetadata: view.private_metadata ?? '',
    values: Object.fromEntries(values),
  };
}

describe('the name to begin with', () => {
  it.each([
    ['alice', 'example.com', 'alice-example.com'],
    ['Älice Ünder.Score', 'example.com', 'alice-under-score-example.com'],
    ['', 'example.com', 'u0alice-example.com'],
    ['💥', 'example.com', 'u0alice-example.com'],
    ['alice', longSite, 'alice'],
    ['alice', undefined, 'alice'],
  ])('of %j at %j', (userName, site, name) => {
    expect(defaultName({ userId: 'U0ALICE', userName }, site)).toBe(name);
  });

  it.each(monsters)('can be used as it is, also for a person called %s', (userName) => {
    const name = defaultName({ userId: 'U0ALICE', userName }, 'example.com');
    expect(checkCommonName(name)).toBe(name);
  });
});

it.each(['system', 'csr'] as const)('what was recorded (%s) is said in a view that Slack takes', (method) => {
  for (const name of ['alice', ...monsters]) {
    const common = { siteId: 's', name: name.slice(0, 256), validityDays: 365 };
    const payload =
      method === 'csr' ? { method, csr: 'AA==', ...common } : { method, keyType: 'ec-p256' as const, ...common };
    for (const notices of [[], ['The BEGIN line was missing.'], Array(40).fill(name)]) {
      for (const beyond of [true, false])
        assertView(buildRecordedView({ payload, siteName: longSite, notices, beyond }));
    }
  }
});

describe('Settings', () => {
  const form = (set: Partial<SettingsForm> = {}): SettingsForm => ({
    administrators: ['U0ADA'],
    operators: [],
    approvers: [],
    viewers: [],
    auditChannel: null,
    approvalChannel: null,
    defaultValidityDays: 365,
    longValidityDays: 1825,
    fourEyes: true,
    openGates: [],
    guardedSites: [],
    keyDelivery: 'message',
    reminders: '30, 14, 7, 2',
    uploadedLimit: '5',
    ...set,
  });
  const model = (set: Partial<SettingsModel> = {}): SettingsModel => ({
    opened: form(),
    version: 0,
    maxValidityDays: 3650,
    sites: [{ id: 'one', name: 'example.com' }],
    workspace: { groups: [{ id: 'S1', handle: 'platform', name: 'Platform' }] },
    approvers: 1,
    linksPossible: true,
    ...set,
  });
  const sections = Object.keys(SECTIONS) as Section[];
  const people = Array.from({ length: 50 }, (_, i) => `U0PERSON${i}`);
  const groups = Array.from({ length: 50 }, (_, i) => `S0GROUP${i}`);
  const much = form({
    administrators: [...people, ...groups],
    operators: [...people, ...groups],
    approvers: [...people, ...groups],
    viewers: [...people, ...groups],
    auditChannel: 'C0AUDIT',
    approvalChannel: 'C0APPROVE',
    defaultValidityDays: 400,
    longValidityDays: 3000,
    fourEyes: false,
    openGates: [...GATE_NAMES],
    guardedSites: manySites.slice(0, 100).map(({ id }) => id),
    keyDelivery: 'link',
    reminders: '9'.repeat(300),
  });

  it.each(sections)('%s is a view that Slack takes, with little and with much in it', (section) => {
    assertView(buildSettingsView(model(), section, form()));
    const nothing = { sites: [], workspace: { groups: [], problem: 'There are none.' }, linksPossible: false };
    assertView(buildSettingsView(model(nothing), section, form({ administrators: [] })));
    const monstrous = monsters.map((name, i) => ({ id: `S${i}`, handle: name, name }));
    for (const sites of [manySites.slice(0, 100), manySites]) {
      const full = model({ opened: much, sites, maxValidityDays: 300, workspace: { groups: monstrous } });
      assertView(buildSettingsView(full, section, much));
    }
  });

  it('have their fields by name, section by section', () => {
    const shown = (section: Section) => labels(buildSettingsView(model(), section, form())).slice(1);
    expect(shown('roles').filter((label) => !label.includes('Groups'))).toEqual([
      'Administrators',
      'Operators',
      'Approvers',
      'Viewers',
    ]);
    expect(shown('roles')).toContain('Approvers: User Groups');
    expect(shown('channels')).toEqual(['Audit Channel', 'Approval Channel']);
    expect(shown('certificates')).toEqual([
      'Default Validity',
      'Second Person for Validity Longer Than',
      'Guarded Sites',
      'Custom CAs at Most',
    ]);
    expect(shown('four_eyes')).toEqual(['Four Eyes', 'Needs a Second Person']);
    expect(shown('key_delivery')).toEqual(['Key Delivery']);
    expect(shown('reminders')).toEqual(['Remind (days before the end)']);
  });

  it('offer groups only where there are some or one has a role', () => {
    const none = { workspace: { groups: [] } };
    const shown = (set: Partial<SettingsForm>) => labels(buildSettingsView(model(none), 'roles', form(set)));
    expect(shown({}).some((label) => label.includes('Groups'))).toBe(false);
    expect(shown({ viewers: ['S1'] }).filter((label) => label.includes('Groups'))).toEqual(['Viewers: User Groups']);
  });

  it('keep what was changed, whichever section is shown', () => {
    const changed = form({
      administrators: ['U0BOB', 'S1'],
      viewers: ['U0EVE'],
      auditChannel: 'C0AUDIT',
      defaultValidityDays: 30,
      longValidityDays: 90,
      fourEyes: false,
      openGates: ['release', 'roles'],
      guardedSites: ['one'],
      keyDelivery: 'link',
      reminders: 'soon',
    });
    for (const section of sections) {
      const read = readSettingsForm(submitted(buildSettingsView(model({ version: 7 }), section, changed)), form());
      expect(read.form).toEqual({ ...changed, openGates: expect.arrayContaining(changed.openGates) });
      expect(read).toMatchObject({ seenVersion: 7, shown: section, wanted: section });
    }
  });

  it('say it when more was changed than a view can keep', () => {
    expect(() => buildSettingsView(model(), 'channels', much)).toThrowError(/Save this section first/);
  });

  it.each([
    ['30, 14, 7, 2', [30, 14, 7, 2]],
    [' 2 14;7  30,30 ', [30, 14, 7, 2]],
    ['', []],
  ])('reminders typed as %j are %j', (typed, days) => {
    expect(parseReminders(typed)).toEqual(days);
  });

  it.each(['0', '-1', '366', '1.5', 'a week', '30, x', '99999999999999999999', '1 2 3 4 5 6 7 8 9 10 11'])(
    'reminders typed as %j are refused',
    (typed) => {
      expect(() => parseReminders(typed)).toThrowError();
    },
  );
});

describe('messages and the Home', () => {
  const everything = roles('administrator', 'operator', 'approver', 'viewer');
  const administrators = ['U0ADA', 'U0BOB'];
  const siteSets = [[], manySites.slice(0, 1), manySites];

  it('help offers what the roles allow, and nothing else', () => {
    const offered = (names: Role[]) => JSON.stringify(buildHelp({ roles: roles(...names), administrators }));
    expect(offered(['operator'])).toContain('open_issue');
    expect(offered(['operator'])).not.toContain('open_settings');
    expect(offered(['administrator'])).not.toContain('open_issue');
    expect(offered(['viewer'])).toContain('open_sites');
    expect(offered([])).toContain('<@U0ADA>');
    for (const names of [[], ['viewer'], [...everything]] as Role[][]) {
      assertMessage(buildHelp({ roles: roles(...names), administrators }));
    }
    assertMessage(buildHelp({ roles: roles(), administrators: [] }));
  });

  it('an unknown word is answered with what was meant, and a button where one helps', () => {
    const cases = [
      buildUnknown({ kind: 'unknown', typed: 'isue', nearest: 'issue' }),
      buildUnknown({ kind: 'unknown', typed: 'hlep', nearest: 'help' }),
      buildUnknown({ kind: 'unknown', typed: 'stie', nearest: 'site' }),
      buildUnknown({ kind: 'unknown', typed: 'setings', nearest: 'settings' }),
      buildUnknown({ kind: 'unknown_site_word', typed: 'lsit', nearest: 'list' }),
      buildUnknown({ kind: 'unknown_site_word', typed: 'delete', nearest: undefined }),
      ...monsters.map((typed) => buildUnknown({ kind: 'unknown', typed, nearest: undefined })),
    ];
    for (const message of cases) assertMessage(message);
    expect(cases[0]?.text).toContain('Did you mean `issue`?');
    expect(JSON.stringify(cases[0])).toContain('open_issue');
  });

  it('sites are listed, as many as fit', () => {
    for (const sites of siteSets) for (const mayAdd of [true, false]) assertMessage(buildSiteList(sites, mayAdd));
    expect(JSON.stringify(buildSiteList(manySites, true).blocks)).toMatch(/and \d+ more/);
    const pending = buildSiteList([{ name: 'example.com', state: 'pending' }], true);
    expect(JSON.stringify(pending)).toContain('waiting for proof');
  });

  it('the question before a removal is a message that Slack takes', () => {
    for (const name of ['example.com', longSite]) assertMessage(buildRemoveQuestion(name));
  });
});
