import { hash } from 'node:crypto';

/** How the OpenAPI writes what we have. */

/** Ids are our UUIDs without dashes: 32 lower-case hex digits. */
export function esaId(uuid: string): string {
  return uuid.replaceAll('-', '');
}

/** The UUID of an id of the OpenAPI; undefined for what is none. */
export function uuidOf(id: string): string | undefined {
  return /^[0-9a-f]{32}$/.test(id)
    ? `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`
    : undefined;
}

/** The managed authority of an account under one id, whichever generation signs. */
export function managedCaId(accountId: string): string {
  return hash('sha256', `managed-authority:${accountId}`).slice(0, 32);
}

/** `2023-12-01T02:12:49Z`: answers of Create and Upload, sites and rules. */
export function zuluTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

/** `2024-06-24 07:48:51`, in UTC: answers of List and Get about certificates. */
export function spacedTime(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ');
}

/** Whole days, as text: that is how the vendor's model types it. */
export function validityDays(notBefore: Date, notAfter: Date): string {
  return String(Math.round((notAfter.getTime() - notBefore.getTime()) / 86_400_000));
}
