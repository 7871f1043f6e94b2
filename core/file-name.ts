/** A common name as a file name that needs no quoting in a shell. */
export function fileName(name: string): string {
  const safe = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return safe === '' ? 'client' : safe;
}
