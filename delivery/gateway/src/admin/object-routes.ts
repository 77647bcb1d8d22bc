// Where an object is: its files, their state on the chain, and who holds their fragments.
import type { FileRecord, ObjectRecord } from '@cess/object-index';
import { parseVersionId } from '@cess/object-index';
import { elementAt, toHex } from '@cess/primitives';
import { objectStatus } from '../s3/object-headers.js';
import type { AdminCall, AdminRoute, Schema } from './admin-route.js';
import { ownBucket } from './bucket-routes.js';
import { bucketParameter, integerOf, limitParameter, textOf } from './parameters.js';
import { AdminProblem } from './problem.js';

const fragmentSchema: Schema = {
  type: 'object',
  required: ['root', 'attested'],
  properties: {
    root: { type: 'string', description: 'Root of the fragment in hexadecimal' },
    provider: { type: 'integer', description: 'Index of the provider on the chain; absent: a hole' },
    attested: { type: 'boolean', description: 'The chain records the holder' },
  },
};
const fileSchema: Schema = {
  type: 'object',
  required: ['fileId', 'state', 'storedBytes', 'segments'],
  properties: {
    fileId: { type: 'string' },
    state: { enum: ['stored', 'declared', 'deleting', 'refused'] },
    storedBytes: { type: 'integer' },
    segments: { type: 'array', items: { type: 'array', items: fragmentSchema } },
  },
};
const filesPage = limitParameter(100, 16);

export const objectRoutes: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/buckets/{bucket}/object',
    operationId: 'getObjectStatus',
    summary: 'Protection of an object, and the holders of its fragments',
    parameters: [
      bucketParameter,
      { name: 'key', in: 'query', description: 'Key of the object', required: true, schema: { type: 'string' } },
      { name: 'versionId', in: 'query', description: 'Default: the current version', schema: { type: 'string' } },
      filesPage,
    ],
    action: 'cess:GetObjectStatus',
    resource: ({ bucket = '', key = '' }) => `arn:aws:s3:::${bucket}/${key}`,
    schema: {
      type: 'object',
      required: ['size', 'lastModified', 'status', 'files'],
      properties: {
        size: { type: 'integer' },
        lastModified: { type: 'string', format: 'date-time' },
        status: { enum: ['unrecorded', 'stored', 'lost', 'declared', 'tagged', 'proven', 'deleting'] },
        files: { type: 'array', items: fileSchema, description: 'The first files of the object' },
        hasMoreFiles: { type: 'boolean' },
      },
    },
    async handle(call) {
      const object = await ownObject(call);
      const limit = integerOf(call, filesPage);
      const ids = [...new Map(object.extents.map(({ fileId }) => [toHex(fileId), fileId])).values()];
      const files = await Promise.all(ids.slice(0, limit).map((fileId) => shownFile(call, fileId)));
      return {
        size: object.size,
        lastModified: new Date(object.lastModifiedMs).toISOString(),
        status: await objectStatus(call.services, object),
        files: files.flatMap((file) => (file === undefined ? [] : [file])),
        hasMoreFiles: ids.length > limit,
      };
    },
  },
];

async function ownObject(call: AdminCall): Promise<ObjectRecord> {
  await ownBucket(call);
  const text = call.params['versionId'];
  const versionId = text === undefined ? undefined : parseVersionId(text);
  if (text !== undefined && versionId === undefined)
    throw new AdminProblem('InvalidParameter', 'versionId is not the id of a version.');
  const name = { bucket: textOf(call, 'bucket'), key: textOf(call, 'key') };
  const object = await call.services.index.getObject(name, versionId);
  if (object === undefined || object.isDeleteMarker) throw new AdminProblem('NoSuchObject');
  return object;
}

async function shownFile({ services }: AdminCall, fileId: Uint8Array): Promise<unknown> {
  const carrier = await services.index.packs.carrierOf(fileId);
  return carrier === undefined
    ? undefined
    : {
        ...summaryOf(carrier.fileId, carrier.file),
        segments: await segmentsOf(services.index, carrier.fileId, carrier.file),
      };
}

function summaryOf(fileId: Uint8Array, { state, storedBytes }: FileRecord) {
  return { fileId: toHex(fileId), state, storedBytes };
}

async function segmentsOf(index: AdminCall['services']['index'], fileId: Uint8Array, { segmentCount }: FileRecord) {
  const numbers = Array.from({ length: segmentCount }, (_, number) => number);
  const segments = await Promise.all(numbers.map((number) => index.getSegment(fileId, number)));
  return numbers.map((number) =>
    (elementAt(segments, number)?.fragments ?? []).map(({ root, holder, attested }) => ({
      root: toHex(root),
      ...(holder === undefined ? {} : { provider: holder }),
      attested,
    })),
  );
}
