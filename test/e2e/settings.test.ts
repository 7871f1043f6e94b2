import { expect, it } from 'vitest';
import { contentOf } from '../support/acts.ts';
import { startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

const PATIENCE_MS = 20_000;

describeWith('redisServer', 'the settings, with bot and worker as processes of their own', () => {
  it('ada gives a role to a group, bob approves it, and its members have it while they are members', async () => {
    await using stack = await startStack({ env: { COUNTERSIGN_APPROVAL_CHANNEL: 'C0APPROVE' } });
    await stack.setUp();
    const { ada, bob, eve, sandbox } = stack;
    await sandbox.setGroupMembers('S0PLATFORM', ['U0EVE']);
    await eve.command(eve.dm, '/mtls issue');
    expect(eve.ephemerals(eve.dm).at(-1)?.text).toMatch(/needs the role operator/);

    // 1. ada asks; nothing changes yet, and she cannot decide about it herself.
    await ada.command(ada.dm, '/mtls settings');
    const [group] = await ada.options('Operators: User Groups', 'platform');
    const asked = await ada.submit({ 'Operators: User Groups': [group] });
    expect(asked.outcome).toBe('updated');
    expect(JSON.stringify(ada.modal?.blocks)).toMatch(/second person/);
    await ada.close();
    const card = await bob.until(
      () => bob.messages('C0APPROVE').find((message) => contentOf(message).includes('A second person is needed')),
      PATIENCE_MS,
    );
    expect(contentOf(card)).toContain('<!subteam^S0PLATFORM>');
    await ada.click(card, 'Approve');
    await ada.until(
      () => ada.ephemerals('C0APPROVE').some(({ text }) => /Somebody else has to/.test(text)),
      PATIENCE_MS,
    );

    // 2. bob approves; the card says so and ada is told.
    await bob.click(card, 'Approve');
    await ada.until(
      () => ada.messages(ada.dm).some((message) => contentOf(message).includes('The settings are saved')),
      PATIENCE_MS,
    );
    await bob.until(() => {
      const now = bob.messages('C0APPROVE').find(({ ts }) => ts === card.ts);
      return (
        now && contentOf(now).includes('Approved by <@U0BOB>') && !JSON.stringify(now.blocks).includes('"approve"')
      );
    }, PATIENCE_MS);

    // 3. eve is an operator, until she leaves the group.
    await eve.command(eve.dm, '/mtls issue');
    expect((await eve.until(() => eve.modal)).title?.text).toBe('Create Certificate');
    await eve.close();
    await sandbox.setGroupMembers('S0PLATFORM', ['U0ALICE']);
    const opens = async () => {
      await eve.command(eve.dm, '/mtls issue');
      const opened = eve.modal !== undefined;
      if (opened) await eve.close();
      return opened;
    };
    await expect.poll(opens).toBe(false);
    expect(sandbox.problems).toEqual([]);
  }, 90_000);
});
