declare module 'des.js' {
  type Cipher = { update(data: ArrayLike<number>): number[]; final(): number[] };
  type Options = { type: 'encrypt' | 'decrypt'; key: ArrayLike<number>; iv?: ArrayLike<number> };
  type Algorithm = { create(options: Options): Cipher };
  export const EDE: Algorithm;
  export const CBC: { instantiate(base: Algorithm): Algorithm };
}
