import {
  type MessageLike,
  type Problem,
  type Surface,
  validateBlocks,
  validateMessage,
  validateView,
} from './validate.ts';

/** For tests of builders: throw one error that names every problem with its pointer. */

export function assertMessage(message: MessageLike): void {
  throwIfAny('message', validateMessage(message));
}

export function assertView(view: unknown): void {
  throwIfAny('view', validateView(view));
}

export function assertBlocks(blocks: unknown, surface: Surface): void {
  throwIfAny('blocks', validateBlocks(blocks, surface));
}

function throwIfAny(what: string, problems: Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ message, pointer }) => `  ${pointer || '/'}: ${message}`);
  throw new Error([`Slack would refuse this ${what}:`, ...lines].join('\n'));
}
