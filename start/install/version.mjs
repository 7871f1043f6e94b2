/**
 * A sentence when this Node is too old, else undefined. 20.19 is the first that runs every package we use.
 * @param {string} version
 */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return undefined;
  return `Countersign needs Node 20.19 or newer, and this is ${version}. Get one from https://nodejs.org`;
}
