import type { ApiProblem } from '../contract.ts';
import { Clients } from './clients.ts';
import { Faults } from './faults.ts';
import { ResponseUrls } from './response-urls.ts';
import { Files } from './state/files.ts';
import type { Clock } from './state/model.ts';
import { Store } from './state/store.ts';
import { Triggers } from './triggers.ts';
import { Uploads } from './uploads.ts';

const PROBLEMS_KEPT = 50;

export type Credentials = { botToken: string; appToken: string; signingSecret: string; pageToken: string };

type WorldOptions = {
  dataDir: string | undefined;
  clock: Clock;
  credentials: Credentials;
  scopes: readonly string[];
  demo: World['demo'];
};

/** Everything the parts of the sandbox share: the workspace, the open windows, the clocks and the troublemaker. */
export class World {
  readonly store: Store;
  readonly clock: Clock;
  readonly clients = new Clients();
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly files: Files;
  readonly uploads: Uploads;
  readonly faults = new Faults();
  readonly credentials: Credentials;
  /** What the app may do. */
  readonly scopes: ReadonlySet<string>;
  /** Where the gateway that `npm start` runs beside the sandbox is called. */
  readonly demo: { dataDir: string; edgePort: number } | undefined;
  /** What the bot was refused, newest last. */
  readonly problems: ApiProblem[] = [];
  /** Known once the server listens. */
  origin = '';

  constructor(options: WorldOptions) {
    this.clock = options.clock;
    this.credentials = options.credentials;
    this.scopes = new Set(options.scopes);
    this.demo = options.demo;
    this.store = new Store(options.dataDir, options.clock);
    this.triggers = new Triggers(options.clock);
    this.responseUrls = new ResponseUrls(options.clock, () => this.origin);
    this.files = new Files(this.store, options.dataDir);
    this.uploads = new Uploads(() => this.origin);
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

  /** Waits for changes until something holds. @throws what was waited for, and what the app was refused meanwhile. */
  until<T>(predicate: () => T, timeoutMs = 15_000, what = String(predicate)): Promise<Truthy<T>> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        stop();
        act();
      };
      const look = () => {
        try {
          const found = predicate();
          if (found) settle(() => resolve(found as Truthy<T>));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const fail = () => reject(new Error(`Waited ${timeoutMs} ms in vain for ${what}${this.tellProblems()}`));
      // Only the sandbox makes changes: a stopped one is not worth waiting for.
      const timer = setTimeout(() => settle(fail), timeoutMs).unref();
      const stop = this.listen(look);
      look();
    });
  }

  tellProblems(): string {
    const lines = this.problems.map(({ method, error, messages }) => `  ${method}: ${error} ${messages.join(' ')}`);
    return lines.length > 0 ? `\nThe app was refused:\n${lines.join('\n')}` : '';
  }
}

export type Truthy<T> = Exclude<T, false | undefined | null | 0 | ''>;
