import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, longest first, so that nothing long is left for the end, when the others have nothing to do. */
const LONG = [
  'e2e/story/',
  'e2e/faults',
  'e2e/revoke-many',
  'e2e/',
  'edge/many-connections',
  'edge/proxies',
  'worker/revoke-many-death',
  'edge/haproxy-conformance',
  'edge/nginx-conformance',
  'feed/feed',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = LONG.findIndex(
        (part) => moduleId.includes(`/test/${part}`) || moduleId.includes(`/integration/${part}`),
      );
      return found < 0 ? LONG.length : found;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

const shared = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Nothing here changes what is the process's own, so that files share one, and with it what they import.
      { test: { ...shared, name: 'parts', include: ['test/{unit,integration}/**/*.test.ts'], isolate: false } },
      // Whole processes, as production runs them.
      { test: { ...shared, name: 'whole', include: ['test/e2e/**/*.test.ts'], globalSetup: 'test/support/build.ts' } },
    ],
  },
});
