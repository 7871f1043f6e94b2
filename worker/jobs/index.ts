import type { RequestOf } from '../../core/requests/contracts.ts';
import type { RequestKind } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { carryOutIssue } from './issue.ts';
import { carryOutSettings } from './settings.ts';
import { carryOutShow } from './show.ts';
import { carryOutSiteAdd } from './site-add.ts';
import { carryOutSiteRemove } from './site-remove.ts';

/** Who carries out which kind of request. */
export const JOBS: { [K in RequestKind]: (deps: JobDeps, request: RequestOf<K>) => Promise<void> } = {
  issue: carryOutIssue,
  show: carryOutShow,
  site_add: carryOutSiteAdd,
  site_remove: carryOutSiteRemove,
  settings: carryOutSettings,
};
