import { randomUUID } from 'node:crypto';
import { type Bot, makeBot } from '../../../bot/app.ts';
import { type Config, loadConfig } from '../../../core/config/config.ts';
import { deriveSealingKeys } from '../../../core/config/secrets.ts';
import { makeLogger } from '../../../core/logger.ts';
import { endRequest, type Outcome } from '../../../core/requests/end.ts';
import { insert, type Write } from '../../../core/store/plan.ts';
import type { Request, Role } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';
import { type Sandbox, startSandbox } from '../../../sandbox/server/sandbox.ts';
import { anAccount, aSite } from '../../support/rows.ts';
import { type TemporaryStore, temporaryStore } from '../../support/store.ts';

export const ACCOUNT = 'T0ACME';
export const keys = deriveSealingKeys(new Uint8Array(32).fill(1));
export const site = aSite({ id: 'site-1', accountId: ACCOUNT });

type Options = {
  mode?: 'http' | 'socket';
  apiUrl?: string;
  /** What the worker would make of a request, at once. */
  carryOut?: (request: Request, store: Store) => Promise<unknown>;
};

export type BotRig = AsyncDisposable & {
  bot: Bot;
  sandbox: Sandbox;
  store: TemporaryStore;
  clock: { now(): Date; advance(ms: number): void };
  url: string;
  /** What the workers were told of, oldest first. */
  announced: Request[];
  logs: string[];
  carryOut: NonNullable<Options['carryOut']> | undefined;
};

/** The bot over a real database and against the sandbox's Slack: ada is administrator, alice an operator. */
export async function startBotRig(options: Options = {}): Promise<BotRig> {
  let at = Date.now();
  const clock = {
    now: () => new Date(at),
    advance: (ms: number) => {
      at += ms;
    },
  };
  const sandbox = await startSandbox({ clock });
  const store = temporaryStore();
  const logs: string[] = [];
  const announced: Request[] = [];
  const announce = {
    request: ({ id }: { id: string }) => {
      void store.request(id).then(async (request) => {
        if (!request) return;
        announced.push(request);
        await rig.carryOut?.(request, store);
      });
    },
    message: () => undefined,
  };
  const logger = makeLogger('bot', 'debug', (line) => void logs.push(line));
  const bot = makeBot({ config: configure(sandbox, options), keys, store, clock, announce, logger });
  const { port } = await bot.start();
  const url = `http://127.0.0.1:${port}`;
  sandbox.setBotUrl(`${url}/slack/events`);
  const rig: BotRig = {
    bot,
    sandbox,
    store,
    clock,
    url,
    announced,
    logs,
    carryOut: options.carryOut,
    [Symbol.asyncDispose]: async () => {
      await bot.stop();
      await sandbox.stop();
      await store[Symbol.asyncDispose]();
    },
  };
  return rig;
}

/** An account with a site and its roles. */
export async function seed(store: Store, more: Write[] = []): Promise<void> {
  await store.commit([
    insert('accounts', anAccount({ id: ACCOUNT })),
    insert('sites', site),
    ...grant('U0ADA', 'administrator'),
    ...grant('U0ALICE', 'operator'),
    ...grant('U0BOB', 'operator'),
    ...more,
  ]);
}

export function grant(userId: string, role: Role): Write[] {
  const at = new Date();
  return [
    insert('roles', {
      id: randomUUID(),
      accountId: ACCOUNT,
      userId,
      role,
      grantedBy: 'U0ADA',
      duringSetup: false,
      grantedAt: at,
    }),
  ];
}

/** Ends a request as a worker would. */
export async function end(
  store: Store,
  request: Request,
  state: 'done' | 'refused',
  message: string,
  at: Date = request.createdAt,
): Promise<void> {
  const outcome: Outcome = { code: state, message };
  await store.commit([endRequest(request, state, outcome, at)]);
}

function configure(sandbox: Sandbox, { mode = 'http', apiUrl }: Options): Config {
  const { config } = loadConfig('bot', {
    PORT: '0',
    LOG_LEVEL: 'debug',
    REDIS_URL: 'redis://127.0.0.1:1',
    SLACK_BOT_TOKEN: sandbox.botToken,
    SLACK_SIGNING_SECRET: sandbox.signingSecret,
    SLACK_APP_TOKEN: mode === 'socket' ? sandbox.appToken : undefined,
    SLACK_API_URL: apiUrl ?? sandbox.apiUrl,
    COUNTERSIGN_ADMINS: 'U0ADA',
    COUNTERSIGN_KEY_REVEAL: Buffer.from(keys.reveal).toString('base64'),
  });
  return config;
}
