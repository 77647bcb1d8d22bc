// Users, groups, roles, policies, access keys and named keys: the operations of IAM, STS and KMS, with parameters and answers in JSON.
import { jsonParameters } from '../query/query-json.js';
import type { AdminRoute } from './admin-route.js';
import { textOf } from './parameters.js';

export const serviceRoutes: readonly AdminRoute[] = [
  {
    method: 'POST',
    path: '/services/{service}/{operation}',
    operationId: 'performOperation',
    summary: 'An operation of IAM, STS or KMS by its name at Amazon, such as iam/CreateUser',
    parameters: [
      {
        name: 'service',
        in: 'path',
        description: 'The service',
        required: true,
        schema: { enum: ['iam', 'sts', 'kms'] },
      },
      {
        name: 'operation',
        in: 'path',
        description: 'Name of the operation; docs/operations/accounts.md lists them',
        required: true,
        schema: { type: 'string', pattern: '^[A-Za-z]+$' },
      },
    ],
    requestSchema: {
      type: 'object',
      description: 'Parameters of the operation; lists as Name.member.1',
      additionalProperties: { type: ['string', 'number', 'boolean'] },
    },
    schema: { type: 'object', description: 'The result as the service names its elements', additionalProperties: true },
    async handle(call) {
      const fields = jsonParameters(textOf(call, 'operation'), call.body);
      return (await call.perform(textOf(call, 'service'), fields)) ?? {};
    },
  },
];
