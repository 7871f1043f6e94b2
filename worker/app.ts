import { type Job, Worker } from 'bullmq';
import { deriveAuditKey } from '../core/audit/key.ts';
import { makeAuthorities } from '../core/ca/account-authority.ts';
import { makeKeyMaker } from '../core/ca/key-maker.ts';
import type { Clock } from '../core/clock.ts';
import type { Config } from '../core/config/config.ts';
import type { SealingKeys } from '../core/config/secrets.ts';
import type { Logger } from '../core/logger.ts';
import { type AnnouncingQueue, MESSAGE_QUEUE, REQUEST_QUEUE } from '../core/requests/queue.ts';
import { redisConnection } from '../core/requests/redis.ts';
import type { Store } from '../core/store/store.ts';
import { makeAnswerThrough } from './delivery/response-url.ts';
import { makeSendFile, UPLOAD_TIMEOUT_MS } from './delivery/send-file.ts';
import { sendMessage } from './delivery/send-message.ts';
import { makeSlackClient } from './delivery/slack.ts';
import type { JobDeps } from './deps.ts';
import { makeGroups } from './groups.ts';
import { startLoop } from './loop.ts';
import { makeMeters } from './meters.ts';
import { makePeople } from './people.ts';
import { carryOut } from './processor.ts';
import { keepOwnEdge } from './publish/own-edge.ts';
import { startSnapshotPublisher } from './publish/snapshot/start.ts';
import { startPublisher } from './publish/start.ts';
import { scheduledJobs, startSchedules } from './schedules.ts';
import { startUpkeep } from './upkeep.ts';
import { isPublicAddress } from './uploaded-crl/address.ts';
import { makeFetchCrl } from './uploaded-crl/fetch.ts';
import { startRefreshing } from './uploaded-crl/start.ts';

/** Requests carried out at once by one worker; the work is short, and RSA keys are made in a thread pool. */
const REQUESTS_AT_ONCE = 16;
/** Slack takes about one message a second for each channel; more at once only helps across channels. */
const MESSAGES_AT_ONCE = 8;

export type WorkerApp = { stop(): Promise<void> };

/** Builds and starts a worker from its dependencies. */
export function startWorker(deps: {
  config: Config;
  keys: SealingKeys;
  store: Store;
  clock: Clock;
  queue: AnnouncingQueue;
  logger: Logger;
}): WorkerApp {
  const { config, keys, store, clock, queue, logger } = deps;
  const client = makeSlackClient(config.slack.botToken, config.slack.apiUrl);
  const keyMaking = new AbortController();
  const jobDeps: JobDeps & { leaseMs: number } = {
    store,
    clock,
    keys,
    auditKey: deriveAuditKey(keys),
    logger,
    firstAdmins: config.firstAdmins,
    auditChannel: config.auditChannel,
    approvalChannel: config.approvalChannel,
    publicUrl: config.publicUrl,
    authorities: makeAuthorities({ store, clock, keys, pkiUrl: config.pkiUrl }),
    makeKeyPair: makeKeyMaker(keyMaking.signal),
    people: makePeople(client, () => clock.now().getTime()),
    groups: makeGroups(client, () => clock.now().getTime()),
    answerThrough: makeAnswerThrough(config.slack.apiUrl, config.leaseMs / 2),
    sendFile: makeSendFile(makeSlackClient(config.slack.botToken, config.slack.apiUrl, UPLOAD_TIMEOUT_MS)),
    fetchCrl: makeFetchCrl(config.crlFetchPrivate ? () => true : isPublicAddress),
    leaseMs: config.leaseMs,
    meters: makeMeters(),
  };
  const sendDeps = {
    store,
    clock,
    keys,
    logger,
    client,
    auditChannel: config.auditChannel,
    approvalChannel: config.approvalChannel,
    firstAdmins: config.firstAdmins,
    groups: jobDeps.groups,
    meters: jobDeps.meters,
    leaseMs: config.leaseMs,
  };
  const upkeep = startUpkeep({ ...jobDeps, announce: queue });
  const publisher = startPublisher(jobDeps);
  const refreshing = startRefreshing(jobDeps);
  const snapshots = startSnapshotPublisher({ ...jobDeps, told: () => upkeep.soon() });
  const ownEdge = startLoop('own edge', () => keepOwnEdge(jobDeps), logger);
  const schedules = startSchedules({ ...config, logger }, scheduledJobs(jobDeps));

  const work = (name: string, concurrency: number, carry: (job: Job) => Promise<void>) => {
    const worker = new Worker(
      name,
      async (job) => {
        await carry(job);
        upkeep.soon();
        publisher.soon();
        snapshots.soon();
      },
      {
        connection: redisConnection(config.redisUrl),
        concurrency,
        lockDuration: config.leaseMs,
        stalledInterval: config.leaseMs,
      },
    );
    // Redis away: the worker reconnects by itself, and the rows wait in the database.
    worker.on('error', (error) => logger.debug({ queue: name, error }, 'queue connection'));
    worker.on('failed', (job, error) => logger.error({ id: job?.id, queue: name, error }, 'job failed'));
    return worker;
  };
  const workers = [
    work(REQUEST_QUEUE, REQUESTS_AT_ONCE, (job) => carryOut(jobDeps, job.id as string)),
    work(MESSAGE_QUEUE, MESSAGES_AT_ONCE, (job) => sendMessage(sendDeps, job.id as string)),
  ];

  return {
    async stop() {
      await Promise.all([upkeep.stop(), publisher.stop(), refreshing.stop(), snapshots.stop(), ownEdge.stop()]);
      await schedules.stop();
      await Promise.allSettled(workers.map((worker) => worker.close()));
      keyMaking.abort();
    },
  };
}
