/**
 * The two halves of an API key, as the vendor's SDK takes them. The secret begins with words that no other text has, so
 * that scanners of repositories find one that was committed, and our own logger one that was about to be written.
 */
export const ACCESS_KEY_ID = /^CSAK[A-Z2-7]{20}$/;
export const ACCESS_KEY_SECRET = /^CSAKSecret[a-z2-7]{40}$/;

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const LOWER = UPPER.toLowerCase();

/** Octets that nobody can guess. */
type Random = (octets: number) => Uint8Array;

/** `AccessKey ID`, public: 100 random bits, so that no two are ever the same. */
export function makeAccessKeyId(random: Random): string {
  return `CSAK${letters(UPPER, random(20))}`;
}

/** `AccessKey Secret`: 200 random bits. Signatures are made with it as it is. */
export function makeAccessKeySecret(random: Random): string {
  return `CSAKSecret${letters(LOWER, random(40))}`;
}

/** Five bits of each octet: 32 letters divide 256, so each is as likely as every other. */
function letters(alphabet: string, octets: Uint8Array): string {
  return [...octets].map((octet) => alphabet[octet & 31]).join('');
}
