// Where an object is: its files, their state on the chain, who holds their fragments, and what the chain records of these.
import type { FileRecord, ObjectRecord } from '@cess/object-index';
import { parseVersionId } from '@cess/object-index';
import { elementAt, fromHex, toHex } from '@cess/primitives';
import { objectStatus } from '../s3/object-headers.js';
import type { AdminCall, AdminRoute, Schema } from './admin-route.js';
import { ownBucket } from './bucket-routes.js';
import { type FragmentOnChain, fragmentsOnChain } from './fragments-on-chain.js';
import { bucketParameter, integerOf, limitParameter, textOf } from './parameters.js';
import { AdminProblem } from './problem.js';

/** Of one answer: an object of 5 GiB in one part has fewer. */
const maxChainFragments = 2_048;

const nullable = (description: string): Schema => ({ type: ['integer', 'null'], description });
const chainSchema: Schema = {
  type: 'object',
  description: `What the chain records of the fragment; absent: nothing. For the first ${maxChainFragments} fragments of the answer.`,
  required: ['provider', 'since', 'restored', 'taggedAt', 'provenAt', 'restoral'],
  properties: {
    provider: nullable('Index of the provider that holds it; null: nobody does'),
    since: { type: 'integer', description: 'Block since which that is so' },
    restored: { type: 'integer', description: 'How often it was restored' },
    taggedAt: nullable('Block in which the tag was recorded'),
    provenAt: nullable('Block that opened the last round that the holder passed since the fragment was tagged'),
    restoral: {
      type: ['object', 'null'],
      description: 'The open order to restore it',
      required: ['reason', 'openedAt', 'claimedBy'],
      properties: {
        reason: { type: 'string' },
        openedAt: { type: 'integer' },
        claimedBy: nullable('Index of the provider that restores it'),
      },
    },
  },
};
const fragmentSchema: Schema = {
  type: 'object',
  required: ['root', 'attested'],
  properties: {
    root: { type: 'string', description: 'Root of the fragment in hexadecimal' },
    provider: { type: 'integer', description: 'Index of the provider on the chain; absent: a hole' },
    attested: { type: 'boolean', description: 'The chain records the holder' },
    chain: chainSchema,
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
        chainBlock: {
          type: 'integer',
          description: 'Finalized block whose state `chain` of the fragments shows; absent: the chain did not answer',
        },
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
        ...(await withChain(
          call,
          files.flatMap((file) => (file === undefined ? [] : [file])),
        )),
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

interface ShownFragment {
  readonly root: string;
  readonly provider?: number;
  readonly attested: boolean;
  readonly chain?: FragmentOnChain;
}

interface ShownFile {
  readonly fileId: string;
  readonly state: FileRecord['state'];
  readonly storedBytes: number;
  readonly segments: readonly (readonly ShownFragment[])[];
}

async function shownFile({ services }: AdminCall, fileId: Uint8Array): Promise<ShownFile | undefined> {
  const carrier = await services.index.packs.carrierOf(fileId);
  if (carrier === undefined) return undefined;
  const { state, storedBytes } = carrier.file;
  const segments = await segmentsOf(services.index, carrier.fileId, carrier.file);
  return { fileId: toHex(carrier.fileId), state, storedBytes, segments };
}

async function segmentsOf(
  index: AdminCall['services']['index'],
  fileId: Uint8Array,
  { segmentCount }: FileRecord,
): Promise<ShownFragment[][]> {
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

/** Adds what the chain records of the first fragments. */
async function withChain(
  { services, signal }: AdminCall,
  files: readonly ShownFile[],
): Promise<{ readonly files: readonly ShownFile[]; readonly chainBlock?: number }> {
  const places = files
    .flatMap(({ fileId, segments }) =>
      segments.flatMap((fragments, segment) =>
        fragments.map((_, fragment) => ({ fileId: fromHex(fileId), segment, fragment })),
      ),
    )
    .slice(0, maxChainFragments);
  const found = await fragmentsOnChain(services.finalizedState, places, signal);
  if (found === undefined) return { files };
  const next = found.fragments.values();
  const withFacts = (fragment: ShownFragment): ShownFragment => {
    const chain = next.next().value;
    return chain === undefined ? fragment : { ...fragment, chain };
  };
  return {
    files: files.map((file) => ({ ...file, segments: file.segments.map((segment) => segment.map(withFacts)) })),
    chainBlock: found.block,
  };
}
