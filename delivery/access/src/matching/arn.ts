// Patterns for Amazon Resource Names, arn:partition:service:region:account:resource. The six fields are matched one by one,
// so a wildcard never reaches over a colon between fields; the resource itself may hold colons. Missing fields match
// everything, as Amazon documents for the element Resource; `*` alone matches every text.
//
// The fields of a pattern are cut before variables are replaced, so that a value with colons (tags of a principal may have
// some) cannot shift fields. Only a pattern that gets its ARN from a variable as a whole is cut afterwards.
import { anyRun, type PatternPart, type Work } from './parts.js';
import { isVariable, type Lookup, parseTemplate, substitute, Template, type TemplatePart } from './template.js';

const fieldCount = 6;

export interface ArnSyntax {
  readonly allowsVariables: boolean;
}

export class ArnTemplate {
  /** The fields; undefined if they are known only with the values of a request. */
  readonly #fields: readonly Template[] | undefined;

  private constructor(readonly parts: readonly TemplatePart[]) {
    const fields = splitFields(parts);
    const isLate = fields.length < fieldCount && parts.some(isVariable);
    this.#fields = isLate ? undefined : complete(fields).map((field) => new Template(field));
  }

  /** Undefined if the text is no pattern of an ARN. */
  static compile(text: string, { allowsVariables }: ArnSyntax): ArnTemplate | undefined {
    const parts = parseTemplate(text, { allowsVariables, allowsWildcards: true });
    return parts === undefined ? undefined : new ArnTemplate(parts);
  }

  matches(arn: string, lookup: Lookup | undefined, work: Work): boolean {
    work.steps += arn.length;
    return this.matchesFields(arnFields(arn), lookup, work);
  }

  /** Matches an ARN that `arnFields` has cut. */
  matchesFields(arn: readonly string[], lookup: Lookup | undefined, work: Work): boolean {
    const fields = this.#fields ?? this.#fieldsOf(lookup, work);
    if (fields === undefined) return false;
    if (fields.length === 0) return true;
    if (arn.length !== fieldCount) return false;
    return fields.every((field, index) => field.matches(arn[index] ?? '', lookup, work));
  }

  #fieldsOf(lookup: Lookup | undefined, work: Work): readonly Template[] | undefined {
    const parts = substitute(this.parts, lookup, work);
    return parts === undefined ? undefined : complete(splitFields(parts)).map((field) => new Template(field));
  }
}

/** The fields of an ARN; fewer than six for a text that is none. */
export function arnFields(arn: string): readonly string[] {
  const fields: string[] = [];
  let start = 0;
  while (fields.length < fieldCount - 1) {
    const colon = arn.indexOf(':', start);
    if (colon < 0) break;
    fields.push(arn.slice(start, colon));
    start = colon + 1;
  }
  return [...fields, arn.slice(start)];
}

function complete(fields: readonly (readonly TemplatePart[])[]): readonly (readonly TemplatePart[])[] {
  // `*` alone, which has one field.
  if (fields.length === 1 && fields[0]?.length === 1 && fields[0][0] === anyRun) return [];
  const missing = Array.from({ length: fieldCount - fields.length }, (): readonly TemplatePart[] => [anyRun]);
  return [...fields, ...missing];
}

/** Cuts literal parts at their first five colons. */
function splitFields(parts: readonly TemplatePart[]): readonly (readonly TemplatePart[])[] {
  const fields: TemplatePart[][] = [[]];
  for (const part of parts) {
    if (typeof part !== 'string') {
      fields.at(-1)?.push(part);
      continue;
    }
    let rest: PatternPart = part;
    while (fields.length < fieldCount) {
      const colon: number = rest.indexOf(':');
      if (colon < 0) break;
      if (colon > 0) fields.at(-1)?.push(rest.slice(0, colon));
      fields.push([]);
      rest = rest.slice(colon + 1);
    }
    if (rest !== '') fields.at(-1)?.push(rest);
  }
  return fields;
}
