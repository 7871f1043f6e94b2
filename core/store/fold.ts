/**
 * A name without regard to case. The database's own search folds one character at a time as well, so that both find
 * the same.
 */
export function foldName(name: string): string {
  return name.toLowerCase();
}
