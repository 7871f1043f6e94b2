import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { raise } from '../../../core/store/plan.ts';
import type { Rule } from '../../../core/store/rows.ts';
import { contentOf } from '../../support/acts.ts';
import { approvalOf, cardOf, give } from '../../support/approving.ts';
import { ACCOUNT, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

const MTLS = 'http.host eq "api.example.com" and not tls_client_auth.cert_verified';

let rig: WorkerRig;
beforeEach(async () => {
  rig = await startWorkerRig();
  await give(rig, 'U0ADA', 'administrator');
  await give(rig, 'U0BOB', 'approver');
});
afterEach(() => rig[Symbol.asyncDispose]());

async function aRule(): Promise<Rule> {
  const configs = [{ Name: 'api', Expression: MTLS, Action: 'deny', Status: 'on' }];
  await rig.record('waf_rule_create', { siteId: site.id, configs }, { actorId: 'U0ADA' });
  await rig.settle();
  return (await rig.store.rules(site.id))[0] as Rule;
}

describe('the card of a rule that is to go', () => {
  it('shows what the rule concerns of what edges saw', async () => {
    const rule = await aRule();
    const hourAt = new Date(Math.floor(rig.clock.now().getTime() / 3_600_000) * 3_600_000);
    const counted = {
      accountId: ACCOUNT,
      hostname: 'api.example.com',
      hourAt,
      verified: 63,
      unverified: 37,
      blocked: 37,
    };
    await rig.store.commit([raise('hostUsage', { id: 'x', ...counted })]);
    const changes = [{ ruleId: rule.id, status: 'off' as const }];
    const request = await rig.record('waf_rule_update', { siteId: site.id, changes }, { actorId: 'U0ADA' });
    await rig.settle();
    expect(contentOf(await cardOf(rig, await approvalOf(rig, request)))).toContain(
      'Of 100 requests at 1 hostname in the last 24 hours it concerns *37*.',
    );
  });

  it('says so where no edge has reported', async () => {
    const rule = await aRule();
    const request = await rig.record('waf_rule_delete', { siteId: site.id, ruleId: rule.id }, { actorId: 'U0ADA' });
    await rig.settle();
    expect(contentOf(await cardOf(rig, await approvalOf(rig, request)))).toContain(
      'No edge has reported yet, so nothing is known about what it denies.',
    );
  });
});
