// Operators on text, ARNs, bytes and booleans.
import { ArnTemplate } from '../matching/arn.js';
import { parseTemplate, Template } from '../matching/template.js';
import type { ValueComparison, ValueSyntax } from './value-comparison.js';

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function compileString(value: string, { allowsVariables }: ValueSyntax): ValueComparison | undefined {
  return templateTest(value, { allowsVariables, allowsWildcards: false });
}

export function compileLike(value: string, { allowsVariables }: ValueSyntax): ValueComparison | undefined {
  return templateTest(value, { allowsVariables, allowsWildcards: true });
}

function templateTest(value: string, syntax: { allowsVariables: boolean; allowsWildcards: boolean }) {
  const parts = parseTemplate(value, syntax);
  if (parts === undefined) return undefined;
  const template = new Template(parts);
  const test: ValueComparison = (text, lookup, work) => template.matches(text, lookup, work);
  return test;
}

export function compileStringIgnoringCase(
  value: string,
  { allowsVariables }: ValueSyntax,
): ValueComparison | undefined {
  const parts = parseTemplate(value, { allowsVariables, allowsWildcards: false });
  if (parts === undefined) return undefined;
  const template = new Template(parts);
  return (text, lookup, work) => {
    work.steps += text.length;
    return template.text(lookup, work)?.toLowerCase() === text.toLowerCase();
  };
}

export function compileArn(value: string, syntax: ValueSyntax): ValueComparison | undefined {
  const pattern = ArnTemplate.compile(value, syntax);
  if (pattern === undefined || !/^(?:\*$|arn:|\$\{)/.test(value)) return undefined;
  return (text, lookup, work) => pattern.matches(text, lookup, work);
}

export function compileBoolean(value: string): ValueComparison | undefined {
  const policy = value.toLowerCase();
  if (policy !== 'true' && policy !== 'false') return undefined;
  return (text, _lookup, work) => {
    work.steps++;
    return text.length === policy.length && text.toLowerCase() === policy;
  };
}

/** Compares bytes; a value of the request is in base64, too. */
export function compileBinary(value: string): ValueComparison | undefined {
  if (!base64.test(value)) return undefined;
  const policy = Buffer.from(value, 'base64');
  return (text, _lookup, work) => {
    work.steps += text.length;
    return base64.test(text) && Buffer.from(text, 'base64').equals(policy);
  };
}
