import type { AddRoute } from '../route.ts';
import { addHealth } from './health.ts';

/** Every route. A new one is a file beside this one and a line here. */
export const ROUTES: readonly AddRoute[] = [addHealth];
