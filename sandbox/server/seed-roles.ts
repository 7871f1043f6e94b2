import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../../core/logger.ts';
import type { Sandbox } from './sandbox.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/**
 * Gives a fresh workspace its roles the way a person would: ada, the first administrator, opens `/mtls settings` and
 * submits. Nothing of the product is bypassed. Tried until it worked, then remembered in the workspace.
 */
export async function seedRoles(sandbox: Sandbox, logger: Logger, signal: AbortSignal): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  while (!sandbox.store.workspace.rolesSeeded && !signal.aborted) {
    try {
      await submitSettings(sandbox);
      sandbox.store.workspace.rolesSeeded = true;
      sandbox.store.changed();
      logger.info({}, 'roles seeded');
    } catch (error) {
      logger.debug({ error }, 'roles not seeded yet');
      await wait(retryMs, undefined, { signal }).catch(() => undefined);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }
}

async function submitSettings(sandbox: Sandbox): Promise<void> {
  const ada = sandbox.openWindow('U0ADA');
  try {
    await ada.command(ada.dm, '/mtls settings');
    await ada.until(({ modal }) => modal);
    const { outcome, errors } = await ada.submit({ Operators: ['U0ALICE'], Approvers: ['U0BOB'] });
    if (outcome === 'refused') throw new Error(`The settings were refused: ${JSON.stringify(errors)}`);
  } finally {
    ada.leave();
  }
}
