/**
 * The names that tie what is drawn to what handles it: the worker draws these buttons, the bot answers them.
 * A button's `value` is the id of its subject.
 */
export const ACTIONS = {
  /** On the lasting DM of an `issue` request; value: the request's id. */
  showOnce: 'show_once',
  /** The same, for a key that did not arrive; value: `REQUEST:CERTIFICATE`, the showing it speaks of. */
  notReceived: 'not_received',
  /** On the ephemeral with the key: deletes it. */
  saved: 'saved',
  /** Opens the Create Certificate modal; value: a site's name, or empty. */
  openIssue: 'open_issue',
  openSettings: 'open_settings',
  openSites: 'open_sites',
} as const;
