import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type EdgeLimits, MOST_SERVED_TOLD } from '../../core/edges/report.ts';
import { CountersignError } from '../../core/errors.ts';
import type { Policy } from '../../core/snapshot/policy.ts';
import type { EdgeConfig } from '../gateway/config.ts';
import type { HostGap, HostPlan } from './plan.ts';
import type { ProxyMeans } from './plan-hosts.ts';

const ASKED_WITHIN_MS = 10_000;

/**
 * What a proxy that cannot ask the agent beside it says of itself; null: it can, or does not say how it was built.
 * @throws CountersignError `invalid_configuration` where `edge.json` wants the agent to decide everything.
 */
export async function limitsOf({ hosts, nginx, haproxy }: EdgeConfig): Promise<EdgeLimits | null> {
  const reason = nginx ? await nginxLacks(nginx.test) : haproxy ? await haproxyLacks(haproxy.test) : undefined;
  if (reason === undefined) return null;
  if ((nginx ?? haproxy)?.decide === 'agent') {
    throw new CountersignError('invalid_configuration', {
      userMessage: `${nginx ? 'nginx' : 'haproxy'}.decide in edge.json: the agent cannot decide, since ${reason}.`,
    });
  }
  const names = hosts.map(({ hostname }) => hostname);
  return { reason, hostnames: names.length > MOST_SERVED_TOLD ? null : names };
}

async function nginxLacks(test: readonly string[]): Promise<string | undefined> {
  // `-V` does not keep it from testing.
  const built = await outputOf([...test.filter((word) => !/^-[tTq]+$/.test(word)), '-V']);
  const says = built.includes('configure arguments:');
  return says && !built.includes('--with-http_auth_request_module')
    ? 'this nginx was built without auth_request (http_auth_request_module)'
    : undefined;
}

async function haproxyLacks(test: readonly string[]): Promise<string | undefined> {
  const built = await outputOf([...test, '-vv']);
  return built.includes('-LUA') && !built.includes('+LUA') ? 'this HAProxy was built without Lua' : undefined;
}

/** Empty when it cannot be run like this: then its test of a configuration says what is wrong. */
async function outputOf([file = '', ...args]: readonly string[]): Promise<string> {
  const options = { timeout: ASKED_WITHIN_MS, killSignal: 'SIGKILL', maxBuffer: 1024 * 1024 } as const;
  const { stdout, stderr } = await promisify(execFile)(file, args, options).catch(() => ({ stdout: '', stderr: '' }));
  return stdout + stderr;
}

/** Hostnames that are named in one sentence. */
const NAMED = 3;

/** What of a policy the proxy does not enforce as it is written, as sentences for people. */
export function tellGaps(
  plans: readonly HostPlan[],
  policy: Pick<Policy, 'blockedFingerprints'>,
  { sees, limits }: Pick<ProxyMeans, 'sees' | 'limits'>,
): string[] {
  const unreadable = tell(plans, 'unreadable', (rule) => `${rule} cannot be read.`);
  if (!limits) return unreadable;
  const { reason } = limits;
  const named = (some: readonly HostPlan[]) => listed(some.map(({ hostname }) => hostname));
  const isBlind = policy.blockedFingerprints.length > 0 && !sees.fingerprints;
  const closed = isBlind ? plans.filter(({ authorities }) => authorities.length > 0) : [];
  const refused = plans.filter(({ chains }) => chains === 'refused');
  return [
    ...unreadable,
    ...tell(plans, 'denied', (rule, at) => `${rule} denies what it may be about at ${at} (503): ${reason}.`),
    ...tell(plans, 'accepted', (rule, at) => `${rule} is left out at ${at}, as was accepted: ${reason}.`),
    ...tell(plans, 'unwatched', (rule, at) => `${rule} does not watch at ${at}: ${reason}.`),
    ...(closed.length === 0
      ? []
      : [
          `Certificates are blocked by their fingerprint, which it cannot look at. Verified ones are denied at ${named(closed)} (503): ${reason}.`,
        ]),
    ...(refused.length === 0
      ? []
      : [`Certificates below intermediates count as unverified at ${named(refused)}: ${reason}.`]),
  ];
}

/** A sentence for each rule that is a gap of this kind at some hostname. */
function tell(
  plans: readonly HostPlan[],
  why: HostGap['why'],
  sentence: (rule: string, hostnames: string) => string,
): string[] {
  const at = new Map<HostGap['rule'], string[]>();
  for (const { hostname, gaps } of plans) {
    for (const gap of gaps) if (gap.why === why) at.set(gap.rule, [...(at.get(gap.rule) ?? []), hostname]);
  }
  return [...at].map(([{ number, site, name }, hostnames]) => {
    return sentence(`Rule ${number} of ${site} (${name})`, listed(hostnames));
  });
}

function listed(hostnames: readonly string[]): string {
  const named = hostnames.slice(0, NAMED).join(', ');
  return hostnames.length > NAMED ? `${named} and ${hostnames.length - NAMED} more` : named;
}
