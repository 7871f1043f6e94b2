/** An edge reports every 5 s: heard of within this time, it is connected. */
const RECENT_MS = 20_000;

export function isAway({ lastSeenAt }: { lastSeenAt: Date }, now: Date): boolean {
  return now.getTime() - lastSeenAt.getTime() > RECENT_MS;
}
