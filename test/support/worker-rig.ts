import { randomUUID } from 'node:crypto';
import { deriveAuditKey } from '../../core/audit/key.ts';
import { makeAuthorities } from '../../core/ca/account-authority.ts';
import { makeKeyPair } from '../../core/ca/keys.ts';
import { deriveSealingKeys } from '../../core/config/secrets.ts';
import { silentLogger } from '../../core/logger.ts';
import type { Payload } from '../../core/requests/contracts.ts';
import { recordRequest } from '../../core/requests/record.ts';
import { decideShow, SHOW_DEADLINE_MS } from '../../core/requests/showing.ts';
import { seal } from '../../core/seal.ts';
import { insert } from '../../core/store/plan.ts';
import type { Request, RequestKind, Role } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { type Sandbox, startSandbox } from '../../sandbox/server/sandbox.ts';
import { makeAnswerThrough } from '../../worker/delivery/response-url.ts';
import { makeSendFile } from '../../worker/delivery/send-file.ts';
import { sendMessage } from '../../worker/delivery/send-message.ts';
import { makeSlackClient } from '../../worker/delivery/slack.ts';
import { makeGroups } from '../../worker/groups.ts';
import { makeMeters } from '../../worker/meters.ts';
import { makePeople } from '../../worker/people.ts';
import { carryOut } from '../../worker/processor.ts';
import { upkeepOnce } from '../../worker/upkeep.ts';
import { makeFetchCrl } from '../../worker/uploaded-crl/fetch.ts';
import { anAccount, aSite } from './rows.ts';
import { type TemporaryStore, temporaryStore } from './store.ts';

export const ACCOUNT = 'T0ACME';
export const AUDIT_CHANNEL = 'C0AUDIT';
export const site = aSite({ id: 'site-1', accountId: ACCOUNT });

/** A clock that stands still until it is told to go on. */
export function makeTestClock(start: Date = new Date()) {
  let at = start.getTime();
  return {
    now: () => new Date(at),
    advance: (ms: number) => {
      at += ms;
    },
  };
}

export type WorkerRig = Awaited<ReturnType<typeof startWorkerRig>>;

/**
 * A worker without its queue, against a real database and the sandbox's Slack: `settle` does, in this process and one
 * after the other, whatever the database says is due. ada is the first administrator, alice an operator.
 */
