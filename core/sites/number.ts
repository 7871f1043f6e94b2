/** 13 digits at least, as the vendor's are. */
const FIRST = 1_000_000_000_000;

/**
 * What a new site is called by in the OpenAPI (`SiteId`): random, 13 or 14 digits, far below 2^53, which the vendor's
 * SDK needs. A unique rule of the table refuses the same one twice.
 */
export function makeSiteNumber(random: (octets: number) => Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = random(5);
  return FIRST + a * 2 ** 32 + b * 2 ** 24 + c * 2 ** 16 + d * 2 ** 8 + e;
}
