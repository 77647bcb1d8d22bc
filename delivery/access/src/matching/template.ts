// Values of a policy with wildcards and policy variables (AWS IAM User Guide, "IAM policy elements: Variables and tags"):
//   ${aws:username}             the value of a condition key of the request
//   ${aws:username, 'nobody'}   with a value for requests that lack the key
//   ${*} ${?} ${$}              the characters themselves
// A value from the request is always literal: a user who is named `*` matches nobody else. A variable without a value
// matches nothing. Only keys with one value can be variables.
import { anyOne, anyRun, type Matcher, type PatternPart, type Work } from './parts.js';
import { compileParts, patternParts } from './pattern.js';

interface Variable {
  readonly key: string;
  readonly fallback: string | undefined;
}

export type TemplatePart = PatternPart | Variable;

export interface TemplateSyntax {
  readonly allowsVariables: boolean;
  readonly allowsWildcards: boolean;
}

/** Gives the value of a condition key, whose name is in lower case. */
export type Lookup = (key: string) => readonly string[] | undefined;

const variableText = /^([A-Za-z0-9-]+:[^{}$*?',]{1,256}?)\s*(?:,\s*'([^'{}$]*)')?$/;

/** The parts of a value; undefined if one of its variables is not valid. */
export function parseTemplate(text: string, syntax: TemplateSyntax): readonly TemplatePart[] | undefined {
  const parts: TemplatePart[] = [];
  const addText = (literal: string) => {
    if (syntax.allowsWildcards) parts.push(...patternParts(literal));
    else if (literal !== '') parts.push(literal);
  };
  if (!syntax.allowsVariables) {
    addText(text);
    return parts;
  }
  let position = 0;
  for (let start = text.indexOf('${'); start >= 0; start = text.indexOf('${', position)) {
    const end = text.indexOf('}', start);
    if (end < 0) return undefined;
    const variable = parseVariable(text.slice(start + 2, end));
    if (variable === undefined) return undefined;
    addText(text.slice(position, start));
    parts.push(variable);
    position = end + 1;
  }
  addText(text.slice(position));
  return parts;
}

function parseVariable(text: string): TemplatePart | undefined {
  if (text === '*' || text === '?' || text === '$') return text;
  const [, key, fallback] = variableText.exec(text) ?? [];
  return key === undefined ? undefined : { key: key.toLowerCase(), fallback };
}

/** A compiled value. Without variables it is compiled once, else for every request that reaches it. */
export class Template {
  readonly #fixed: Matcher | undefined;

  constructor(readonly parts: readonly TemplatePart[]) {
    const fixed = parts.filter((part): part is PatternPart => !isVariable(part));
    this.#fixed = fixed.length < parts.length ? undefined : compileParts(fixed);
  }

  matches(text: string, lookup: Lookup | undefined, work: Work): boolean {
    if (this.#fixed !== undefined) return this.#fixed.matches(text, work);
    const parts = substitute(this.parts, lookup, work);
    return parts !== undefined && compileParts(parts).matches(text, work);
  }

  /** The value as text, where it holds no wildcards. Undefined if a variable has no value. */
  text(lookup: Lookup | undefined, work: Work): string | undefined {
    return substitute(this.parts, lookup, work)?.join('');
  }
}

/** The parts with values in place of variables; undefined if one has none. */
export function substitute(
  parts: readonly TemplatePart[],
  lookup: Lookup | undefined,
  work: Work,
): readonly PatternPart[] | undefined {
  const substituted: PatternPart[] = [];
  for (const part of parts) {
    if (!isVariable(part)) {
      substituted.push(part);
      continue;
    }
    const values = lookup?.(part.key);
    const value = (values?.length === 1 ? values[0] : undefined) ?? part.fallback;
    if (value === undefined) return undefined;
    work.steps += value.length;
    substituted.push(value);
  }
  return substituted;
}

export function isVariable(part: TemplatePart): part is Variable {
  return typeof part === 'object';
}

/** Whether the parts hold a wildcard or a variable, so that they do not stand for one fixed value. */
export function isFixed(parts: readonly TemplatePart[]): boolean {
  return parts.every((part) => part !== anyRun && part !== anyOne && !isVariable(part));
}
