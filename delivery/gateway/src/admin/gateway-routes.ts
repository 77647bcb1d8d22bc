// The gateway itself, and the account of the caller.
import { SS58_PREFIX } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import type { AdminRoute } from './admin-route.js';

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
];
