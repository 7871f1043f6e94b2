import type { Card } from '../../core/approvals/card.ts';
import { type KeyScope, scopeFacts } from '../../core/slack/access-key.ts';
import { code } from '../../core/slack/text.ts';

/** What an approver is shown of an API key that is to write. */
export function keyCard(
  doing: 'Make' | 'Enable',
  key: KeyScope & { name: string },
  siteNames: readonly string[] | null,
): Card {
  return {
    what: `${doing} the API key ${code(key.name)}, which may write`,
    plain: `${doing} the API key ${key.name}, which may write`,
    facts: [['Name', code(key.name)], ...scopeFacts(key, siteNames)],
    because: '',
    evidence: null,
    risk:
      key.mode === 'alone'
        ? 'It *acts alone*: whoever has its secret can do all of this with nobody asked, revocations, deletions and changes of CAs, hostnames and rules included. Only what needs a second person because a site is guarded still waits.'
        : 'Whoever has its secret can do all of this. Revocations, deletions and changes of CAs, hostnames and rules wait for a person other than whoever made the key; certificates are issued and sites added at once.',
  };
}
