// What a route of the admin API is made of. The table of routes is the only place that names them: the router, the OpenAPI document and
// its test read it.
import type { Caller } from '@cess/accounts';
import type { AdminServices } from './admin-services.js';

/** A JSON Schema (2020-12). */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema: Schema;
  readonly required?: boolean;
}

export interface AdminCall {
  /** Path and query parameters that the route declares, each at most once. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly caller: Caller;
  readonly services: AdminServices;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
  /** Performs an operation of IAM, STS or KMS for the caller. */
  readonly perform: (service: string, fields: ReadonlyMap<string, string>) => Promise<unknown>;
}

export interface AdminRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/admin/v1`, with names of path parameters in braces. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  /** The action that policies allow; absent where the operation decides by itself. */
  readonly action?: `cess:${string}`;
  /** What the action is applied to. Default: `*`. */
  readonly resource?: (params: Readonly<Record<string, string>>) => string;
  readonly requestSchema?: Schema;
  /** Of the answer with status 200; absent: 204 without content. */
  readonly schema?: Schema;
  readonly handle: (call: AdminCall) => Promise<unknown>;
}

export interface MatchedRoute<R = AdminRoute> {
  readonly route: R;
  readonly pathParams: Readonly<Record<string, string>>;
}

/** The route of a path; undefined if no route has this path, and `methods` alone if none has the method. */
export function matchRoute<R extends { readonly method: string; readonly path: string }>(
  routes: readonly R[],
  method: string,
  path: string,
): MatchedRoute<R> | { readonly methods: readonly string[] } | undefined {
  const found = routes.flatMap((route) => {
    const pathParams = matchPath(route.path, path);
    return pathParams === undefined ? [] : [{ route, pathParams }];
  });
  if (found.length === 0) return undefined;
  return found.find(({ route }) => route.method === method) ?? { methods: found.map(({ route }) => route.method) };
}

function matchPath(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const [names, parts] = [template.split('/'), path.split('/')];
  if (names.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? '';
    if (name.startsWith('{')) {
      if (part === '') return undefined;
      params[name.slice(1, -1)] = part;
    } else if (name !== part) return undefined;
  }
  return params;
}
