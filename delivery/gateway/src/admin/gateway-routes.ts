// The gateway itself, and the account of the caller.
import { SS58_PREFIX } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import type { AdminCall, AdminRoute, Parameter } from './admin-route.js';
import { AdminProblem } from './problem.js';

/** Length of a period, and the series that is shown of it. */
const periods = {
  day: { days: 1, interval: 'hour' },
  week: { days: 7, interval: 'hour' },
  month: { days: 31, interval: 'hour' },
  year: { days: 366, interval: 'day' },
} as const;
const dayMs = 24 * 3_600_000;
const periodParameter: Parameter = {
  name: 'period',
  in: 'query',
  description: 'How far back from now',
  schema: { enum: Object.keys(periods), default: 'month' },
};

const counts = { type: 'object', additionalProperties: { type: 'integer' } };

export const gatewayRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/gateway',
    operationId: 'getGateway',
    summary: 'Health and backlog of the gateway',
    action: 'cess:GetGateway',
    schema: {
      type: 'object',
      required: ['region', 'startedAt', 'activeRequests', 'undeclaredFiles', 'unrecordedFiles', 'setAsideRecords'],
      properties: {
        region: { type: 'string' },
        startedAt: { type: 'string', format: 'date-time' },
        activeRequests: { type: 'integer' },
        undeclaredFiles: { type: 'integer', description: 'Declarations and deletions that are not on the chain yet' },
        unrecordedFiles: { ...counts, description: 'Stored files that wait for their owners, by reason' },
        setAsideRecords: { ...counts, description: 'Records that background work set aside, by loop' },
        usableProviders: { type: 'integer' },
        suspectProviders: { type: 'integer' },
        storageClasses: { type: 'array', items: { type: 'string' }, description: 'That new objects may have' },
      },
    },
    async handle({ services }) {
      const { region, startedAtMs, classes } = services;
      const startedAt = new Date(startedAtMs).toISOString();
      return { region, startedAt, ...(await services.health()), storageClasses: classes.names };
    },
  },
  {
    method: 'GET',
    path: '/account',
    operationId: 'getAccount',
    summary: 'The account of the caller and the space that it has left',
    action: 'cess:GetAccount',
    schema: {
      type: 'object',
      required: ['id', 'owner', 'canonicalId', 'territory', 'availableBytes'],
      properties: {
        id: { type: 'string', pattern: '^[0-9]{12}$' },
        owner: { type: 'string', description: 'SS58 address of the owner' },
        canonicalId: { type: 'string' },
        territory: { type: 'string', description: 'Where new buckets take their space' },
        availableBytes: { type: 'integer', description: 'Space that is left for uploads in this territory' },
      },
    },
    async handle({ caller: { account }, services }) {
      const { id, owner, canonicalId, territory } = account;
      const availableBytes = services.availableBytes({ owner, territory });
      return { id, owner: encodeSs58(owner, SS58_PREFIX), canonicalId, territory, availableBytes };
    },
  },
  {
    method: 'GET',
    path: '/account/usage',
    operationId: 'getAccountUsage',
    summary: 'What the account stored, its requests and traffic, by hour; of a year by day',
    parameters: [periodParameter],
    action: 'cess:GetAccountUsage',
    schema: {
      type: 'object',
      required: ['period', 'interval', 'nextSampleAt', 'samples'],
      properties: {
        period: { enum: Object.keys(periods) },
        interval: { enum: ['hour', 'day'], description: 'At most one sample is kept of each' },
        nextSampleAt: { type: 'string', format: 'date-time', description: 'When the gateway counts again' },
        samples: {
          type: 'array',
          description: 'The oldest first',
          items: {
            type: 'object',
            required: ['time', 'objects', 'versions', 'bytes', 'requests', 'receivedBytes', 'sentBytes'],
            properties: {
              time: { type: 'string', format: 'date-time' },
              objects: { type: 'integer', description: 'Current objects' },
              versions: { type: 'integer', description: 'All versions, delete markers included' },
              bytes: { type: 'integer', description: 'Sum of the sizes of all versions' },
              requests: {
                type: 'integer',
                description:
                  'Answered in the hour or day of the sample, and in those before it without a sample; refused ones included',
              },
              receivedBytes: { type: 'integer', description: 'Heads and bodies of these requests' },
              sentBytes: { type: 'integer', description: 'Heads and bodies of their answers' },
            },
          },
        },
      },
    },
    handle: usageOverTime,
  },
];

async function usageOverTime({ params, caller, services }: AdminCall): Promise<unknown> {
  const period = params['period'] ?? 'month';
  if (!isPeriod(period))
    throw new AdminProblem('InvalidParameter', `period must be one of ${Object.keys(periods).join(', ')}.`);
  const { days, interval } = periods[period];
  const { samples, nextMs } = await services.usageSamples(
    caller.account.owner,
    interval,
    services.nowMs() - days * dayMs,
  );
  return {
    period,
    interval,
    nextSampleAt: new Date(nextMs).toISOString(),
    samples: samples.map(({ timeMs, ...sample }) => ({ time: new Date(timeMs).toISOString(), ...sample })),
  };
}

function isPeriod(text: string): text is keyof typeof periods {
  return Object.hasOwn(periods, text);
}
