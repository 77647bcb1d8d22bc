// All routes of the admin API.
import type { AdminRoute } from './admin-route.js';
import { auditRoutes } from './audit-routes.js';
import { bucketRoutes } from './bucket-routes.js';
import { gatewayRoutes } from './gateway-routes.js';
import { objectRoutes } from './object-routes.js';
import { openApiDocument } from './open-api.js';
import { serviceRoutes } from './service-routes.js';

const described: readonly AdminRoute[] = [
  ...gatewayRoutes,
  ...bucketRoutes,
  ...objectRoutes,
  ...auditRoutes,
  ...serviceRoutes,
];

export const adminRoutes: readonly AdminRoute[] = [
  ...described,
  {
    method: 'GET',
    path: '/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This document',
    schema: { type: 'object' },
    handle: async () => openApiDocument(adminRoutes),
  },
];
