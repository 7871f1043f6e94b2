import { z } from 'zod';

/**
 * When a rule is in force, as the OpenAPI writes it. Periods are instants; weekly ones are on the clock of `Zone`. What
 * is read has these keys and no others; each is bounded, since edges keep it.
 */
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/, 'is a time such as 08:30:00');
const instant = z.iso.datetime({ offset: true, error: 'is a time such as 2026-01-31T08:30:00Z' }).max(40);
const inOrder = (period: { Start: string; End: string }) => period.Start < period.End;
const dailyPeriods = z
  .array(z.object({ Start: clockTime, End: clockTime }).refine(inOrder, 'ends after it begins, on the same day'))
  .max(20);

export const timerSchema = z.discriminatedUnion('Scopes', [
  z.object({ Scopes: z.literal('permanent') }),
  z.object({
    Scopes: z.literal('periods'),
    Periods: z
      .array(
        z
          .object({ Start: instant, End: instant })
          .refine(({ Start, End }) => new Date(Start) < new Date(End), 'ends after it begins'),
      )
      .min(1)
      .max(20),
  }),
  z.object({
    Scopes: z.literal('weekly'),
    /** Hours east of UTC. */
    Zone: z.int().min(-12).max(14).default(0),
    WeeklyPeriods: z
      .array(
        z.object({
          /** `1,3`: Monday and Wednesday. */
          Days: z.string().regex(/^[1-7](,[1-7]){0,6}$/, 'is days such as 1,3 (1 is Monday)'),
          DailyPeriods: dailyPeriods,
        }),
      )
      .min(1)
      .max(20),
  }),
]);

export type Timer = z.infer<typeof timerSchema>;

/** The timer of a configuration that was read once; undefined for a rule that is always in force. */
export function timerOf(config: Readonly<Record<string, unknown>>): Timer | undefined {
  const { data } = timerSchema.safeParse(config['Timer']);
  return data?.Scopes === 'permanent' ? undefined : data;
}

/**
 * Whether a rule with this timer is in force. An instant at which a period ends is outside; the second of the clock at
 * which a daily one ends is inside, so that 23:59:59 is the end of a day.
 */
export function isInForce(timer: Timer | undefined, at: Date): boolean {
  switch (timer?.Scopes) {
    case 'periods':
      return timer.Periods.some(({ Start, End }) => at >= new Date(Start) && at < new Date(End));
    case 'weekly': {
      const local = new Date(at.getTime() + timer.Zone * 3_600_000);
      const day = String(local.getUTCDay() || 7);
      const clock = local.toISOString().slice(11, 19);
      return timer.WeeklyPeriods.some(
        ({ Days, DailyPeriods }) =>
          Days.split(',').includes(day) &&
          (DailyPeriods.length === 0 || DailyPeriods.some(({ Start, End }) => clock >= Start && clock <= End)),
      );
    }
    default:
      return true;
  }
}
