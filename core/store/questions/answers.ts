/** An answer to a call that issued a certificate. */
export type OwedAnswer = {
  /** The certificate's id. */
  id: string;
  requestId: string;
  dueAt: Date;
  /** When it was written to its end; null while that is not known. */
  writtenAt: Date | null;
};

/** Answers of the OpenAPI that hold what nobody can be given again. */
export type AnswerQuestions = {
  /** Those that were written, and those that are due by now. */
  owedAnswers(now: Date, limit: number): Promise<OwedAnswer[]>;
};
