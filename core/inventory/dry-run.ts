import { bold, code, mention, moment, quantity } from '../slack/text.ts';
import type { SeenCertificate } from '../store/questions/usage.ts';
import type { Site } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { truthOf } from '../waf/certain.ts';
import { type DryRun, dryRun, type Extent } from '../waf/dry-run.ts';
import { parseExpression } from '../waf/parse.ts';
import type { Expression } from '../waf/syntax.ts';
import type { Timer } from '../waf/timer.ts';
import { hostnameUses } from './hostname-use.ts';

/** What a rule would have done at the edges in the last 24 hours. */
export type RuleRehearsal =
  /** No edge of the account has reported yet, so nothing is known. */
  { kind: 'no_edge' } | { kind: 'reported'; run: DryRun; cutOff: CutOff };

/** Certificates that were verified there and that the rule concerns whatever else is in the request. */
export type CutOff = { count: number; isMore: boolean; sample: readonly SeenCertificate[] };

/** Sightings that are looked through. */
const MOST_SEEN = 2_000;
const SAMPLE = 5;
/** Hostnames that are named, the most concerned first. */
const HOSTS_NAMED = 10;
const NOBODY: CutOff = { count: 0, isMore: false, sample: [] };

export async function rehearse(
  store: Store,
  site: Pick<Site, 'accountId' | 'name'>,
  { expression, timer }: { expression: Expression; timer: Timer | undefined },
  now: Date,
): Promise<RuleRehearsal> {
  const { accountId } = site;
  const uses = await hostnameUses(store, accountId, site.name, now);
  if (uses === undefined) return { kind: 'no_edge' };
  const run = dryRun(expression, uses.hosts, { isTimed: timer !== undefined });
  const verifiedAt = run.hosts
    .filter(({ hostname, verified }) => verified > 0 && truthOf(expression, { hostname, state: 'verified' }) !== false)
    .map(({ hostname }) => hostname);
  if (verifiedAt.length === 0) return { kind: 'reported', run, cutOff: NOBODY };
  const seen = await store.certificatesSeenAt(accountId, verifiedAt, uses.since, MOST_SEEN);
  const concerned = new Map(
    seen.filter((one) => isConcerned(expression, one)).map((certificate) => [certificate.id, certificate]),
  );
  const latest = [...concerned.values()].sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime());
  const cutOff = { count: latest.length, isMore: seen.length === MOST_SEEN, sample: latest.slice(0, SAMPLE) };
  return { kind: 'reported', run, cutOff };
}

function isConcerned(expression: Expression, { hostname, serial, name, fingerprint }: SeenCertificate): boolean {
  const certificate = { serial, subjectCommonName: name, fingerprintSha256: fingerprint ?? '' };
  return truthOf(expression, { hostname, state: 'verified', certificate }) === true;
}

/** What somebody is told who decides whether a rule that denies may go: what it concerns of what edges saw (mrkdwn). */
export async function ruleEvidenceText(
  store: Store,
  site: Pick<Site, 'accountId' | 'name'>,
  expression: string,
  now: Date,
): Promise<string> {
  const tree = readOrUndefined(expression);
  if (tree === undefined) return 'Its expression cannot be read any more, so edges deny every request of the site.';
  const uses = await hostnameUses(store, site.accountId, site.name, now);
  if (uses === undefined) return 'No edge has reported yet, so nothing is known about what it denies.';
  const { hosts, total } = dryRun(tree, uses.hosts);
  if (hosts.length === 0) return 'Edges saw no request in the last 24 hours that it is about.';
  return `Of ${quantity(total.requests, 'request')} at ${quantity(hosts.length, 'hostname')} in the last 24 hours it concerns ${extentText(total)}.`;
}

function readOrUndefined(expression: string): Expression | undefined {
  try {
    return parseExpression(expression);
  } catch {
    return undefined;
  }
}

/** Paragraphs of mrkdwn about it: the sum, a line for each hostname, who would be cut off, what cannot be known. */
export function rehearsalTexts(rehearsal: RuleRehearsal, action: 'deny' | 'monitor', siteName: string): string[] {
  if (rehearsal.kind === 'no_edge') {
    return ['No edge has reported yet, so it is not known what this rule would have done.'];
  }
  const { run, cutOff } = rehearsal;
  const { hosts, total } = run;
  if (hosts.length === 0) {
    return [`Edges saw no request in the last 24 hours at a hostname of ${code(siteName)} that this rule is about.`];
  }
  const verb = action === 'deny' ? 'denied' : 'logged';
  const isExact = total.least === total.most;
  return [
    `Of ${quantity(total.requests, 'request')} at ${quantity(hosts.length, 'hostname')} in the last 24 hours it would have ${verb} ${extentText(total)}.${blockedText(total.blocked)}`,
    hostLines(run),
    ...(cutOff.count === 0 ? [] : [cutOffText(cutOff, action)]),
    ...(isExact ? [] : [unknownText(run, action)]),
  ];
}

function extentText({ least, most }: Extent): string {
  if (least === most) return most === 0 ? '*none*' : bold(most.toLocaleString('en-US'));
  const upTo = bold(most.toLocaleString('en-US'));
  return least === 0 ? `at most ${upTo}` : `between ${bold(least.toLocaleString('en-US'))} and ${upTo}`;
}

function blockedText(blocked: number): string {
  return blocked === 0 ? '' : ` Rules that are on denied ${blocked.toLocaleString('en-US')} of these requests already.`;
}

function hostLines({ hosts }: DryRun): string {
  const byConcern = [...hosts].sort((a, b) => b.matched.most - a.matched.most);
  const more = hosts.length - HOSTS_NAMED;
  return [
    ...byConcern
      .slice(0, HOSTS_NAMED)
      .map(
        ({ hostname, verified, unverified, matched }) =>
          `• ${code(hostname)}: ${extentText(matched)} (${verified.toLocaleString('en-US')} with a verified certificate, ${unverified.toLocaleString('en-US')} without)`,
      ),
    ...(more > 0 ? [`… and ${quantity(more, 'more hostname')}.`] : []),
  ].join('\n');
}

function cutOffText({ count, isMore, sample }: CutOff, action: 'deny' | 'monitor'): string {
  const many = `${isMore ? 'At least ' : ''}${quantity(count, 'certificate')}`;
  const what = action === 'deny' ? 'would be cut off though verified' : 'would be logged though verified';
  const lines = sample.map(
    ({ name, ownerId, hostname, lastSeenAt }) =>
      `• ${bold(name)} of ${mention(ownerId)}, at ${code(hostname)} ${moment(lastSeenAt)}`,
  );
  return `*${many} ${what}.*${count > sample.length ? ' The last to be seen:' : ''}\n${lines.join('\n')}`;
}

function unknownText({ uncounted, isTimed }: DryRun, action: 'deny' | 'monitor'): string {
  if (isTimed) return 'More cannot be known: edges count whole hours, and it is in force at some times only.';
  const why =
    uncounted.length === 0
      ? 'edges count requests without a certificate together with those whose certificate is bad or revoked'
      : `it depends on ${uncounted.map(code).join(', ')} as well, which edges do not count`;
  const advice = action === 'deny' ? ' Save it with the action Monitor first, and read what edges log.' : '';
  return `More cannot be known: ${why}.${advice}`;
}
