// The OpenAPI document of the native API, from the table of routes.
import { openApiDocumentOf } from '../open-api-document.js';
import type { NativeRoute } from './native-route.js';

const refusalSchema = {
  type: 'object',
  required: ['code', 'msg', 'data', 'error', 'requestId'],
  properties: {
    code: { type: 'integer', description: 'The status of the answer' },
    msg: { type: 'string' },
    data: { type: 'null' },
    error: { type: 'string', description: 'A stable name of the error' },
    requestId: { type: 'string' },
  },
};
const refusal = {
  description: 'A refusal',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
};
const signatureParts = ['Account', 'EthAcc', 'Message', 'Signature', 'Territory'] as const;

export function openApiDocument(routes: readonly NativeRoute[]): object {
  const schemes = signatureParts.map((name) => [name, { type: 'apiKey', in: 'header', name }] as const);
  return openApiDocumentOf({
    title: 'Native upload API of a CESS gateway',
    description:
      'As clients of DeOSS 0.4.2 and cess-js-sdk-nodejs 0.2.6 use it. Wallets sign a message that holds a time.',
    server: '/.native',
    routes,
    operationOf,
    components: { schemas: { Refusal: refusalSchema }, securitySchemes: Object.fromEntries(schemes) },
  });
}

function operationOf(route: NativeRoute): object {
  const { operationId, summary, access, parameters = [], requestContent, otherAnswers = {} } = route;
  const others = Object.entries(otherAnswers).map(([status, description]) => [status, { description }]);
  return {
    operationId,
    summary,
    security: securityOf(access),
    parameters: parameters.map(({ in: place, required = false, ...parameter }) => ({
      ...parameter,
      in: place,
      required,
    })),
    ...(requestContent === undefined ? {} : { requestBody: { required: true, content: contentOf(requestContent) } }),
    responses: { '200': answerOf(route), ...Object.fromEntries(others), default: refusal },
  };
}

function securityOf(access: NativeRoute['access']): readonly object[] {
  if (access === 'anyone') return [];
  const territory = access === 'territory' ? { Territory: [] } : {};
  const signed = ['Account', 'EthAcc'].map((who) => ({ [who]: [], Message: [], Signature: [], ...territory }));
  return access === 'fid' ? [{}, ...signed] : signed;
}

function answerOf({ schema, operationId }: NativeRoute): object {
  if (schema === undefined) return { description: 'The content', content: contentOf({ '*/*': { type: 'string' } }) };
  if (operationId === 'getOpenApi')
    return { description: 'The document', content: contentOf({ 'application/json': schema }) };
  const answer = {
    type: 'object',
    required: ['code', 'msg', 'data'],
    properties: { code: { const: 200 }, msg: { const: 'ok' }, data: schema },
  };
  return { description: 'The answer', content: contentOf({ 'application/json': answer }) };
}

function contentOf(schemas: Readonly<Record<string, object>>): object {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }] as const));
}
