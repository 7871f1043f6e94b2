import type { AddRoute } from '../route.ts';
import { addAuthority } from './authority.ts';
import { addCrls } from './crl.ts';
import { addEsa } from './esa.ts';
import { addFeed } from './feed/feed.ts';
import { addHealth } from './health.ts';
import { addMetrics } from './metrics.ts';
import { addOcsp } from './ocsp.ts';
import { addOpenApi } from './openapi.ts';
import { addReveal } from './reveal.ts';

/** Every route. A new one is a file beside this one and a line here. */
export const ROUTES: readonly AddRoute[] = [
  addHealth,
  addAuthority,
  addCrls,
  addOcsp,
  addReveal,
  addEsa,
  addOpenApi,
  addMetrics,
  addFeed,
];
