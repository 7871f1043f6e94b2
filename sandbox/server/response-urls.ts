import { randomBytes } from 'node:crypto';
import type { Clock } from './state/model.ts';

/** A response URL is good for half an hour and five uses. */
const LIFE_MS = 30 * 60_000;
const USES = 5;

/** What the person did that the URL answers. */
export type Occasion = {
  userId: string;
  conversationId: string;
  /** The message that was acted on; a slash command has none. */
  message?: { ts: string; ephemeral: boolean };
};

type Entry = { occasion: Occasion; untilMs: number; uses: number };

export class ResponseUrls {
  readonly #clock: Clock;
  readonly #origin: () => string;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, origin: () => string) {
    this.#clock = clock;
    this.#origin = origin;
  }

  mint(teamId: string, occasion: Occasion): string {
    const path = `/${occasion.message ? 'actions' : 'commands'}/${teamId}/${randomBytes(6).readUIntBE(0, 6)}/${randomBytes(18).toString('base64url')}`;
    this.#entries.set(path, { occasion, untilMs: this.#clock.now().getTime() + LIFE_MS, uses: 0 });
    return this.#origin() + path;
  }

  /** The occasion, with one use taken once `use` is called; or Slack's error. */
  find(path: string): { occasion: Occasion; use(): void } | 'used_url' | 'expired_url' {
    const entry = this.#entries.get(path);
    if (!entry || this.#clock.now().getTime() > entry.untilMs) return 'expired_url';
    if (entry.uses >= USES) return 'used_url';
    return {
      occasion: entry.occasion,
      use: () => {
        entry.uses += 1;
      },
    };
  }
}
