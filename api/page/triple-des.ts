import * as des from 'des.js';

/** 3DES in CBC mode with PKCS #7 padding, for old key stores alone: Web Crypto does not have it. */
export function encryptTripleDes(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  // The library looks at `type`, which says what is done, and pads by itself.
  const cipher = des.CBC.instantiate(des.EDE).create({ type: 'encrypt', key, iv: [...iv] });
  return Uint8Array.from([...cipher.update(plain), ...cipher.final()]);
}
