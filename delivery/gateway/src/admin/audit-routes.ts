// The audit log as its readers see it: what the caller's account asked for. How far the chain commits the gateway to it.
import type { AuditEntry, LoggedEntry } from '@cess/audit-log';
import { isOfOperator } from '../audit/account-changes.js';
import type { AdminRoute, Parameter } from './admin-route.js';
import { integerOf, limitParameter } from './parameters.js';

const entriesPage = limitParameter(1_000, 100);
const since: Parameter = {
  name: 'sinceMs',
  in: 'query',
  description: 'Entries from this time on, in Unix milliseconds',
  schema: { type: 'integer', minimum: 0, default: 0 },
};
const text = (name: string, description: string): Parameter => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string', maxLength: 1024 },
});
const firstFailure = 400;

export const auditRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/audit',
    operationId: 'readAuditLog',
    summary:
      'The newest operations of the account and of the operator on it that match, the oldest of them first. Reads the whole log.',
    parameters: [
      entriesPage,
      since,
      text('operation', 'Name of the operation, such as PutObject'),
      text('bucket', 'Name of a bucket'),
      text('key', 'Key of an object'),
      { name: 'failed', in: 'query', description: 'Only refused and failed ones', schema: { enum: ['true', 'false'] } },
    ],
    action: 'cess:ReadAuditLog',
    schema: {
      type: 'object',
      required: ['entries'],
      properties: {
        entries: {
          type: 'array',
          items: {
            type: 'object',
            required: ['sequence', 'time', 'operation', 'principal', 'status'],
            properties: {
              sequence: { type: 'integer' },
              time: { type: 'string', format: 'date-time' },
              requestId: { type: 'string' },
              operation: { type: 'string' },
              principal: { type: 'string' },
              accessKeyId: { type: 'string' },
              source: { type: 'string' },
              bucket: { type: 'string' },
              key: { type: 'string' },
              versionId: { type: 'string' },
              status: { type: 'integer' },
              errorCode: { type: 'string' },
              durationMs: { type: 'integer' },
            },
          },
        },
      },
    },
    async handle(call) {
      const { params, caller, services } = call;
      const [limit, sinceMs] = [integerOf(call, entriesPage), integerOf(call, since)];
      const account = `::${caller.account.id}:`;
      const isWanted = (entry: AuditEntry) =>
        entry.phase === 'ended' &&
        entry.timeMs >= sinceMs &&
        (entry.principal.includes(account) || isOfOperator(entry, caller.account.id)) &&
        (['operation', 'bucket', 'key'] as const).every(
          (name) => params[name] === undefined || entry[name] === params[name],
        ) &&
        (params['failed'] !== 'true' || entry.status >= firstFailure || entry.status === 0);
      const found: LoggedEntry[] = [];
      for await (const logged of services.auditLog()) {
        if (isWanted(logged.entry)) found.push(logged);
        if (found.length > limit) found.shift();
      }
      return { entries: found.map(shown) };
    },
  },
  {
    method: 'GET',
    path: '/audit/state',
    operationId: 'getAuditState',
    summary: 'How far the log has grown, and how far the chain commits the gateway to it',
    action: 'cess:ReadAuditLog',
    schema: {
      type: 'object',
      required: ['entries', 'anchored', 'failedWrites', 'isBehind'],
      properties: {
        entries: { type: 'integer' },
        anchored: { type: 'integer' },
        failedWrites: { type: 'integer' },
        isBehind: { type: 'boolean', description: 'The chain knows a later or another state of the log' },
      },
    },
    async handle({ services }) {
      const { entries, anchored, failures, isBehind } = services.auditState();
      return { entries, anchored, failedWrites: failures, isBehind };
    },
  },
];

function shown({ sequence, entry }: LoggedEntry) {
  const { timeMs, requestId, operation, principal, accessKeyId, source, status, errorCode, durationMs } = entry;
  const { bucket, key, versionId } = entry;
  const time = new Date(timeMs).toISOString();
  const caller = { principal, accessKeyId, source };
  return { sequence, time, requestId, operation, ...caller, bucket, key, versionId, status, errorCode, durationMs };
}
