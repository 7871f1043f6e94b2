import { randomUUID } from 'node:crypto';

export type FaultKind = '429' | '500' | 'reset' | 'lost' | 'slow' | 'error';

/**
 * Trouble made on purpose. `429`, `500`, `error` and `reset` happen instead of the work; `lost` does the work and
 * then cuts the connection, so that the caller cannot know; `slow` waits first and then works as usual.
 */
export type Fault = {
  /** A Web API method, a family of them (`usergroups.*`), `response_url`, `upload_url`, `url_private`, or `*` for all. */
  method: string;
  kind: FaultKind;
  /** How many calls it befalls; without it, all until it is removed. */
  times?: number;
  /** `slow`: how long to wait. */
  ms?: number;
  /** `429`: Slack's Retry-After, in whole seconds (1 unless given). */
  retryAfterSeconds?: number;
  /** `error`: the Web API error, for example `missing_scope`. */
  error?: string;
};

export type ActiveFault = Fault & { id: string; hits: number };

export class Faults {
  #active: ActiveFault[] = [];

  /** @returns the fault with its count of hits, and how to remove it. */
  add(fault: Fault): ActiveFault & { remove(): void } {
    const active: ActiveFault = { ...fault, id: randomUUID(), hits: 0 };
    this.#active.push(active);
    return Object.assign(active, { remove: () => this.remove(active.id) });
  }

  remove(id: string): void {
    this.#active = this.#active.filter((fault) => fault.id !== id);
  }

  clear(): void {
    this.#active = [];
  }

  list(): readonly ActiveFault[] {
    return this.#active;
  }

  /** The fault that befalls this call, counted. */
  take(method: string): ActiveFault | undefined {
    const fault = this.#active.find((active) => matches(active.method, method));
    if (!fault) return undefined;
    fault.hits += 1;
    if (fault.times !== undefined && fault.hits >= fault.times) this.remove(fault.id);
    return fault;
  }
}

function matches(pattern: string, method: string): boolean {
  return pattern.endsWith('*') ? method.startsWith(pattern.slice(0, -1)) : method === pattern;
}
