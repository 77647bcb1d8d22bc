// What patterns and their matchers share.

/** Counts the elementary steps of an evaluation. */
export interface Work {
  steps: number;
}

export function createWork(): Work {
  return { steps: 0 };
}

export interface Matcher {
  matches(text: string, work: Work): boolean;
}

/** A piece of a pattern: literal text, any run of characters, or any one character. */
export type PatternPart = string | typeof anyRun | typeof anyOne;

export const anyRun = 0;
export const anyOne = 1;
