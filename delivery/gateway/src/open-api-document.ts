// What the OpenAPI documents of all HTTP APIs of the gateway have in common.

interface DescribedRoute {
  readonly method: string;
  readonly path: string;
}

export interface OpenApiParts<Route extends DescribedRoute> {
  readonly title: string;
  readonly description: string;
  /** Prefix of all paths. */
  readonly server: string;
  readonly routes: readonly Route[];
  readonly operationOf: (route: Route) => object;
  readonly components: object;
  /** Of every operation that says nothing else. */
  readonly security?: readonly object[];
}

export function openApiDocumentOf<Route extends DescribedRoute>(parts: OpenApiParts<Route>): object {
  const { title, description, server, routes, operationOf, components, security } = parts;
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = paths[route.path] ?? {};
    path[route.method.toLowerCase()] = operationOf(route);
    paths[route.path] = path;
  }
  return {
    openapi: '3.1.0',
    info: { title, version: '1', description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: server }],
    ...(security === undefined ? {} : { security }),
    paths,
    components,
  };
}
