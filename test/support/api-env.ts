import type { SealingKeys } from '../../core/config/secrets.ts';

/** What the api is configured with in tests: a free port, and its two derived keys. */
export function apiEnvironment(keys: Required<Pick<SealingKeys, 'ocsp' | 'access-key'>>): Record<string, string> {
  return {
    API_PORT: '0',
    REDIS_URL: 'redis://127.0.0.1:1',
    COUNTERSIGN_KEY_OCSP: Buffer.from(keys.ocsp).toString('base64'),
    COUNTERSIGN_KEY_ACCESS_KEY: Buffer.from(keys['access-key']).toString('base64'),
  };
}
