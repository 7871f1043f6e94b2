import type { LinkContent } from './chain.ts';
import type { Checkpoint } from './checkpoint.ts';

/** What is wrong with an export, with which event, and in words for whoever checks it. */
export type Fault = {
  kind:
    | 'rewritten'
    | 'removed'
    | 'reordered'
    | 'inserted'
    | 'truncated'
    | 'wrong_account'
    | 'foreign_key'
    | 'forged_checkpoint'
    | 'contradicted'
    | 'not_covered';
  /** The event it is about, or the first of several. */
  sequence: number;
  text: string;
};

const events = (from: number, to: number) => (from >= to ? `event ${to}` : `events ${from} to ${to}`);

export const changed = ({ sequence, action, id }: LinkContent): Fault => ({
  kind: 'rewritten',
  sequence,
  text: `Event ${sequence} (${action}, ${id}) was changed after it was recorded.`,
});

export const unlinked = ({ sequence, action, id }: LinkContent): Fault => ({
  kind: 'rewritten',
  sequence: Math.max(sequence - 1, 1),
  text: `Event ${sequence} (${action}, ${id}) does not follow event ${sequence - 1}: event ${sequence - 1} was rewritten together with its hash, or another was put in its place.`,
});

/** @param turnsUp whether the expected event comes later in the file. */
export function outOfPlace(expected: number, found: number, turnsUp: boolean): Fault {
  if (found < expected) {
    const text = `Event ${found} comes a second time, after event ${expected - 1}: something was put in or repeated.`;
    return { kind: 'inserted', sequence: found, text };
  }
  if (turnsUp) {
    const text = `Event ${expected} does not stand in its place: event ${found} comes before it.`;
    return { kind: 'reordered', sequence: expected, text };
  }
  const gone = found === expected + 1 ? `Event ${expected} is` : `Events ${expected} to ${found - 1} are`;
  return { kind: 'removed', sequence: expected, text: `${gone} missing: event ${found} comes next.` };
}

export const beginsElsewhere = (last: number, first: number): Fault => ({
  kind: 'removed',
  sequence: last + 1,
  text: `A file begins with event ${first}, and the one before it ended with event ${last}: a file is missing, or they are in the wrong order.`,
});

export const endsElsewhere = (last: number, said: number): Fault => ({
  kind: 'removed',
  sequence: last + 1,
  text: `The end of the file speaks of event ${said}, and what comes before it does not end with that event but with event ${last}.`,
});

export const noGenesis = (): Fault => ({
  kind: 'rewritten',
  sequence: 1,
  text: 'The header gives a hash before event 1, where there is none.',
});

export const breaksOff = (last: number): Fault => ({
  kind: 'truncated',
  sequence: last + 1,
  text: `The file breaks off after event ${last}: its end is missing.`,
});

export const partMissing = (last: number): Fault => ({
  kind: 'truncated',
  sequence: last + 1,
  text: `The export goes on after event ${last} in another file. Give all of its files, in their order.`,
});

export const otherAccount = (what: string, sequence: number, account: string, expected: string): Fault => ({
  kind: 'wrong_account',
  sequence,
  text: `${what} ${sequence} is of account ${account}, and this export of ${expected}.`,
});

/** @param what `The checkpoint` or `The anchor`. */
export const foreignKey = (what: string, { sequence, keyId }: Checkpoint): Fault => ({
  kind: 'foreign_key',
  sequence,
  text: `${what} of event ${sequence} is signed with key ${keyId}, which is not the one you gave.`,
});

export const forged = (what: string, { sequence }: Checkpoint): Fault => ({
  kind: 'forged_checkpoint',
  sequence,
  text: `${what} of event ${sequence} was changed: its signature does not fit.`,
});

export const checkpointAhead = ({ sequence }: Checkpoint, last: number): Fault => ({
  kind: 'removed',
  sequence: last + 1,
  text: `A checkpoint of event ${sequence} comes after event ${last}: ${events(last + 1, sequence)} missing.`,
});

export const checkpointLate = ({ sequence }: Checkpoint, last: number): Fault => ({
  kind: 'reordered',
  sequence,
  text: `The checkpoint of event ${sequence} comes after event ${last}.`,
});

/** @param agreed the last event up to which everything signed agrees. */
export const contradicted = (what: string, { sequence, at }: Checkpoint, agreed: number): Fault => ({
  kind: 'contradicted',
  sequence: agreed + 1,
  text: `${what} of event ${sequence}, signed at ${at.toISOString()}, contradicts this export: something in ${events(agreed + 1, sequence)} was rewritten, with every hash after it.`,
});

export const cutOff = ({ sequence }: Checkpoint, last: number): Fault => ({
  kind: 'truncated',
  sequence: last + 1,
  text: `An anchor speaks of event ${sequence}, and this export ends with event ${last}: ${events(last + 1, sequence)} cut off.`,
});

export const beforeBeginning = ({ sequence }: Checkpoint, first: number): Fault => ({
  kind: 'not_covered',
  sequence,
  text: `The anchor of event ${sequence} cannot be compared: this export begins with event ${first}.`,
});

export const behindBreak = ({ sequence }: Checkpoint): Fault => ({
  kind: 'not_covered',
  sequence,
  text: `The anchor of event ${sequence} cannot be compared: the chain breaks before it.`,
});
