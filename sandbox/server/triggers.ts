import { randomBytes } from 'node:crypto';
import type { Clock } from './state/model.ts';

/** A trigger lives three seconds from the person's act and is good for one call. */
const TRIGGER_MS = 3000;

type Trigger = { userId: string; clientId: string; atMs: number; used: boolean };
export type TriggerError = 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id';

export class Triggers {
  readonly #clock: Clock;
  readonly #triggers = new Map<string, Trigger>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  mint(userId: string, clientId: string): string {
    const atMs = this.#clock.now().getTime();
    const id = `${Math.floor(atMs / 1000)}.${randomBytes(4).readUInt32BE()}.${randomBytes(16).toString('hex')}`;
    this.#triggers.set(id, { userId, clientId, atMs, used: false });
    return id;
  }

  /** Uses the trigger up. */
  exchange(id: unknown): Trigger | TriggerError {
    const trigger = typeof id === 'string' ? this.#triggers.get(id) : undefined;
    if (!trigger) return 'invalid_trigger_id';
    if (trigger.used) return 'exchanged_trigger_id';
    if (this.#clock.now().getTime() - trigger.atMs > TRIGGER_MS) return 'expired_trigger_id';
    trigger.used = true;
    return trigger;
  }
}
