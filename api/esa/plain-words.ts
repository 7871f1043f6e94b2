/**
 * A sentence that was written for Slack, for a program that is not Slack: times and mentions as they read without it,
 * nothing bold, nothing escaped. Backquotes stay: they tell data from words.
 */
export function plainWords(mrkdwn: string): string {
  return mrkdwn
    .replace(/<!date\^\d+\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<!subteam\^([^|>]+)(?:\|[^>]*)?>/g, '$1')
    .replace(/<@([^|>]+)(?:\|[^>]*)?>/g, '$1')
    .replace(/<(https?:[^|>]+)(?:\|[^>]*)?>/g, '$1')
    .replace(/(^|[\s(“])\*([^*\n]+)\*(?=[\s.,;:!?)”]|$)/g, '$1$2')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
