import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Who may use the page. Any website a developer visits can send requests to 127.0.0.1, so: the Host must be loopback
 * (DNS rebinding), the Origin, when there is one, our own (CSRF), and the token of the printed URL must be known.
 */
export class Guard {
  readonly #token: string;
  readonly #port: () => number;

  constructor(token: string, port: () => number) {
    this.#token = token;
    this.#port = port;
  }

  /** The name is bound to the port: cookies of localhost are shared by all its ports. */
  get cookieName(): string {
    return `countersign_sandbox_${this.#port()}`;
  }

  isLoopbackHost(request: IncomingMessage): boolean {
    const match = /^(127\.0\.0\.1|localhost|\[::1\])(?::(\d+))?$/i.exec(request.headers.host ?? '');
    return match !== null && (match[2] === undefined || Number(match[2]) === this.#port());
  }

  isOwnOrigin(request: IncomingMessage): boolean {
    const { origin } = request.headers;
    return origin === undefined || origin === `http://${request.headers.host}`;
  }

  /** Requests a browser makes for a page: the Web API is not for those. */
  isFromBrowser(request: IncomingMessage): boolean {
    return request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined;
  }

  isToken(text: string | null | undefined): boolean {
    return typeof text === 'string' && timingSafeEqual(digest(text), digest(this.#token));
  }

  /** By the cookie, or as a Bearer token (tests in other processes). */
  isKnown(request: IncomingMessage): boolean {
    const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    return this.isToken(bearer) || this.isToken(this.#cookie(request));
  }

  #cookie(request: IncomingMessage): string | undefined {
    const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
    return pairs.find(([name]) => name === this.cookieName)?.[1];
  }

  setCookie(): string {
    return `${this.cookieName}=${this.#token}; Path=/; HttpOnly; SameSite=Strict`;
  }
}

/** Equal lengths for the comparison in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
