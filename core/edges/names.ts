/** What an edge can be. */
export const EDGE_KINDS = ['gateway', 'nginx', 'haproxy'] as const;

/** What people call an edge: it is in ids and reports, so it is plain. */
export const EDGE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
