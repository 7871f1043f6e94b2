import type { Operation } from '../operation.ts';
import { listSites } from './list-sites.ts';

/** Every operation. A new one is a file beside this one and a line here. */
export const OPERATIONS: readonly Operation[] = [listSites];
