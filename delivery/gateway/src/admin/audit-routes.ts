// The audit log as its readers see it: what the caller's account asked for. How far the chain commits the gateway to it.
import type { AuditEntry, LoggedEntry } from '@cess/audit-log';
import { toHex } from '@cess/primitives';
import { isOfOperator } from '../audit/account-changes.js';
import type { AdminRoute, Parameter, Schema } from './admin-route.js';
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
/** The gateway trusts its node, so it cannot prove the anchors to anybody. */
const nodeAnchors = 'anchors that the chain node of the gateway reports';
const count = (description: string): Schema => ({ type: 'integer', description });
const verificationProperties: Readonly<Record<string, Schema>> = {
  sound: {
    type: 'boolean',
    description: 'The log can be read to its end, no anchor contradicts it, and none is missing in the folder',
  },
  comparedWith: {
    const: nodeAnchors,
    description:
      'For the newest finalized block, without a proof. `cess audit verify` on the gateway proves them by the finalized state.',
  },
  entries: count('Entries of the log, up to the last that can be read'),
  removedEntries: count('Entries that were removed with old segments'),
  anchoredEntries: count('Up to this entry the log is what the gateway committed itself to'),
  anchors: count('Anchors that the node reports'),
  agreeingAnchors: count('Anchors that the log agrees with'),
  contradictedAnchors: count('Anchors that the log contradicts, or does not reach: it was changed, cut or replaced'),
  firstContradictedEntry: { type: ['integer', 'null'] },
  removedAnchors: count('Anchors of removed entries, which cannot be compared'),
  missingAnchors: count('Anchors that the node counts and the folder does not have'),
  damaged: { type: 'boolean', description: 'The log cannot be read to its end' },
  head: { type: 'string', description: 'Head of the chain of hashes after the last entry, in hexadecimal' },
};

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
        call.signal.throwIfAborted();
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
  {
    method: 'POST',
    path: '/audit/verify',
    operationId: 'verifyAuditLog',
    summary:
      'Reads the whole log, checks its hashes and compares it with the anchors of the chain. One at a time, at most 10 minutes; it ends when the client leaves.',
    action: 'cess:ReadAuditLog',
    schema: {
      type: 'object',
      required: Object.keys(verificationProperties),
      properties: verificationProperties,
    },
    async handle({ services, signal }) {
      const check = await services.verifyAuditLog(signal);
      return {
        sound: check.isSound,
        comparedWith: nodeAnchors,
        entries: check.sequence,
        removedEntries: check.removed,
        anchoredEntries: check.anchored,
        anchors: check.anchors,
        agreeingAnchors: check.agreeing,
        contradictedAnchors: check.contradictions,
        firstContradictedEntry: check.contradicted[0]?.sequence ?? null,
        removedAnchors: check.outside,
        missingAnchors: check.missing,
        damaged: check.damage !== undefined,
        head: toHex(check.head),
      };
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
