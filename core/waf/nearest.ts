import { editDistance } from '../edit-distance.ts';

/** The name that was probably meant: at most a third of it wrong. */
export function nearest<N extends string>(typed: string, names: readonly N[]): N | undefined {
  if (typed.length > 60) return undefined;
  const lower = typed.toLowerCase();
  const ranked = names
    .map((name) => ({ name, distance: editDistance(lower, name) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.name;
}
