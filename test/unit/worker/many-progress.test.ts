import { expect, it } from 'vitest';
import { makeProgress } from '../../../worker/many/progress.ts';
import { aRequest } from '../../support/rows.ts';
import { makeTestClock } from '../../support/worker-rig.ts';

it('the messages about a long piece of work are drawn again about once a second, however many steps it takes', async () => {
  const clock = makeTestClock();
  const store = { approvalOfRequest: async () => undefined };
  const progress = makeProgress({ clock, store } as never, aRequest({ kind: 'revoke_many' }));
  let wakes = 0;
  for (let step = 0; step < 500; step += 1) {
    wakes += (await progress()).length > 0 ? 1 : 0;
    clock.advance(20);
  }
  expect(wakes).toBe(9);
});
