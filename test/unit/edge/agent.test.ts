import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeBreathe } from '../../../core/breathe.ts';
import { systemClock } from '../../../core/clock.ts';
import { silentLogger } from '../../../core/logger.ts';
import type { Policy } from '../../../core/snapshot/policy.ts';
import { buildSet, packSerials } from '../../../core/snapshot/serial-set.ts';
import type { EnforcedLists } from '../../../core/snapshot/snapshot.ts';
import type { FeedListener } from '../../../edge/feed/feed.ts';
import { type Agent, startAgent } from '../../../edge/proxy/agent.ts';
import type { ProxyState, RevocationChange } from '../../../edge/proxy/driver.ts';
import { type Made, makeAuthority } from '../../support/pki.ts';

/**
 * What a proxy is told, and when. The driver here only writes down what it is given, and waits where a test wants it to:
 * real proxies are too fast for what is between two steps.
 */
let folder: string;
let agent: Agent;
let take: FeedListener;
let one: Made;
let other: Made;
const states: { of: string; serials: string[] }[][] = [];
const changes: RevocationChange[] = [];
const problems: (string | undefined)[] = [];
let onApply: () => Promise<void>;
let onChange: () => Promise<void>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cs-agent-'));
  one = await makeAuthority('CN=One');
  other = await makeAuthority('CN=Other');
  states.length = 0;
  changes.length = 0;
  problems.length = 0;
  onApply = async () => undefined;
  onChange = async () => undefined;
  agent = await startAgent({
    feed: {
      current: () => undefined,
      onChange: (listener) => {
        take = listener;
        return () => undefined;
      },
      report: () => undefined,
      setInexpressible: () => undefined,
      setProblem: (_, sentence) => void problems.push(sentence),
    },
    driver: {
      takeUp: async () => undefined,
      async apply(state: ProxyState) {
        states.push(state.revocations.map(({ authorityId, serials }) => ({ of: authorityId, serials: [...serials] })));
        await onApply();
      },
      async change(told) {
        await onChange();
        changes.push(...told);
      },
      isCrowded: () => false,
      stop: async () => undefined,
    },
    hosts: [],
    proxy: { sees: { fingerprints: true, chain: true }, decide: 'native' },
    decideSocket: { path: join(folder, 'decide.sock'), group: String(process.getgid?.()) },
    clock: systemClock,
    logger: silentLogger,
    backoffMs: { first: 10, most: 10 },
  });
});
afterEach(async () => {
  await agent.stop().catch(() => undefined);
  rmSync(folder, { recursive: true });
});

const policyOf = (made: Record<string, Made>): Policy => ({
  authorities: Object.entries(made).map(([id, { der }]) => ({
    id,
    name: id,
    certificate: Buffer.from(der).toString('base64'),
  })),
  hosts: [],
  rules: [],
  blockedFingerprints: [],
});
let version = 0;
async function enforced(policy: Policy, revoked: Record<string, string[]>): Promise<EnforcedLists> {
  const sets = new Map();
  for (const { id } of policy.authorities)
    sets.set(id, await buildSet([packSerials(revoked[id] ?? [])], makeBreathe()));
  version += 1;
  return { epoch: 1, version, policy, sets, isRevoked: () => false };
}

it('what is written anew while a revocation is told has it as well', async () => {
  const policy = policyOf({ one });
  await take(await enforced(policy, {}));
  onChange = async () => agent.renew();
  await take(await enforced(policy, { one: ['0a'] }));
  expect(states.at(-1)).toEqual([{ of: 'one', serials: ['0a'] }]);
});

it('a revocation that could not be told is told again with the next version', async () => {
  const policy = policyOf({ one });
  await take(await enforced(policy, {}));
  onChange = async () => {
    throw new Error('away');
  };
  const failing = take(await enforced(policy, { one: ['0a'] }));
  await expect.poll(() => problems).toContain('revocations are not in effect: away');
  onChange = async () => undefined;
  await Promise.all([failing, take(await enforced(policy, { one: ['0a', '0b'] }))]);
  expect(changes.map(({ serial }) => serial).sort()).toEqual(['0a', '0b']);
});

it('while a policy without an authority is refused, its revocations stay', async () => {
  const both = policyOf({ one, other });
  await take(await enforced(both, { one: ['0a'], other: ['0b'] }));
  onApply = async () => {
    throw new Error('refused');
  };
  const refused = Promise.resolve(take(await enforced(policyOf({ one }), { one: ['0a'] }))).catch(() => undefined);
  await expect.poll(() => problems.some((problem) => problem?.endsWith('refused'))).toBe(true);
  agent.renew();
  await agent.stop();
  await refused;
  expect(states.at(-1)).toEqual([
    { of: 'one', serials: ['0a'] },
    { of: 'other', serials: ['0b'] },
  ]);
});

it('what is written anew while a policy is put in force comes after it', async () => {
  await take(await enforced(policyOf({ one }), {}));
  onApply = async () => {
    onApply = async () => undefined;
    agent.renew();
    await new Promise((resolve) => setImmediate(resolve));
  };
  await take(await enforced(policyOf({ other }), {}));
  await agent.stop();
  expect(states.map((state) => state.map(({ of }) => of))).toEqual([['one'], ['other', 'one'], ['other']]);
});

it('what one certificate authority has revoked counts under each of its entries: a proxy sees only its name', async () => {
  const twice = policyOf({ one, again: one, other });
  await take(await enforced(twice, { again: ['0a'], other: ['0b'] }));
  expect(states.at(-1)).toEqual([
    { of: 'one', serials: ['0a'] },
    { of: 'other', serials: ['0b'] },
  ]);
  await take(await enforced(twice, { one: ['0c'], again: ['0a', '0c'], other: ['0b'] }));
  await take(await enforced(twice, { one: ['0c'], other: ['0b'] }));
  expect(changes).toEqual([
    { authorityId: 'one', serial: '0c', revoked: true },
    { authorityId: 'one', serial: '0c', revoked: true },
    { authorityId: 'one', serial: '0a', revoked: false },
  ]);
});
