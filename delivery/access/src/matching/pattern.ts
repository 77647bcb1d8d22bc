// Wildcard patterns: `*` matches any text, `?` exactly one character, everything else itself. No regular expression is
// built from a pattern, and no matcher backtracks. With n characters of text and m of pattern:
//   without wildcards    one comparison
//   with `*`             at most 2 n + m steps (Knuth-Morris-Pratt between fixed ends)
//   with `?`             at most n (1 + m / 32) + m steps (Shift-And: one step for 32 characters of pattern)
// Each matcher adds its steps to `Work`, so that tests measure work without a clock.
import { anyOne, anyRun, type Matcher, type PatternPart, type Work } from './parts.js';
import { SearchMatcher } from './search-matcher.js';
import { ShiftMatcher } from './shift-matcher.js';

/** A pattern in which `*` and `?` are wildcards. */
export function compilePattern(text: string): Matcher {
  return compileParts(patternParts(text));
}

export function patternParts(text: string): readonly PatternPart[] {
  const parts: PatternPart[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character !== '*' && character !== '?') continue;
    if (index > start) parts.push(text.slice(start, index));
    parts.push(character === '*' ? anyRun : anyOne);
    start = index + 1;
  }
  if (start < text.length) parts.push(text.slice(start));
  return parts;
}

export function compileParts(parts: readonly PatternPart[]): Matcher {
  if (parts.includes(anyOne)) return new ShiftMatcher(parts);
  if (!parts.includes(anyRun)) return new LiteralMatcher(parts.join(''));
  if (parts.length === 1) return everything;
  return new SearchMatcher(parts);
}

const everything: Matcher = {
  matches: (_text, work) => {
    work.steps++;
    return true;
  },
};

class LiteralMatcher implements Matcher {
  constructor(readonly literal: string) {}

  matches(text: string, work: Work): boolean {
    work.steps++;
    return text === this.literal;
  }
}
