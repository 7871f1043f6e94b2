import { type Beyond, beyondPolicy } from '../../core/approvals/beyond.ts';
import type { Card } from '../../core/approvals/card.ts';
import { decisionText } from '../../core/approvals/decide.ts';
import { decideGate } from '../../core/approvals/policy.ts';
import { keyTypeName } from '../../core/ca/profile.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { bold, code, days, escapeText, mention } from '../../core/slack/text.ts';
import type { Account } from '../../core/store/rows.ts';
import { type Passed, passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import type { Issuer } from './policy.ts';

/** The way to a certificate beyond policy: as it is for one within it, or through the gate `issue_beyond`. */
export async function passIssueGate(deps: JobDeps, issue: RequestOf<'issue'>, issuer: Issuer): Promise<Passed> {
  const { account, grants, site } = issuer;
  const reasons = beyondPolicy(account, site, issue.payload.validityDays);
  if (reasons.length > 0 && issuer.key) throw onlyInSlack(site.name, account, reasons);
  // What somebody was asked about is decided by them, also when the policy has become milder since.
  const asked = reasons.length > 0 || (await deps.store.approvalOfRequest(issue.id)) !== undefined;
  if (!asked) return { passed: true, plan: [], approvedBy: null };
  return passGate(deps, issue, {
    gate: 'issue_beyond',
    account,
    grants,
    targets: [{ table: 'sites', id: site.id, version: site.version }],
    card: issueCard(issue, site.name, account, reasons),
  });
}

/** A program issues within policy, or not at all: a private key cannot wait for a decision in its memory. */
function onlyInSlack(site: string, account: Account, reasons: readonly Beyond[]): CountersignError {
  return new CountersignError('four_eyes', {
    userMessage: `This needs a second person, because ${reasons.map((reason) => whyBeyond(site, account)[reason]).join('; ')}. An API key cannot ask for it: an operator does, in Slack, with \`/mtls issue ${site}\`.`,
  });
}

function whyBeyond(site: string, account: Account): Readonly<Record<Beyond, string>> {
  return {
    guarded: `${code(site)} is a guarded site`,
    long: `it is valid for longer than ${days(account.longValidityDays)}`,
  };
}

/**
 * Before a key is shown: what waits for a second person is not ready, and a certificate that nobody was asked about
 * may have come to need somebody since it was asked for.
 * @throws CountersignError `too_late` with what to do.
 */
export async function requireIssueDecided(
  deps: JobDeps,
  issue: RequestOf<'issue'>,
  { account, grants, given, site }: Issuer,
): Promise<void> {
  const approval = await deps.store.approvalOfRequest(issue.id);
  if (approval?.state === 'approved') return;
  if (approval) throw new CountersignError('too_late', { userMessage: decisionText(approval) });
  const beyond = beyondPolicy(account, site, issue.payload.validityDays).length > 0;
  if (beyond && decideGate(['issue_beyond'], account, { grants, given }).needed) {
    throw new CountersignError('too_late', {
      userMessage:
        'Certificates like this one need a second person since you asked for it, so nothing was signed. Ask again with `/mtls issue`.',
    });
  }
}

function issueCard(issue: RequestOf<'issue'>, site: string, account: Account, reasons: readonly Beyond[]): Card {
  const { payload } = issue;
  const period = days(payload.validityDays);
  const why = whyBeyond(site, account);
  return {
    what: `Issue ${bold(payload.name)} for ${bold(site)}, valid for ${period}`,
    plain: `Issue ${escapeText(payload.name)} for ${site}, valid for ${period}`,
    facts: [
      ['For', mention(issue.actorId)],
      ['Valid for', period],
      ['Key', payload.method === 'system' ? escapeText(keyTypeName(payload.keyType)) : 'own key'],
      ['Needs a second person because', reasons.map((reason) => why[reason]).join('; ')],
    ],
    because: '',
    evidence: null,
    risk: `Whoever holds its key is let in where certificates of ${code(site)} are accepted, until it ends or is revoked. It can be suspended at any time.`,
  };
}
