import { describe, expect, it } from 'vitest';
import { unseal } from '../../../core/seal.ts';
import { insert, update } from '../../../core/store/plan.ts';
import type { Request } from '../../../core/store/rows.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { aCertificate, aRequest } from '../../support/rows.ts';
import { ACCOUNT, type BotRig, end, keys, seed, startBotRig } from './rig.ts';

type Set = { issue?: Partial<Request>; shownMsAgo?: number };

/** A lasting message with its buttons, as the worker would have posted it to alice. */
async function postReady(rig: BotRig, set: Set = {}) {
  const now = rig.clock.now();
  const issue = aRequest({
    state: 'waiting',
    createdAt: now,
    deadlineAt: new Date(now.getTime() + 3_600_000),
    payload: { method: 'system', siteId: 'site-1', name: 'alice-laptop', keyType: 'ec-p256', validityDays: 30 },
    ...set.issue,
  });
  const alice = rig.sandbox.person('U0ALICE');
  const certificate = aCertificate({
    accountId: ACCOUNT,
    requestId: issue.id,
    shownAt: new Date(now.getTime() - (set.shownMsAgo ?? 0)),
  });
  const button = (text: string, action_id: string, value: string) => ({
    type: 'button',
    text: { type: 'plain_text', text },
    action_id,
    value,
  });
  const message = rig.sandbox.store.post({
    conversationId: alice.dm,
    authorId: 'U0BOT',
    text: 'Your certificate is ready.',
    blocks: [
      {
        type: 'actions',
        block_id: 'show',
        elements: [
          button('Show once', 'show_once', issue.id),
          button('I did not get the key', 'not_received', `${issue.id}:${certificate.id}`),
        ],
      },
    ] as never,
  });
  await rig.store.commit([
    insert('requests', issue),
    ...(set.shownMsAgo === undefined ? [] : [insert('certificates', certificate)]),
    insert('messages', {
      id: 'm',
      accountId: ACCOUNT,
      subjectId: issue.id,
      place: 'requester',
      wanted: 1,
      sent: 1,
      channel: alice.dm,
      ts: message.ts,
      attemptedAt: null,
      attempts: 0,
      nextAttemptAt: now,
      refreshAt: null,
      leaseUntil: null,
      problem: null,
      createdAt: now,
      version: 1,
    }),
  ]);
  return { alice, issue, message, certificate };
}

async function says(person: Person, text: RegExp): Promise<void> {
  await person.until(() => person.ephemerals(person.dm).some((message) => text.test(message.text)));
}

const done: NonNullable<BotRig['carryOut']> = (request, store) => end(store, request, 'done', 'Shown.');

describe('Show once', () => {
  it('records a request with the way to answer sealed in it, and says nothing when the key came at once', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const { alice, issue, message } = await postReady(rig);
    await alice.click(message, 'Show once');
    await expect.poll(() => rig.announced.length).toBe(1);
    const [show] = rig.announced;
    expect(show).toMatchObject({
      kind: 'show',
      parentId: issue.id,
      actorId: 'U0ALICE',
      payload: { issueId: issue.id },
    });
    expect(show?.deadlineAt.getTime()).toBe(rig.clock.now().getTime() + 25 * 60_000);
    const url = unseal(keys, { purpose: 'reveal', accountId: ACCOUNT, rowId: show?.id ?? '' }, show?.sealed as Buffer);
    expect(url.toString()).toMatch(new RegExp(`^${rig.sandbox.url}/`));
    expect(rig.logs.join('')).not.toContain(url.toString());
    await rig.bot.stop();
    expect(alice.ephemerals(alice.dm)).toEqual([]);
  });

  it('says that it is working when it takes longer, and that it is on its way when pressed again', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const { alice, message } = await postReady(rig);
    await alice.click(message, 'Show once');
    await alice.click(message, 'Show once');
    await says(alice, /already on its way/);
    await says(alice, /^Working on it/);
    expect(rig.announced).toHaveLength(1);
  });

  it('pressed many times at once is one request', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const { alice, message } = await postReady(rig);
    await Promise.all(Array.from({ length: 8 }, () => alice.click(message, 'Show once')));
    await says(alice, /^Working on it/);
    expect(rig.announced).toHaveLength(1);
  });

  it('tells why the worker refused', async () => {
    await using rig = await startBotRig({ carryOut: (request, store) => end(store, request, 'refused', 'No site.') });
    await seed(rig.store);
    const { alice, message } = await postReady(rig);
    await alice.click(message, 'Show once');
    await says(alice, /^No site\.$/);
  });

  it.each<[string, Set, RegExp]>([
    ['the request has ended', { issue: { state: 'done' } }, /shown already/],
    ['it is still being prepared', { issue: { state: 'recorded' } }, /still being prepared/],
    ['it is too late', { issue: { deadlineAt: new Date(0) } }, /24 hours/],
    ['it is of another account', { issue: { accountId: 'T0OTHER' } }, /does not belong/],
    ['it is another person’s', { issue: { actorId: 'U0BOB' } }, /Only the person who asked/],
    [
      'it is no certificate request',
      { issue: { kind: 'site_add', payload: { name: 'x.example' } } },
      /does not belong/,
    ],
  ])('is refused when %s', async (_, set, sentence) => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const { alice, message } = await postReady(rig, set);
    await alice.click(message, 'Show once');
    await says(alice, sentence);
    expect(rig.announced).toEqual([]);
  });

  it('needs the operator role when it is pressed', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const { alice, message } = await postReady(rig);
    const hers = (await rig.store.roles(ACCOUNT)).find(({ userId }) => userId === 'U0ALICE');
    await rig.store.commit([{ op: 'delete', table: 'roles', id: hers?.id ?? '' }]);
    await alice.click(message, 'Show once');
    await says(alice, /needs the role operator/);
    expect(rig.announced).toEqual([]);
  });

  it('does nothing from any other message', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const { alice, issue } = await postReady(rig);
    const copy = rig.sandbox.store.post({ conversationId: alice.dm, authorId: 'U0BOT', text: 'A copy.', blocks: [] });
    for (const value of [issue.id, '', 'nothing', `${issue.id}:${issue.id}`]) {
      for (const action_id of ['show_once', 'not_received']) {
        await alice.act(copy, { type: 'button', block_id: 'show', action_id, value });
      }
    }
    await alice.until(() => alice.ephemerals(alice.dm).length === 8);
    expect(alice.ephemerals(alice.dm).every(({ text }) => /does not belong/.test(text))).toBe(true);
    expect(rig.announced).toEqual([]);
  });
});

