/** An administrator may act alone this often within `BREAK_GLASS_WINDOW_MS`: an emergency, not a way of working. */
export const BREAK_GLASS_TIMES = 3;
export const BREAK_GLASS_WINDOW_MS = 60 * 60_000;
/** How long somebody else has to say that they have seen it. */
export const ACKNOWLEDGE_WITHIN_MS = 7 * 24 * 60 * 60_000;
