// The S3 API as the AWS SDK of the dev dependencies declares it: its schemas carry the HTTP bindings of every operation.
import * as sdk from '@aws-sdk/client-s3';

export interface ModelOperation {
  readonly name: string;
  readonly method: string;
  /** For example `/{Key+}`. */
  readonly path: string;
  /** Query names, or `name=value`, that the operation always has; `x-id` is left out. */
  readonly literals: readonly string[];
  readonly queryNames: readonly string[];
  /** Lower-case. */
  readonly headers: readonly string[];
}

const operationKind = 9;

/** All operations of the SDK. */
export function modelOperations(): readonly ModelOperation[] {
  return Object.values<unknown>(sdk).flatMap((schema) => {
    if (!Array.isArray(schema) || schema[0] !== operationKind) return [];
    const [, , name, traits, input] = schema as [number, string, string, { http: [string, string] }, unknown];
    const [method, uri] = traits.http;
    const [path = '', literals = ''] = uri.split('?');
    const members = memberTraits(input);
    return {
      name,
      method,
      path,
      literals: literals.split('&').filter((literal) => literal !== '' && !literal.startsWith('x-id=')),
      queryNames: members.flatMap(({ httpQuery }) => httpQuery ?? []),
      headers: members.flatMap(({ httpHeader, httpPrefixHeaders }) => {
        const header = httpHeader ?? (httpPrefixHeaders === undefined ? undefined : `${httpPrefixHeaders}name`);
        return header === undefined ? [] : [header.toLowerCase()];
      }),
    };
  });
}

interface MemberTraits {
  readonly httpQuery?: string;
  readonly httpHeader?: string;
  readonly httpPrefixHeaders?: string;
}

/** The traits of an input structure's members: [kind, namespace, name, traits, member names, member schemas]. */
function memberTraits(input: unknown): readonly MemberTraits[] {
  const structure = resolved(input);
  const schemas = Array.isArray(structure) && Array.isArray(structure[5]) ? structure[5] : [];
  return schemas.map(resolved).flatMap((schema) => {
    if (!Array.isArray(schema)) return [];
    return schema.filter((part): part is MemberTraits => typeof part === 'object' && !Array.isArray(part));
  });
}

function resolved(schema: unknown): unknown {
  return typeof schema === 'function' ? schema() : schema;
}
