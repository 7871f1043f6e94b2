/** How many days before an end somebody is reminded of it, unless the account has chosen other days. */
export const REMINDER_DAYS = [30, 14, 7, 2] as const;
