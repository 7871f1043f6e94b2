import type { ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { readRemembered } from '../decide/remembered.ts';
import type { Presented, Unverified } from '../decide/verify.ts';
import type { HostConfig } from './config.ts';

/** One answer that is under way: a request and its response, or a WebSocket. */
export type Exchange = {
  /** It was begun by a verified certificate. */
  verified: boolean;
  /** Ends it at once, because the certificate counts no more. */
  end(reason: Unverified | undefined): void;
};

/** One TLS connection. Its certificates and its hostname are those of the handshake and never change. */
export type Connection = {
  socket: TLSSocket;
  session: ServerHttp2Session | undefined;
  hostname: string;
  host: HostConfig;
  /** Whether the handshake asked for a certificate. */
  asked: boolean;
  /** Undefined: none was sent. */
  presented: Presented | undefined;
  /** DER, as sent. */
  client: string;
  live: Set<Exchange>;
  /** It was verified when it was last looked at. */
  counted: boolean;
};

/** The certificates as the client has sent them, the leaf first. Read from the handshake, not from any store. */
export function presentedOn(socket: TLSSocket): Presented | undefined {
  const ders: Uint8Array[] = [];
  let next = socket.getPeerX509Certificate();
  // Bounded here too: what is longer is refused as a whole.
  while (next !== undefined && ders.length <= 16) {
    ders.push(next.raw);
    next = next.issuerCertificate;
  }
  return ders.length === 0 ? undefined : readRemembered(ders);
}

/** An IPv4 client of a socket that takes both families is an IPv4 client. */
export function clientAddress(socket: TLSSocket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}
