// Parameters of routes: what the OpenAPI document says of them, and their values.
import type { AdminCall, Parameter } from './admin-route.js';
import { AdminProblem } from './problem.js';

export const bucketParameter: Parameter = {
  name: 'bucket',
  in: 'path',
  description: 'Name of the bucket',
  required: true,
  schema: { type: 'string', minLength: 3, maxLength: 63 },
};

export function limitParameter(maximum: number, standard: number): Parameter {
  return {
    name: 'limit',
    in: 'query',
    description: 'Most entries of the answer',
    schema: { type: 'integer', minimum: 1, maximum, default: standard },
  };
}

export const afterParameter: Parameter = {
  name: 'after',
  in: 'query',
  description: 'The `next` of the page before',
  schema: { type: 'string', maxLength: 4096 },
};

/** A whole number within the bounds that the parameter declares, or its default. */
export function integerOf({ params }: AdminCall, { name, schema }: Parameter): number {
  const text = params[name];
  if (text === undefined) return Number(schema['default']);
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  const [minimum, maximum] = [Number(schema['minimum'] ?? 0), Number(schema['maximum'] ?? Number.MAX_SAFE_INTEGER)];
  if (value >= minimum && value <= maximum) return value;
  throw new AdminProblem('InvalidParameter', `${name} must be a whole number from ${minimum} to ${maximum}.`);
}

export function textOf({ params }: AdminCall, name: string): string {
  const value = params[name];
  if (value === undefined || value === '') throw new AdminProblem('InvalidParameter', `${name} is missing.`);
  return value;
}
