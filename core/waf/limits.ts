/**
 * What bounds an expression, so that neither reading nor evaluating one can take long. The size and the number of
 * conditions are ESA's; the others are ours.
 */
export const LIMITS = {
  /** Of the whole expression, in UTF-8. */
  bytes: 4_096,
  /** `a`, `not a` and `a eq "b"` are one condition each. */
  conditions: 20,
  /** Parentheses and `not` within each other. */
  nesting: 16,
  /** Functions within each other. */
  functionNesting: 3,
  /** Of a regular expression, in characters. */
  pattern: 512,
  /** Steps of all its compiled regular expressions together: what one character of input can cost at most. */
  patternSteps: 500,
  /** `${1}` in all replacements of an expression: what can make a text longer. */
  references: 8,
} as const;
