import { asCountersignError, CountersignError } from '../../core/errors.ts';

type Collected = {
  errors: ReadonlyMap<string, CountersignError>;
  /** The value, or undefined when it was refused; the refusal is then kept for the field. */
  check<T>(blockId: string, decide: () => T | Promise<T>): Promise<T | undefined>;
};

/** Collects the refusals of a form, so that all of them are shown at once, each beside its field. */
export function collectErrors(): Collected {
  const errors = new Map<string, CountersignError>();
  return {
    errors,
    check: async (blockId, decide) => {
      try {
        return await decide();
      } catch (thrown) {
        const error = asCountersignError(thrown);
        // Only what the person can put right belongs beside a field.
        if (error.kind === 'internal' || error.kind === 'upstream') throw thrown;
        errors.set(blockId, error);
        return undefined;
      }
    },
  };
}

export function refuseField(userMessage: string): never {
  throw new CountersignError('invalid_input', { userMessage });
}
