// The OpenAPI document of the admin API, from the table of routes.
import { openApiDocumentOf } from '../open-api-document.js';
import type { AdminRoute } from './admin-route.js';
import { problemCodes } from './problem.js';

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { enum: Object.keys(problemCodes) },
    operationCode: { type: 'string', description: 'The code of IAM, STS or KMS that refused an operation' },
    requestId: { type: 'string' },
  },
};
const problem = {
  description: 'A refusal (RFC 9457)',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
const json = (schema: unknown) => ({ 'application/json': { schema } });

export function openApiDocument(routes: readonly AdminRoute[]): object {
  const signature = {
    type: 'apiKey',
    in: 'header',
    name: 'authorization',
    description: 'AWS4-HMAC-SHA256, service `cess`',
  };
  return openApiDocumentOf({
    title: 'Admin API of a CESS gateway',
    description:
      'Requests are signed with Signature Version 4 for the service `cess`; policies allow actions of the same prefix.',
    server: '/admin/v1',
    routes,
    operationOf,
    components: { schemas: { Problem: problemSchema }, securitySchemes: { signature } },
    security: [{ signature: [] }],
  });
}

function operationOf({ operationId, summary, parameters = [], action, requestSchema, schema }: AdminRoute): object {
  return {
    operationId,
    summary,
    ...(action === undefined ? {} : { description: `Needs the action ${action}.` }),
    parameters: parameters.map(({ name, in: place, description, schema: value, required = false }) => ({
      name,
      in: place,
      description,
      required,
      schema: value,
    })),
    ...(requestSchema === undefined ? {} : { requestBody: { required: false, content: json(requestSchema) } }),
    responses: {
      ...(schema === undefined
        ? { '204': { description: 'Done' } }
        : { '200': { description: 'The answer', content: json(schema) } }),
      default: problem,
    },
  };
}
