import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bindingId, MANAGED } from '../../core/bindings/verbs.ts';
import { DEMO_EDGE, demoCommand } from '../../core/config/demo-edge.ts';
import { OWN_EDGE } from '../../core/edges/own.ts';
import { insert } from '../../core/store/plan.ts';
import type { Person } from '../../sandbox/server/person.ts';
import { askForCertificate, contentOf, pressShowOnce, untilShown } from '../support/acts.ts';
import { openTls } from '../support/edge-client.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

const APPROVALS = 'C0APPROVE';
const execute = promisify(execFile);

describeWith('redisServer', "the installation's own gateway", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ api: true, edge: true });
    await stack.setUp();
    const { ada } = stack;
    await ada.command(ada.dm, `/mtls site add ${DEMO_EDGE.site}`);
    await ada.until(() => ada.ephemerals(ada.dm).some(({ text }) => text.includes(DEMO_EDGE.site)), 20_000);
  });
  afterAll(() => stack?.[Symbol.asyncDispose]());

  it('is let in by itself, and enforces: 200 with the certificate, 403 without, 403 after the approval', async () => {
    const { alice, bob, store } = stack;
    const { command, file } = await issue(alice, 'device-1');
    // Bound to nothing and without a rule, everybody is let through, and nobody is verified.
    await until(command, (said) => said.includes('whoever you are'));
    await bindAndGuard();
    await until(command, (said) => said.includes('Hello device-1. Your certificate counts here'));
    expect(await call(command.replace(/--cert \S+ --key \S+ /, ''))).toContain('Not allowed');

    await alice.command(alice.dm, '/mtls list device-1');
    await alice.until(() => JSON.stringify(alice.modal?.blocks ?? []).includes('Revoke device-1'));
    await alice.click('modal', 'Revoke');
    await alice.until(() => alice.modal?.callback_id === 'revoke');
    await alice.change('modal', 'Reason', 'superseded');
    await alice.until(() => JSON.stringify(alice.modal).includes('"initial_option"'));
    await alice.submit({ Why: 'replaced', Confirmation: ['yes'] });
    const card = await bob.until(
      () => bob.messages(APPROVALS).find((message) => contentOf(message).includes('device-1')),
      20_000,
    );
    await bob.click(card, 'Approve');
    await until(command, (said) => said.includes('Not allowed'));
    const states = await store.edgeStates(ACCOUNT);
    expect(states.map(({ id }) => id)).toEqual([OWN_EDGE.id]);
    expect(readFileSync(file.certificate, 'utf8')).toContain('BEGIN CERTIFICATE');
  });

  it('goes on with everything else gone, and after a start of its own alone', async () => {
    const { alice } = stack;
    const { command } = await issue(alice, 'device-2');
    await until(command, (said) => said.includes('Hello device-2.'));
    await stack.kill('api');
    await stack.kill('worker');
    await stack.kill('edge');
    await stack.start('edge');
    expect(await call(command)).toContain('Hello device-2.');
    expect(await call(command.replace(/--cert \S+ --key \S+ /, ''))).toContain('Not allowed');
    await Promise.all([stack.start('worker'), stack.start('api')]);
  });

  it('ends in order when it is told to, and closes idle connections', async () => {
    const ca = readFileSync(join(stack.folder, 'edge', DEMO_EDGE.folder, 'ca.pem'), 'utf8');
    const edge = { host: '127.0.0.1', port: stack.edgePort, ca };
    const idle = await openTls(edge, { sni: DEMO_EDGE.hostname });
    const closed = once(idle, 'close');
    await stack.end('edge', 'SIGTERM');
    await closed;
    await stack.start('edge');
  });

  async function issue(person: Person, name: string) {
    await askForCertificate(person, { Name: name });
    await pressShowOnce(person, name);
    const { certificatePem, keyPem } = await untilShown(person, name);
    const file = { certificate: join(stack.folder, `${name}.crt`), key: join(stack.folder, `${name}.key`) };
    writeFileSync(file.certificate, certificatePem);
    writeFileSync(file.key, keyPem);
    return { command: demoCommand(stack.folder, stack.edgePort, file), file };
  }

  async function bindAndGuard(): Promise<void> {
    const site = (await stack.store.sites(ACCOUNT)).find(({ name }) => name === DEMO_EDGE.site);
    if (!site) throw new Error('no site');
    const now = new Date();
    const common = { accountId: ACCOUNT, siteId: site.id, createdAt: now, updatedAt: now, version: 1 };
    const ruleId = randomUUID();
    const rulesetId = randomUUID();
    const { hostname } = DEMO_EDGE;
    const written = await stack.store.commit([
      insert('bindings', {
        id: bindingId(site.id, MANAGED),
        accountId: ACCOUNT,
        siteId: site.id,
        authorityId: MANAGED,
        hostnames: [hostname],
        updatedAt: now,
        version: 1,
      }),
      insert('rulesets', {
        ...common,
        id: rulesetId,
        number: 900_001,
        phase: 'http_custom',
        name: 'rules',
        status: 'on',
        order: [ruleId],
        deletedAt: null,
      }),
      insert('rules', {
        ...common,
        id: ruleId,
        rulesetId,
        number: 900_002,
        name: 'certificates only',
        expression: `(http.host in {"${hostname}"} and not tls_client_auth.cert_verified)`,
        action: 'deny',
        status: 'on',
        config: {},
        acceptedGaps: [],
        createdBy: 'U0ADA',
        deletedAt: null,
      }),
    ]);
    expect(written.ok).toBe(true);
  }

  /** The command as a person pastes it. */
  async function call(command: string): Promise<string> {
    const { stdout } = await execute('sh', ['-c', command.replace('curl ', 'curl -s --max-time 5 ')]);
    return stdout;
  }

  async function until(command: string, fits: (said: string) => boolean): Promise<void> {
    for (const giveUpAt = Date.now() + 20_000; ; ) {
      const said = await call(command);
      if (fits(said)) return;
      if (Date.now() > giveUpAt) throw new Error(`${said}\n${stack.log.slice(-20).join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});
