import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../../sandbox/server/person.ts';
import { contentOf } from '../support/acts.ts';
import { askEdge, type ClientIdentity } from '../support/edge-client.ts';
import { HOSTNAME, makeEnforcing } from '../support/enforcing.ts';
import type { RealEdge } from '../support/real-edges.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';
import { until } from '../support/until.ts';

const CHAPTER_MS = 120_000;
const ACCEPTED = 'I accept that these edges leave it out';

describeWith(['redisServer', 'nginx'], 'a gateway, and an nginx that cannot ask its agent', () => {
  let stack: Stack;
  let enforcing: Awaited<ReturnType<typeof makeEnforcing>>;
  let gateway: RealEdge;
  let nginx: RealEdge;
  let device: ClientIdentity;
  beforeAll(async () => {
    stack = await startStack({ api: true });
    await stack.setUp();
    enforcing = await makeEnforcing(stack);
    gateway = await enforcing.addEdge('gateway');
    nginx = await enforcing.addEdge('nginx', { isBare: true });
    await enforcing.bind();
    device = await enforcing.issue('device-1');
  }, CHAPTER_MS);
  afterAll(async () => {
    await enforcing?.[Symbol.asyncDispose]();
    await stack?.[Symbol.asyncDispose]();
  });

  const shown = (person: Person) => JSON.stringify(person.modal?.blocks ?? []);
  const post = async (edge: RealEdge) => {
    const answer = await askEdge(edge, { sni: HOSTNAME, client: device, method: 'POST' });
    return 'status' in answer ? answer.status : answer.refused;
  };
  const list = async () => {
    const { ada } = stack;
    const before = ada.ephemerals(ada.dm).length;
    await ada.command(ada.dm, '/mtls waf list');
    return contentOf(await ada.until(() => ada.ephemerals(ada.dm)[before], 20_000));
  };

  it('are both guarded by what both can decide', { timeout: CHAPTER_MS }, async () => {
    await enforcing.guard();
    await enforcing.untilAll(403);
    await enforcing.untilAll(200, device);
    await until('the edge has told', async () => {
      const states = await stack.store.edgeStates(ACCOUNT);
      return states.some(({ limits }) => limits?.hostnames?.includes(HOSTNAME));
    });
  });

  it('have a rule that only one can decide off, until ada accepts that the other leaves it out', {
    timeout: CHAPTER_MS,
  }, async () => {
    const { ada } = stack;
    await ada.command(ada.dm, '/mtls waf add example.com');
    await ada.until(() => shown(ada).includes('Rule Name'));
    await ada.change('modal', 'Verified Client Certificate', 'any');
    await ada.change('modal', 'Hostname', [HOSTNAME]);
    await ada.submit({ 'Rule Name': 'no posts', 'Further conditions': 'http.request.method eq "POST"' });
    expect(shown(ada)).toContain('this nginx was built without auth_request');
    await ada.submit();
    await ada.close({ all: true });
    await ada.until(async () => (await list()).includes('*no posts*: off'), 20_000);
    expect([await post(gateway), await post(nginx)]).toEqual([200, 200]);

    await ada.command(ada.dm, '/mtls waf enable 20000002');
    await ada.until(() => ada.modal?.submit?.text === 'Switch on', 20_000);
    await ada.submit({ 'Where it cannot be enforced': [ACCEPTED] });
    await ada.close({ all: true });
    await until('the gateway denies', async () => (await post(gateway)) === 403);
    await until('the nginx has told', async () => {
      const states = await stack.store.edgeStates(ACCOUNT);
      return states.some(({ inexpressible }) => inexpressible.some((one) => one.includes('is left out at')));
    });
    expect(await post(nginx)).toBe(200);
    expect(await list()).toMatch(/Not enforced by \*nginx-\w+\*, as accepted\./);
    await enforcing.untilAll(403);
  });
});
