import type { Reveal } from '../rows.ts';

/** Private keys on their way through a link, sealed. */
export type RevealQuestions = {
  reveal(id: string): Promise<Reveal | undefined>;
  /** Of a `show` request. */
  revealsOf(requestId: string): Promise<Reveal[]>;
  /** Those that still hold something, with when their link was opened, if it was. */
  liveReveals(limit: number): Promise<{ reveal: Reveal; openedAt: Date | null }[]>;
};
