import { setTimeout as delay } from 'node:timers/promises';

/** Waits for something that announces itself nowhere, such as the end of a process that is not our child. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain: ${what}`);
    await delay(20);
  }
}
