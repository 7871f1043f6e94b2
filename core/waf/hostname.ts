import type { TextOperator } from './syntax.ts';

/**
 * Why no request's hostname could ever fit this value, as a sentence; undefined when it may. A rule that never matches
 * looks like protection and is none.
 * @param value in lower case.
 */
export function whyNoHostname(value: string, operator: TextOperator): string | undefined {
  if (value === '') return '`http.host` is never empty: name a hostname.';
  if (value.includes('*'))
    return `a wildcard has no meaning here. Write ends_with(http.host, ".example.com") for all names below one.`;
  if (value.includes(':')) return '`http.host` has no port and no scheme: name the hostname alone.';
  if (/[^\u0020-\u007e]/.test(value)) return '`http.host` is in its ASCII form: write xn--... for other letters.';
  if (!/^[a-z0-9._-]+$/.test(value)) return 'a hostname has letters, digits, hyphens and dots only.';
  const whole = operator === 'eq' || operator === 'ends_with';
  return whole && value.endsWith('.') ? '`http.host` has no dot at its end.' : undefined;
}
