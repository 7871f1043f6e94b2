/**
 * The names that tie what is drawn to what handles it: the worker draws these buttons, the bot answers them.
 * A button's `value` is the id of its subject.
 */
export const ACTIONS = {
  /** On the lasting DM of an `issue` request; value: the request's id. */
  showOnce: 'show_once',
  /** The same, for a key that did not arrive; value: `REQUEST:CERTIFICATE`, the showing it speaks of. */
  notReceived: 'not_received',
  /** On the lasting DM of a `key_create` request; value: the request's id. */
  showKeyOnce: 'show_key_once',
  /** On the lasting DM of an `edge_add` request; value: the request's id. */
  showEdgeOnce: 'show_edge_once',
  /** Opens the modal that adds an edge; its value is empty. */
  openEdgeAdd: 'open_edge_add',
  /** Of an edge; value: its id. */
  removeEdge: 'remove_edge',
  /** On the ephemeral with the link: Slack opens it, and tells the app of the click as well. */
  openLink: 'open_link',
  /** On the ephemeral with the key or the secret: deletes it. */
  saved: 'saved',
  /** Opens the Create Certificate modal; value: a site's name, or empty. */
  openIssue: 'open_issue',
  openSettings: 'open_settings',
  openSites: 'open_sites',
  /** The inventory, and one certificate; value: a serialised filter, or the certificate's id. */
  openList: 'open_list',
  openCertificate: 'open_certificate',
  /** Of one certificate; value: its id. */
  openRevoke: 'open_revoke',
  openRelease: 'open_release',
  openRenew: 'open_renew',
  /** Opens the modal for a new generation of the authority; its value is empty. */
  openRotate: 'open_rotate',
  /** Opens the modal that makes an API key; its value is empty. */
  openKeyCreate: 'open_key_create',
  /** Of an API key; value: its id. */
  disableKey: 'disable_key',
  enableKey: 'enable_key',
  deleteKey: 'delete_key',
  /** Opens Domain Name Information; value: `SITE:AUTHORITY`, or empty. */
  openBind: 'open_bind',
  /** Which hostnames accept whose certificates; value: a site's name, or empty. */
  openBindings: 'open_bindings',
  /** Rules. All of them, or `SITE:FROM`; a new one, value: a site's id or empty; a made-up request, value: a hostname. */
  openRules: 'open_rules',
  openRuleAdd: 'open_rule_add',
  openRuleTest: 'open_rule_test',
  /** The menu beside a rule; value: `VERB:RULE`. */
  rule: 'rule',
  /** Value: the rule's id. */
  deleteRule: 'delete_rule',
  /** Custom CAs. The upload's value is empty, the others' the authority's id. */
  openUpload: 'open_ca_upload',
  openCustomCa: 'open_custom_ca',
  openDeleteCustomCa: 'open_ca_delete',
  openCrl: 'open_ca_crl',
  openBlock: 'open_ca_block',
  /** Value: the block's id. */
  openLift: 'open_ca_lift',
  downloadFiles: 'download_files',
  /** On the card of an approval; value: `APPROVAL:HASH:TOKEN`. */
  approve: 'approve',
  deny: 'deny',
  acknowledge: 'acknowledge',
  /** Value: the approval's id. */
  approvalDetails: 'approval_details',
  /** On the requester's message; value: the approval's id. */
  withdraw: 'withdraw',
} as const;
