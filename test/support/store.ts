import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../core/store/open.ts';
import type { Store } from '../../core/store/store.ts';

export type TemporaryStore = Store & AsyncDisposable & { path: string };

/** A fresh database of its own, gone at the end of the test. */
export function temporaryStore(): TemporaryStore {
  const folder = mkdtempSync(join(tmpdir(), 'cs-store-'));
  const path = join(folder, 'countersign.db');
  const store = openStore(`file:${path}`);
  return Object.assign(store, {
    path,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}
