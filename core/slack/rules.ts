import type { Rule } from '../store/rows.ts';
import { denyCodeOf } from '../waf/rule.ts';
import { code, truncate } from './text.ts';

/** `Intercept (403)`, `Monitor`: as the vendor's console calls them. */
export function ruleActionText({ action, config }: Pick<Rule, 'action' | 'config'>): string {
  return action === 'monitor' ? 'Monitor' : `Intercept (${denyCodeOf(config)})`;
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