export async function startWorkerRig(options: { pkiUrl?: string } = {}) {
  const clock = makeTestClock();
  const sandbox = await startSandbox({ clock });
  const plainStore = temporaryStore();
  const { store, death } = mortal(plainStore);
  const keys = deriveSealingKeys(new Uint8Array(32).fill(1));
  const client = makeSlackClient(sandbox.botToken, sandbox.apiUrl);
  const leaseMs = 30_000;
  const grant = (userId: string, role: Role) =>
    insert('roles', {
      id: randomUUID(),
      accountId: ACCOUNT,
      userId,
      role,
      grantedBy: 'U0ADA',
      grantedAt: clock.now(),
      duringSetup: true,
    });
  await plainStore.commit([
    insert('accounts', anAccount({ id: ACCOUNT, auditChannel: AUDIT_CHANNEL })),
    insert('sites', site),
    grant('U0ALICE', 'operator'),
  ]);
  const announced = { requests: [] as string[], messages: [] as string[] };
  const announce = {
    request: ({ id }: { id: string }) => void announced.requests.push(id),
    message: (id: string) => void announced.messages.push(id),
  };
  const jobDeps = {
    store,
    clock,
    keys,
    auditKey: deriveAuditKey(keys),
    logger: silentLogger,
    firstAdmins: ['U0ADA'],
    publicUrl: 'https://mtls.example.com',
    auditChannel: undefined,
    approvalChannel: 'C0APPROVE',
    authorities: makeAuthorities({ store, clock, keys, pkiUrl: options.pkiUrl }),
    makeKeyPair,
    people: makePeople(client, () => clock.now().getTime()),
    groups: makeGroups(client, () => clock.now().getTime()),
    answerThrough: makeAnswerThrough(sandbox.apiUrl, 0),
    sendFile: makeSendFile(client),
    fetchCrl: makeFetchCrl(() => true),
    leaseMs,
    meters: makeMeters(),
    announce,
  };
  const sendDeps = {
    store,
    clock,
    keys,
    logger: silentLogger,
    client,
    auditChannel: undefined,
    approvalChannel: 'C0APPROVE',
    leaseMs,
    firstAdmins: jobDeps.firstAdmins,
    groups: jobDeps.groups,
    meters: jobDeps.meters,
  };

  const round = async () => {
    await upkeepOnce(jobDeps);
    const { requests, messages } = announced;
    announced.requests = [];
    announced.messages = [];
    for (const id of requests) await carryOut(jobDeps, id);
    for (const id of messages) await sendMessage(sendDeps, id);
    return requests.length + messages.length;
  };

  return {
    sandbox,
    store: plainStore,
    clock,
    keys,
    jobDeps,
    sendDeps,
    alice: sandbox.person('U0ALICE'),
    /**
     * The worker dies at its n-th commit from now on, just before or just after the database has it: from then on
     * nothing of it happens any more. `restart` is a new worker, after the dead one's lease.
     */
    dieAtCommit(n: number, when: 'before' | 'after') {
      death.inCommits = n;
      death.when = when;
    },
    /** How many commits the worker has tried. */
    get commits() {
      return death.commits;
    },
    get isDead() {
      return death.dead;
    },
    restart() {
      const died = death.dead;
      death.dead = false;
      death.inCommits = Number.POSITIVE_INFINITY;
      announced.requests = [];
      announced.messages = [];
      clock.advance(leaseMs + 1);
      return died;
    },
    /** Carries out and sends what is due until nothing is. */
    async settle() {
      while ((await round()) > 0);
    },
    async record<K extends RequestKind>(kind: K, payload: Payload<K>, set: Partial<Request> = {}): Promise<Request> {
      const recorded = await recordRequest(
        { store: plainStore, clock, announce },
        {
          id: randomUUID(),
          accountId: ACCOUNT,
          actorId: kind === 'issue' ? 'U0ALICE' : 'U0ADA',
          idempotencyKey: randomUUID(),
          deadlineAt: new Date(clock.now().getTime() + 24 * 3_600_000),
          kind,
          payload,
          ...(set as object),
        },
      );
      return recorded.request;
    },
    recordIssue(set: Partial<Payload<'issue'>> = {}): Promise<Request> {
      const payload = {
        method: 'system',
        siteId: site.id,
        name: 'alice-laptop',
        keyType: 'ec-p256',
        validityDays: 365,
      };
      return this.record('issue', { ...payload, ...set } as Payload<'issue'>);
    },
    /** What the bot records at a click on Show once, or on I did not get the key. */
    async recordShow(issue: Request, replaces?: string): Promise<Request> {
      const showing = {
        issue: (await plainStore.request(issue.id)) as Request,
        shows: await plainStore.requestsOf(issue.id),
        certificates: await plainStore.certificatesOfRequest(issue.id),
      };
      const decision = decideShow(showing, { actorId: 'U0ALICE', now: clock.now(), replaces });
      if (!decision.allowed) throw new Error(decision.because);
      const id = randomUUID();
      const url = await responseUrlOfClick(sandbox, issue);
      return this.record(
        'show',
        { issueId: issue.id, ...(replaces ? { replaces } : {}) },
        {
          id,
          actorId: 'U0ALICE',
          parentId: issue.id,
          idempotencyKey: decision.idempotencyKey,
          deadlineAt: new Date(clock.now().getTime() + SHOW_DEADLINE_MS),
          sealed: seal(keys, { purpose: 'reveal', accountId: ACCOUNT, rowId: id }, url),
        },
      );
    },
    async [Symbol.asyncDispose]() {
      await sandbox.stop();
      await plainStore[Symbol.asyncDispose]();
    },
  };
}

/** A store whose user can die: after that every call of the dead process fails, as if it had never been made. */
function mortal(plain: TemporaryStore) {
  const death = { dead: false, commits: 0, inCommits: Number.POSITIVE_INFINITY, when: 'before' as 'before' | 'after' };
  const dead = () => Promise.reject(new Error('this process is dead'));
  const commit: Store['commit'] = async (plan) => {
    if (death.dead) return dead();
    // What is only counted leaves nothing half done.
    if (plan.length > 0 && plan.every(({ op }) => op === 'count')) return plain.commit(plan);
    death.commits += 1;
    death.inCommits -= 1;
    if (death.inCommits > 0) return plain.commit(plan);
    if (death.when === 'after') await plain.commit(plan);
    death.dead = true;
    return dead();
  };
  const store = new Proxy<Store>(plain, {
    get: (target, name: keyof Store) =>
      name === 'commit' ? commit : death.dead ? dead : Reflect.get(target, name, target),
  });
  return { store, death };
}

/** The response_url that Slack sends with a click on the request's lasting message. */
async function responseUrlOfClick(sandbox: Sandbox, issue: Request): Promise<string> {
  const alice = sandbox.person(issue.actorId);
  const message = alice.messages(alice.dm).find((candidate) => JSON.stringify(candidate.blocks).includes(issue.id));
  if (!message) throw new Error('there is no message to click');
  const action = { type: 'button', block_id: 'show', action_id: 'show_once', value: issue.id };
  const payload = alice.payload.action(message, action) as { response_url?: unknown };
  return String(payload.response_url);
}
