import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Logger, silentLogger } from '../../core/logger.ts';
import type { ApiProblem } from '../contract.ts';
import { Delivery } from './delivery.ts';
import type { Faults } from './faults.ts';
import { changeGroup, type GroupChange } from './groups.ts';
import { Person } from './person.ts';
import { MANIFEST_SCOPES } from './scopes.ts';
import { SocketMode } from './socket-mode.ts';
import type { Clock } from './state/model.ts';
import type { Store } from './state/store.ts';
import { Assets } from './web/assets.ts';
import { Guard } from './web/guard.ts';
import { PageRoutes } from './web/page.ts';
import { makeServer } from './web/server.ts';
import { SlackRoutes } from './web/slack.ts';
import { type Truthy, World } from './world.ts';

export type SandboxOptions = {
  /** Nought, the default, takes a free one. */
  port?: number;
  /** Where `workspace.json` is kept; without it the workspace lives in memory. */
  dataDir?: string;
  /** Where the app listens (`http://127.0.0.1:3000/slack/events`); not needed with Socket Mode. May be set later. */
  botUrl?: string;
  botToken?: string;
  appToken?: string;
  signingSecret?: string;
  pageToken?: string;
  /** What the app may do; those of its manifest unless told otherwise. */
  scopes?: readonly string[];
  /** Where a gateway listens that people can try their certificates at. */
  demo?: { dataDir: string; edgePort: number };
  clock?: Clock;
  logger?: Logger;
  /** Slack's three seconds. */
  ackTimeoutMs?: number;
};

/** A local Slack workspace. `await using sandbox = await startSandbox()` in tests. */
export type Sandbox = {
  readonly url: string;
  /** For `SLACK_API_URL` and `slackApiUrl`. */
  readonly apiUrl: string;
  /** The address for a browser, with its token. */
  readonly pageUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly pageToken: string;
  readonly store: Store;
  readonly faults: Faults;
  readonly socket: SocketMode;
  /** What the app was refused, newest last. */
  readonly problems: readonly ApiProblem[];
  setBotUrl(url: string): void;
  /** The person's window, opened by the first call and the same one afterwards. */
  person(userId: string): Person;
  /** One more window of a person. */
  openWindow(userId: string): Person;
  /** Makes these people the members of a user group (`S0PLATFORM`), and tells the app by its events. */
  setGroupMembers(groupId: string, userIds: readonly string[]): Promise<void>;
  /** Renames, disables or enables a user group, and tells the app by its event. */
  changeGroup(groupId: string, change: GroupChange): Promise<void>;
  /** Waits, without polling, until something holds: `sandbox.until(() => sandbox.store.messagesIn('C0AUDIT').at(-1))`. */
  until<T>(predicate: () => T, timeoutMs?: number): Promise<Truthy<T>>;
  /** Bundles the page now rather than at its first request. */
  buildPage(): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Binds loopback and nothing else: whoever reaches the sandbox acts as anybody in it. */
const HOST = '127.0.0.1';

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const credentials = {
    botToken: options.botToken ?? `xoxb-sandbox-${secret()}`,
    appToken: options.appToken ?? `xapp-sandbox-${secret()}`,
    signingSecret: options.signingSecret ?? secret(),
    pageToken: options.pageToken ?? secret(),
  };
  const clock = options.clock ?? { now: () => new Date() };
  const world = new World({
    dataDir: options.dataDir,
    clock,
    credentials,
    scopes: options.scopes ?? MANIFEST_SCOPES,
    demo: options.demo,
  });
  const socket = new SocketMode();
  const delivery = new Delivery(world, socket, { botUrl: options.botUrl, ackTimeoutMs: options.ackTimeoutMs ?? 3000 });
  const assets = new Assets();
  const guard = new Guard(credentials.pageToken, () => (server.address() as AddressInfo).port);
  const server = makeServer({
    world,
    guard,
    page: new PageRoutes(world, delivery, guard, assets),
    slack: new SlackRoutes(world, () => socket.mintUrl(world.origin)),
    socket,
    logger: options.logger ?? silentLogger,
  });
  server.listen(options.port ?? 0, HOST);
  await once(server, 'listening');
  world.origin = `http://${HOST}:${(server.address() as AddressInfo).port}`;

  const people = new Map<string, Person>();
  const openWindow = (userId: string): Person => new Person(world, delivery, userId);
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    await socket.stop();
    world.clients.closeAll();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    world.store.flush();
  };
  return {
    ...credentials,
    url: world.origin,
    apiUrl: `${world.origin}/api/`,
    pageUrl: `${world.origin}/?token=${credentials.pageToken}`,
    store: world.store,
    faults: world.faults,
    socket,
    problems: world.problems,
    setBotUrl: (url) => {
      delivery.botUrl = url;
    },
    person: (userId) => {
      const known = people.get(userId);
      if (known && !known.isGone) return known;
      const person = openWindow(userId);
      people.set(userId, person);
      return person;
    },
    openWindow,
    setGroupMembers: (groupId, userIds) => changeGroup(world, delivery, groupId, { userIds }),
    changeGroup: (groupId, change) => changeGroup(world, delivery, groupId, change),
    until: (predicate, timeoutMs) => world.until(predicate, timeoutMs),
    buildPage: async () => {
      await assets.build();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function secret(): string {
  return randomBytes(24).toString('hex');
}
