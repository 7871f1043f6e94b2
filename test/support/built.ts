import { join } from 'node:path';
import process from 'node:process';

/** Below the checkout, where packages are found, and not in dist/, which is somebody's. */
export const BUILT = '.cache/built';

/** Arguments of Node for one of the processes: of the build that was made for the tests, else of the sources. */
export function programOf(name: string, built = process.env['COUNTERSIGN_TEST_BUILT']): string[] {
  return built ? [join(built, name, 'main.js')] : ['--import', 'tsx', `${name}/main.ts`];
}
