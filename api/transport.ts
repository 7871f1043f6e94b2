import type { IncomingMessage } from 'node:http';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Whether nobody between can read what is answered: TLS here, TLS at a proxy that says so, or nobody between at all.
 * Whoever claims a proxy's TLS without having it gives away nothing but their own answer.
 * @param host what the plain http server listens on.
 */
export function isPrivate({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>, host: string): boolean {
  const encrypted = 'encrypted' in socket && socket.encrypted === true;
  return encrypted || isLoopback(host) || headers['x-forwarded-proto'] === 'https';
}
