import type { Rule } from '../store/rows.ts';
import type { Gap } from '../waf/gaps.ts';
import { denyCodeOf } from '../waf/rule.ts';
import { isInForce, type Timer } from '../waf/timer.ts';
import { bold, code, escapeText, moment, quantity, truncate } from './text.ts';

/** `Intercept (403)`, `Monitor`: as the vendor's console calls them. */
export function ruleActionText({ action, config }: Pick<Rule, 'action' | 'config'>): string {
  return action === 'monitor' ? 'Monitor' : `Intercept (${denyCodeOf(config)})`;
}

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/** Periods that are told; a timer holds 20 at most. */
const PERIODS_TOLD = 4;

/** When a rule with a timer is in force, and whether it is now, as sentences of mrkdwn. */
export function timerText(timer: Timer, now: Date): string {
  if (timer.Scopes === 'permanent') return 'In force at all times.';
  const told = timer.Scopes === 'periods' ? periodsTold(timer.Periods) : weeklyTold(timer);
  const more = told.length - PERIODS_TOLD;
  const list = [...told.slice(0, PERIODS_TOLD), ...(more > 0 ? [`${quantity(more, 'more period')}`] : [])].join('; ');
  return `:clock3: In force ${list}. *${isInForce(timer, now) ? 'It is now' : 'It is not now'}.*`;
}

function periodsTold(periods: Extract<Timer, { Scopes: 'periods' }>['Periods']): string[] {
  return periods.map(({ Start, End }) => `from ${moment(new Date(Start))} to ${moment(new Date(End))}`);
}

function weeklyTold({ Zone, WeeklyPeriods }: Extract<Timer, { Scopes: 'weekly' }>): string[] {
  const clock = `UTC${Zone < 0 ? '-' : '+'}${Math.abs(Zone)}`;
  return WeeklyPeriods.map(({ Days, DailyPeriods }) => {
    const days = [...new Set(Days.split(','))].sort().map((day) => DAYS[Number(day) - 1]);
    const hours = DailyPeriods.map(({ Start, End }) => `${Start} to ${End}`).join(' and ');
    return `every ${days.join(', ')}, ${hours || 'all day'} (${clock})`;
  });
}

/** An expression as code, on one line, within so many characters of mrkdwn. */
export function expressionText(expression: string, most: number): string {
  const line = expression.replace(/\s+/g, ' ');
  let cut = most;
  let text = code(truncate(line, cut));
  // Escaped characters count as several.
  while (text.length > most) {
    cut = Math.floor(cut * 0.8);
    text = code(truncate(line, cut));
  }
  return text;
}

/** Hostnames that are named of one gap. */
const HOSTNAMES_TOLD = 3;
/** What gaps take of a section, which has 3,000 characters; one gap takes less than this, whatever is in it. */
const GAPS_CHARACTERS = 2_000;

/** Where a rule cannot be enforced and why, a sentence of mrkdwn for each edge, as far as one section holds them. */
export function gapTexts(gaps: readonly Gap[]): string[] {
  const texts = gaps.map(({ edge, hostnames }) => {
    const named = hostnames.slice(0, HOSTNAMES_TOLD).map((name) => code(name));
    const more = hostnames.length - HOSTNAMES_TOLD;
    const list = [...named, ...(more > 0 ? [quantity(more, 'more hostname')] : [])].join(', ');
    return `The edge ${bold(edge.name)} cannot enforce it for ${list}: ${escapeText(truncate(edge.reason, 200))}.`;
  });
  let characters = 0;
  const fits = texts.findIndex((text) => {
    characters += text.length;
    return characters > GAPS_CHARACTERS;
  });
  return fits < 0 ? texts : [...texts.slice(0, fits), `Nor can ${quantity(texts.length - fits, 'more edge')}.`];
}
