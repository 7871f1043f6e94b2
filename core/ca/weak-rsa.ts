/** RSA moduli that look like any other and can be factored. */
import type { KeyDefect } from './public-key.ts';

const AGAIN = 'Make a new key with current software.';

/** The first weakness found: a small factor, primes that are too close, or the ROCA structure. */
export function findWeakness(modulus: bigint): KeyDefect | undefined {
  if (hasSmallFactor(modulus)) {
    return {
      defect: 'rsa_small_factor',
      sentence: `The modulus of this RSA key has a small factor, so anybody can break it. ${AGAIN}`,
    };
  }
  if (hasClosePrimes(modulus)) {
    return {
      defect: 'rsa_close_primes',
      sentence: `The primes of this RSA key are too close together, so anybody can break it. ${AGAIN}`,
    };
  }
  if (hasRocaStructure(modulus)) {
    return {
      defect: 'rsa_roca',
      sentence:
        'This RSA key was made by a chip or library with the ROCA flaw (CVE-2017-15361) and can be broken. Make a new key elsewhere.',
    };
  }
  return undefined;
}

/** Every prime below 2^16, tested at once through their product; made when the first RSA request comes. */
let smallPrimeProduct: bigint | undefined;

function hasSmallFactor(modulus: bigint): boolean {
  smallPrimeProduct ??= multiplyAll(primesBelow(0x10000));
  let [a, b] = [modulus, smallPrimeProduct % modulus];
  while (b !== 0n) [a, b] = [b, a % b];
  return a !== 1n;
}

/** Fermat's method finds p and q at once when they are close; 100 rounds as public authorities do. */
function hasClosePrimes(modulus: bigint): boolean {
  let a = squareRoot(modulus);
  if (a * a < modulus) a++;
  for (let round = 0; round < 100; round++, a++) {
    const remainder = a * a - modulus;
    const b = squareRoot(remainder);
    if (b * b === remainder) return true;
  }
  return false;
}

/**
 * ROCA primes are k*M + (65537^a mod M) with M the product of the first primes, so that modulo each of those primes
 * the modulus lies among the powers of 65537. For these, where the powers are few, a good modulus passes all
 * with a probability of about 2^-27 (Nemec et al., "The Return of Coppersmith's Attack", section 2.3).
 */
const ROCA_PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

function hasRocaStructure(modulus: bigint): boolean {
  return ROCA_PRIMES.every((prime) => {
    const residue = Number(modulus % BigInt(prime));
    for (let power = 1, count = 0; count < prime; power = (power * 65537) % prime, count++)
      if (power === residue) return true;
    return false;
  });
}

/** The integer part of the root, by Newton's method from above. */
function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function primesBelow(limit: number): bigint[] {
  const composite = new Uint8Array(limit);
  const primes: bigint[] = [];
  for (let n = 2; n < limit; n++) {
    if (composite[n]) continue;
    primes.push(BigInt(n));
    for (let multiple = n * n; multiple < limit; multiple += n) composite[multiple] = 1;
  }
  return primes;
}

/** Pairs first, so that both sides of every multiplication stay about as long. */
function multiplyAll(numbers: bigint[]): bigint {
  if (numbers.length <= 1) return numbers[0] ?? 1n;
  const middle = numbers.length >> 1;
  return multiplyAll(numbers.slice(0, middle)) * multiplyAll(numbers.slice(middle));
}
