import { z } from 'zod';

/** How many certificates one request may revoke. */
export const MOST_AT_ONCE = 100_000;

/** Which certificates are meant. What is left out does not restrict; an empty filter means all of the account. */
export const filterSchema = z.strictObject({
  /** A Slack user's id, or `key:NAME` of an API key. */
  owner: z.string().max(64).optional(),
  siteId: z.string().max(64).optional(),
  /** `active` includes those that end soon; `expiring` are those that end within `withinDays`. */
  state: z.enum(['active', 'held', 'revoked', 'expiring', 'expired']).optional(),
  withinDays: z.int().min(1).max(3650).optional(),
  /** Canonical, see core/ca/serial.ts. */
  serial: z.string().max(40).optional(),
  /** SHA-256, lower-case hexadecimal without separators. */
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** A part of the name, whatever its case. */
  name: z.string().min(1).max(64).optional(),
  issuedBefore: z.iso.datetime().optional(),
  /** These and no others: a selection in a list. */
  ids: z.array(z.string().max(64)).max(100).optional(),
});

export type CertificateFilter = z.infer<typeof filterSchema>;
