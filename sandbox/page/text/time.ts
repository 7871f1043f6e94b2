/** Slack's date tokens (`<!date^epoch^format|fallback>`) in the reader's time zone. */
type DateParts = { year: string; month: string; day: string; weekday: string };

const clockStyle = new Intl.DateTimeFormat().resolvedOptions();

/** Making a formatter costs far more than using it, and every drawing formats every moment on the page. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatIn(zone: string, options: Intl.DateTimeFormatOptions, date: Date, language = 'en'): string {
  const key = JSON.stringify([zone, language, options]);
  const formatter = formatters.get(key) ?? makeFormatter(zone, options, language);
  formatters.set(key, formatter);
  return formatter.format(date);
}

function makeFormatter(zone: string, options: Intl.DateTimeFormatOptions, language: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(language, { ...options, timeZone: zone });
  } catch {
    // A zone this browser does not know: its own is better than none.
    return new Intl.DateTimeFormat(language, options);
  }
}

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });
const agoWords = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

export function clockTime(date: Date, zone: string, withSeconds = false): string {
  const hourCycle = clockStyle.hourCycle ?? 'h23';
  const hour = hourCycle === 'h11' || hourCycle === 'h12' ? 'numeric' : '2-digit';
  return formatIn(zone, { hour, minute: '2-digit', hourCycle, ...(withSeconds && { second: '2-digit' }) }, date);
}

/** The whole truth about a moment, for tooltips: date, time and zone. */
export function fullTime(date: Date, zone: string): string {
  return `${slackDate(date, '{date_long} {time_secs}', zone)} (${zone})`;
}

export function dayKey(date: Date, zone: string): string {
  return formatIn(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }, date);
}

export function dayTitle(date: Date, zone: string, now = new Date()): string {
  const relative = relativeDay(date, zone, now);
  return relative ? `${relative[0]?.toUpperCase()}${relative.slice(1)}` : slackDate(date, '{date_long}', zone, now);
}

export function slackDate(date: Date, format: string, zone: string, now = new Date()): string {
  return format.replace(/\{(\w+)\}/g, (token, name: string) => expand(name, date, zone, now) ?? token);
}

function expand(name: string, date: Date, zone: string, now: Date): string | undefined {
  if (name.endsWith('_pretty')) {
    return relativeDay(date, zone, now) ?? expand(name.slice(0, -'_pretty'.length), date, zone, now);
  }
  switch (name) {
    case 'date_num':
      return formatIn(zone, { dateStyle: 'short' }, date, 'sv');
    case 'date':
    case 'day_divider': {
      const { month, day, year } = partsOf(date, zone, 'long');
      return `${month} ${ordinal(day)}, ${year}`;
    }
    case 'date_short': {
      const { month, day, year } = partsOf(date, zone, 'short');
      return `${month} ${day}, ${year}`;
    }
    case 'date_long': {
      const { weekday, month, day, year } = partsOf(date, zone, 'long');
      return `${weekday}, ${month} ${ordinal(day)}, ${year}`;
    }
    case 'time':
      return clockTime(date, zone);
    case 'time_secs':
      return clockTime(date, zone, true);
    case 'ago':
      return ago(date, now);
    default:
      return undefined;
  }
}

function partsOf(date: Date, zone: string, month: 'long' | 'short'): DateParts {
  const part = (options: Intl.DateTimeFormatOptions) => formatIn(zone, options, date);
  return {
    year: part({ year: 'numeric' }),
    month: part({ month }),
    day: part({ day: 'numeric' }),
    weekday: part({ weekday: 'long' }),
  };
}

function ordinal(day: string): string {
  const rule = ordinals.select(Number(day));
  return day + ({ one: 'st', two: 'nd', few: 'rd' }[rule as string] ?? 'th');
}

function relativeDay(date: Date, zone: string, now: Date): string | undefined {
  const dayMs = 86_400_000;
  const key = dayKey(date, zone);
  if (key === dayKey(now, zone)) return 'today';
  if (key === dayKey(new Date(now.getTime() - dayMs), zone)) return 'yesterday';
  if (key === dayKey(new Date(now.getTime() + dayMs), zone)) return 'tomorrow';
  return undefined;
}

const AGO_STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

function ago(date: Date, now: Date): string {
  const seconds = (date.getTime() - now.getTime()) / 1000;
  for (const [unit, length] of AGO_STEPS) {
    if (Math.abs(seconds) >= length) return agoWords.format(Math.trunc(seconds / length), unit);
  }
  return agoWords.format(Math.trunc(seconds), 'second');
}
