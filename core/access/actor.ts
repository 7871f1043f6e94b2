/**
 * Who acts, as rows and the audit name them: a Slack user (`U...`, `W...`), an API key (`key:NAME`, whose name is
 * unique in its account for ever), or Countersign itself (`system`).
 */
const KEY = 'key:';

export function keyActor(name: string): string {
  return `${KEY}${name}`;
}

/** The name of the API key that acts; undefined for everybody else. */
export function keyNameOf(actorId: string): string | undefined {
  return actorId.startsWith(KEY) ? actorId.slice(KEY.length) : undefined;
}

/** Somebody in Slack, who can be written to and asked. */
export function isPerson(actorId: string): boolean {
  return /^[UW][A-Z0-9]+$/.test(actorId);
}
