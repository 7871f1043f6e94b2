import { keyNameOf } from '../access/actor.ts';

/** Text as Slack reads it: what both the bot and the worker need to say things, and nothing that talks to Slack. */

/** `&`, `<` and `>` are the only characters with a meaning that data could abuse in mrkdwn. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Data inside mrkdwn as code: nothing in it formats, mentions or links. */
export function code(text: string): string {
  return `\`${escapeText(text.replaceAll('`', 'ˋ'))}\``;
}

/** Data inside mrkdwn in bold; the characters that would end or nest formatting are taken out of play. */
export function bold(text: string): string {
  return `*${escapeText(text).replaceAll('*', '∗').replaceAll('_', '＿').replaceAll('~', '∼').replaceAll('`', 'ˋ')}*`;
}

/** At most `limit` characters, cut between code points and ended with an ellipsis. */
export function truncate(text: string, limit: number): string {
  const points = [...text];
  if (text.length <= limit) return text;
  let kept = '';
  for (const point of points) {
    if (kept.length + point.length > limit - 1) break;
    kept += point;
  }
  return `${kept}…`;
}

/** A time in each reader's own zone, with UTC for clients that cannot. */
export function moment(at: Date): string {
  const fallback = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `<!date^${Math.floor(at.getTime() / 1000)}^{date_short_pretty} {time}|${fallback}>`;
}

/** A person, a user group (Slack: `<!subteam^S...>`), or an API key by its name. */
export function mention(holderId: string): string {
  const key = keyNameOf(holderId);
  if (key !== undefined) return `API key ${code(key)}`;
  return holderId.startsWith('S') ? `<!subteam^${holderId}>` : `<@${holderId}>`;
}

/** `1 day`, `7 days`; years where the days are whole ones of 365. */
export function days(count: number): string {
  if (count === 1) return '1 day';
  if (count % 365 === 0 && count > 0)
    return count === 365 ? '1 year (365 days)' : `${count / 365} years (${count} days)`;
  return `${count} days`;
}

/** `1 certificate`, `12,345 certificates`. */
export function quantity(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