describe('I did not get the key', () => {
  it('names the showing that it speaks of', async () => {
    await using rig = await startBotRig({ carryOut: done });
    await seed(rig.store);
    const { alice, issue, message, certificate } = await postReady(rig, {
      issue: { state: 'done' },
      shownMsAgo: 60_000,
    });
    await alice.click(message, 'I did not get the key');
    await expect.poll(() => rig.announced.length).toBe(1);
    expect(rig.announced[0]?.payload).toEqual({ issueId: issue.id, replaces: certificate.id });
  });

  it('is refused half an hour after the showing, and for a certificate that is revoked', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const { alice, message, certificate } = await postReady(rig, { issue: { state: 'done' }, shownMsAgo: 31 * 60_000 });
    await alice.click(message, 'I did not get the key');
    await says(alice, /30 minutes/);
    await rig.store.commit([update('certificates', certificate, { state: 'revoked' })]);
    await alice.click(message, 'I did not get the key');
    await says(alice, /replaced or revoked since/);
    expect(rig.announced).toEqual([]);
  });
});

describe('I saved it', () => {
  it('takes the message with the key away, and says so when Slack does not', async () => {
    await using rig = await startBotRig({
      carryOut: async (request, store) => {
        const context = { purpose: 'reveal', accountId: ACCOUNT, rowId: request.id } as const;
        const url = unseal(keys, context, request.sealed as Buffer).toString();
        const saved = {
          type: 'button',
          text: { type: 'plain_text', text: 'I saved it' },
          action_id: 'saved',
          value: 'x',
        };
        const blocks = [{ type: 'actions', block_id: 'saved', elements: [saved] }];
        const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, text: 'The key.', blocks });
        await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
        await end(store, request, 'done', 'Shown.');
      },
    });
    await seed(rig.store);
    const { alice, message } = await postReady(rig);
    await alice.click(message, 'Show once');
    const key = await alice.until(() => alice.ephemerals(alice.dm).find(({ text }) => text === 'The key.'));
    const fault = rig.sandbox.faults.add({ method: 'response_url', kind: '500' });
    await alice.click(key, 'I saved it');
    await says(alice, /did not take the message away/);
    fault.remove();
    await alice.click(key, 'I saved it');
    await alice.until(() => !alice.ephemerals(alice.dm).some(({ text }) => text === 'The key.'));
  });
});

it('a button that nothing answers any more says so', async () => {
  await using rig = await startBotRig();
  await seed(rig.store);
  const { alice, message } = await postReady(rig);
  await alice.act(message, { type: 'button', block_id: 'x', action_id: 'from_long_ago', value: '' });
  await says(alice, /does nothing any more/);
});
