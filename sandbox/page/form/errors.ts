/** What the page itself found wrong before sending, by surface and block_id. The server's errors come with its scenes. */
const found = new Map<string, Record<string, string>>();

export const foundErrors = (surfaceKey: string): Record<string, string> => found.get(surfaceKey) ?? {};

export const setErrors = (surfaceKey: string, errors: Record<string, string>): void => {
  found.set(surfaceKey, errors);
};

/** Whoever changes a field is correcting it; the next submission judges it again. */
export function clearError(surfaceKey: string, blockId: string): void {
  const { [blockId]: _cleared, ...others } = foundErrors(surfaceKey);
  found.set(surfaceKey, others);
}
