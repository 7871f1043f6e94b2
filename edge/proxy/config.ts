import { z } from 'zod';

/**
 * The part of `edge.json` that makes this process an agent beside a stock nginx or HAProxy instead of a gateway. Commands
 * are a program and its arguments; no shell is asked.
 */
const command = z.array(z.string().min(1)).min(1).max(50);
/** What goes into configurations is plain: see `word`. Paths of sockets can be about 100 characters long. */
const folder = z
  .string()
  .regex(/^\/[A-Za-z0-9._/-]{1,50}$/, 'must be an absolute path of at most 50 letters, digits, . _ - and /');
const listen = z.string().regex(/^[A-Za-z0-9.:*_[\]-]{1,100}$/, 'must be a port, or an address and a port');

/** `agent`: it decides every request of hostnames that accept certificates, not only those that the proxy cannot. */
const decide = z.enum(['native', 'agent']).default('native');

/** The group, by name or number, of the proxy's processes: nobody else may ask the agent. */
const group = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/, 'must be the name or the number of a group');

export const nginxSchema = z.strictObject({
  /** Where the agent writes and nginx reads. */
  folder,
  /** As after nginx's `listen`. */
  listen: listen.default('443'),
  group: group.default('www-data'),
  decide,
  /** PEM: the intermediates that count, since nginx tells of no certificate but a client's own. */
  intermediates: z.string().min(1, 'must be a path').optional(),
  test: command.default(['nginx', '-t', '-q']),
  reload: command.default(['nginx', '-s', 'reload']),
  /** `worker_shutdown_timeout` of nginx.conf, at least: so long old workers go on with what they were started with. */
  oldWorkersSeconds: z.number().min(1).max(86_400).default(60),
});

export const haproxySchema = z.strictObject({
  folder,
  /** As after HAProxy's `bind`. */
  bind: listen.default(':443'),
  group: group.default('haproxy'),
  decide,
  test: command,
  reload: command.default(['systemctl', 'reload', 'haproxy']),
});

export type NginxSection = z.infer<typeof nginxSchema>;
export type HaproxySection = z.infer<typeof haproxySchema>;
