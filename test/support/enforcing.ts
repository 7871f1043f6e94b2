import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Person } from '../../sandbox/server/person.ts';
import { askForCertificate, contentOf, pressShowOnce, untilShown } from './acts.ts';
import { startEchoOrigin } from './echo-origin.ts';
import { type Answered, askEdge, type ClientIdentity } from './edge-client.ts';
import { makeAuthority, makeServerCertificate } from './pki.ts';
import { type EdgeKind, type RealEdge, startRealEdge } from './real-edges.ts';
import type { Stack } from './stack.ts';

export const HOSTNAME = 'api.example.com';
const APPROVALS = 'C0APPROVE';

/** What people do to have a hostname guarded by edges of their own, in Slack, and the edges themselves. */
export async function makeEnforcing(stack: Stack) {
  const { ada, alice, bob } = stack;
  const folder = join(stack.folder, 'edges');
  const edges: RealEdge[] = [];
  const origin = await startEchoOrigin();
  const servers = await makeAuthority('CN=Servers');
  const own = await makeServerCertificate(servers, [HOSTNAME]);
  mkdirSync(folder, { recursive: true });
  const [certificate, key] = [join(folder, 'server.pem'), join(folder, 'server.key')];
  if (!existsSync(certificate)) writeFileSync(certificate, own.pem);
  writeFileSync(key, own.keyPem, { mode: 0o600 });
  const shown = (person: Person) => JSON.stringify(person.modal?.blocks ?? []);

  const cardAbout = (words: string) =>
    bob.until(
      () =>
        bob
          .messages(APPROVALS)
          .findLast((message) => contentOf(message).includes(words) && JSON.stringify(message).includes('"Approve"')),
      20_000,
    );

  const enforcing = {
    edges,
    cardAbout,
    /** `/mtls edge add`, bob's approval, and Show once. */
    async addEdge(kind: EdgeKind, { isBare = false } = {}): Promise<RealEdge> {
      const name = `${kind}-${randomUUID().slice(0, 4)}`;
      await ada.command(ada.dm, `/mtls edge add ${name}`);
      await ada.until(() => ada.modal?.callback_id === 'edge_add');
      await ada.submit({ Kind: kind });
      await bob.click(await cardAbout(name), 'Approve');
      const ready = await ada.until(
        () =>
          ada
            .messages(ada.dm)
            .find((one) => contentOf(one).includes(name) && JSON.stringify(one).includes('show_edge')),
        20_000,
      );
      await ada.click(ready, 'Show once');
      const [credential = '', pin = ''] = await ada.until(() => {
        const last = ada.ephemerals(ada.dm).findLast((one) => contentOf(one).includes(name));
        const texts = [...JSON.stringify(last?.blocks ?? []).matchAll(/"text":"([^"]*)"/g)].map(
          ([, text]) => text ?? '',
        );
        const secrets = texts.filter((text) => /^[\w-]+\.[\w-]{43}$/.test(text));
        return secrets.length === 2 ? secrets : undefined;
      }, 20_000);
      const edge = await startRealEdge(kind, {
        folder,
        hosts: [{ hostname: HOSTNAME, certificate, key, origin: origin.url }],
        ca: servers.pem,
        feed: { url: stack.apiUrl, credential, pin },
        isBare,
      });
      edges.push(edge);
      return edge;
    },
    /** `/mtls bind`, as alice does it. */
    async bind(): Promise<void> {
      await alice.command(alice.dm, '/mtls bind example.com');
      await alice.until(() => alice.modal?.callback_id === 'bind');
      await alice.submit({ Hostnames: HOSTNAME });
      await alice.until(() => shown(alice).includes('Gains (1)'));
      await alice.submit();
      await alice.until(() => /has 1 hostname|is done/.test(shown(alice)), 20_000);
      await alice.close();
    },
    /** `/mtls ca upload`, bob's approval, and the hostname bound to it as well. */
    async trustCustomCa(name: string, pem: string): Promise<void> {
      await ada.command(ada.dm, '/mtls ca upload');
      await ada.until(() => shown(ada).includes('Or the Certificate as a File'));
      await ada.submit({ Name: name, Certificate: pem });
      await ada.close({ all: true });
      await bob.click(await cardAbout(name), 'Approve');
      await ada.until(
        () => ada.messages(ada.dm).some((one) => contentOf(one).includes(`*${name}* is uploaded`)),
        20_000,
      );
      await ada.command(ada.dm, '/mtls bind example.com');
      await ada.until(() => ada.modal?.callback_id === 'bind');
      await ada.change('modal', 'Authority', name);
      await ada.until(() => shown(ada).includes('has no hostname'), 20_000);
      await ada.submit({ Hostnames: HOSTNAME });
      await ada.until(() => shown(ada).includes('Gains (1)'));
      await ada.submit({ Why: 'It has a CA of its own.' });
      await ada.close({ all: true });
      await bob.click(await cardAbout(HOSTNAME), 'Approve');
    },
    /** `/mtls waf add`: only verified certificates, in the seed's terms. */
    async guard(): Promise<void> {
      await ada.command(ada.dm, '/mtls waf add example.com');
      await ada.until(() => shown(ada).includes('Rule Name'));
      await ada.change('modal', 'Hostname', [HOSTNAME]);
      await ada.submit({ 'Rule Name': 'certificates only' });
      await ada.submit();
      await ada.close();
    },
    async issue(name: string): Promise<ClientIdentity> {
      await askForCertificate(alice, { Name: name });
      await pressShowOnce(alice, name);
      const { certificatePem, keyPem } = await untilShown(alice, name);
      return { certificate: certificatePem, key: keyPem };
    },
    /** alice asks; bob has not decided. @returns the card in front of bob */
    async askToRevoke(name: string) {
      await alice.command(alice.dm, `/mtls list ${name}`);
      await alice.until(() => shown(alice).includes(`Revoke ${name}`), 20_000);
      await alice.click('modal', 'Revoke');
      await alice.until(() => alice.modal?.callback_id === 'revoke');
      await alice.change('modal', 'Reason', 'superseded');
      await alice.until(() => JSON.stringify(alice.modal).includes('"initial_option"'));
      await alice.submit({ Why: 'replaced', Confirmation: ['yes'] });
      await alice.close();
      return cardAbout(name);
    },
    async statusOf(edge: RealEdge, client?: ClientIdentity): Promise<number | string> {
      const answer: Answered = await askEdge(edge, { sni: HOSTNAME, ...(client ? { client } : {}) });
      return 'status' in answer ? answer.status : answer.refused;
    },
    /** @returns after how many milliseconds every edge answers so */
    async untilAll(status: number, client?: ClientIdentity, timeoutMs = 20_000): Promise<Map<EdgeKind, number>> {
      const from = performance.now();
      const after = new Map<EdgeKind, number>();
      await Promise.all(
        edges.map(async (edge) => {
          for (;;) {
            const seen = await enforcing.statusOf(edge, client);
            if (seen === status) break;
            if (performance.now() - from > timeoutMs) {
              throw new Error(`${edge.kind}: ${seen} and not ${status}\n${edge.log.slice(-5).join('\n')}`);
            }
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          after.set(edge.kind, performance.now() - from);
        }),
      );
      return after;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(edges.map((edge) => edge.stop()));
      await origin[Symbol.asyncDispose]();
    },
  };
  return enforcing;
}
