import { keyNameOf } from '../../../core/access/actor.ts';
import { KEY_NAME } from '../../../core/access/key.ts';
import { AUDIT_ACTIONS, type AuditFilter, auditFilterSchema } from '../../../core/audit/search.ts';

/**
 * The words after `/mtls audit`: a person (as Slack writes a mention, or their id), an API key
 * (`key:deploy`), an action by its name, one or two
 * days; whatever is left is what it is about.
 */
export function readAuditWords(text: string): AuditFilter {
  const filter: AuditFilter = {};
  const rest: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const person = /^(?:<@)?([UW][A-Z0-9]{6,30})(?:\|[^>]*)?>?$/.exec(word)?.[1];
    const action = AUDIT_ACTIONS.find((name) => name === word.toLowerCase());
    const key = KEY_NAME.test(keyNameOf(word.toLowerCase()) ?? '') ? word.toLowerCase() : undefined;
    const actor = person ?? key;
    if (actor !== undefined && filter.actor === undefined) filter.actor = actor;
    else if (action !== undefined && filter.action === undefined) filter.action = action;
    else if (isDay(word) && filter.from === undefined) filter.from = word;
    else if (isDay(word) && filter.to === undefined) filter.to = word;
    else rest.push(word);
  }
  // One day is that day; two are told apart whichever comes first.
  if (filter.from !== undefined) {
    const [first = filter.from, last = filter.from] = [filter.from, filter.to ?? filter.from].sort();
    Object.assign(filter, { from: first, to: last });
  }
  const about = rest.join(' ').slice(0, 100);
  return about === '' ? filter : { ...filter, about };
}

const isDay = (word: string) => auditFilterSchema.shape.from.safeParse(word).success;
