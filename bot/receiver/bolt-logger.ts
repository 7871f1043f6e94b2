import { type Logger as BoltLogger, LogLevel } from '@slack/bolt';
import type { Logger } from '../../core/logger.ts';

/**
 * Bolt's log lines among ours. Its debug lines are dropped: they hold whole payloads. Its information is what we log
 * ourselves, so it becomes debug.
 */
export function makeBoltLogger(logger: Logger): BoltLogger {
  const text = (parts: unknown[]) =>
    parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ');
  return {
    debug: () => undefined,
    info: (...parts) => logger.debug({ bolt: text(parts) }, 'bolt says'),
    warn: (...parts) => logger.warn({ bolt: text(parts) }, 'bolt says'),
    error: (...parts) => logger.error({ bolt: text(parts) }, 'bolt says'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}
