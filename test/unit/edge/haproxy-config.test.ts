import { expect, it } from 'vitest';
import { haproxyConfig } from '../../../edge/haproxy/config.ts';

const places = {
  certificates: '/c',
  issuers: '/i',
  revoked: '/r',
  blocked: '/b',
  script: '/s.lua',
  commands: '/commands.sock',
  log: '/log.sock',
  status: { shared: '/status.sock', own: '/status.sock.own' },
  bind: ':443',
};
const host = {
  certificateFile: '/x',
  keyFile: '/y',
  origin: 'http://127.0.0.1:1',
  authorities: [],
  chains: 'none',
  gaps: [],
} as const;

it('a request that the agent decides is denied before it is asked: HAProxy goes on when Lua fails', () => {
  const decision = { kind: 'agent', statuses: [403, 503] } as const;
  const lines = haproxyConfig([{ ...host, hostname: 'a.example.test', decision }], places, 1).split('\n');
  const asked = lines.findIndex((line) => line.includes('lua.countersign_decide'));
  expect(lines[asked - 1]?.trim()).toBe(
    'http-request set-var(txn.cs_verdict) int(503) if { var(txn.cs_plan) -m int 0 }',
  );
  const denied = lines.findIndex((line) => line.includes('return status 503'));
  expect(denied).toBeGreaterThan(asked);
});
