import type { ApiProblem } from '../contract.ts';
import { Clients } from './clients.ts';
import { Faults } from './faults.ts';
import { ResponseUrls } from './response-urls.ts';
import type { Clock } from './state/model.ts';
import { Store } from './state/store.ts';
import { Triggers } from './triggers.ts';

const PROBLEMS_KEPT = 50;

export type Credentials = { botToken: string; appToken: string; signingSecret: string; pageToken: string };

/** Everything the parts of the sandbox share: the workspace, the open windows, the clocks and the troublemaker. */
export class World {
  readonly store: Store;
  readonly clock: Clock;
  readonly clients = new Clients();
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly faults = new Faults();
  readonly credentials: Credentials;
  /** What the bot was refused, newest last. */
  readonly problems: ApiProblem[] = [];
  /** Known once the server listens. */
  origin = '';

  constructor(options: { dataDir: string | undefined; clock: Clock; credentials: Credentials }) {
    this.clock = options.clock;
    this.credentials = options.credentials;
    this.store = new Store(options.dataDir, options.clock);
    this.triggers = new Triggers(options.clock);
    this.responseUrls = new ResponseUrls(options.clock, () => this.origin);
  }

  get teamId(): string {
    return this.store.workspace.team.id;
  }

  report(method: string, error: string, messages: string[] = []): void {
    this.problems.push({ at: this.clock.now().toISOString(), method, error, messages });
    if (this.problems.length > PROBLEMS_KEPT) this.problems.shift();
    this.clients.changes.notify();
  }

  /** Calls back after each change of anything a person could see. */
  listen(listener: () => void): () => void {
    const stops = [this.store.changes.listen(listener), this.clients.changes.listen(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
