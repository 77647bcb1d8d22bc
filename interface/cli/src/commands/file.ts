// cess file show, cess file list
import { type ChainClient, type FileInfo, type FileRecord, type FragmentRecord, SS58_PREFIX } from '@cess/client';
import { proveFile } from '@cess/client/light';
import { encodeSs58 } from '@cess/crypto';
import { CessError, delay, formatBytes, fromHex, fromUtf8, toHex0x } from '@cess/primitives';
import { isIndexOrder } from '@cess/types';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { readFileRecord } from '../file-record.js';
import { trustOf, verifiedHead } from '../light-access.js';
import { type Listed, printListing } from '../listing.js';
import { fields, print, table } from '../output.js';
import { filesOf, parseFileId } from '../owned-files.js';
import { accountOf } from './account.js';

export interface ShowFileOptions {
  readonly verify?: boolean;
  /** ed25519 key to trust, hex; default: the authorities of the home's chain spec. */
  readonly authority?: string;
}

/** `target`: a file id in hex, or s3://bucket/key. */
export async function showFile(context: CliContext, target: string, options: ShowFileOptions): Promise<void> {
  const ids = target.startsWith('s3://') ? await idsOfObject(context, target) : [parseFileId(target)];
  const shown = await withChain(context, async (client) => {
    const all = [];
    for (const id of ids) all.push(await loadFile(context, client, id, options));
    return all;
  });
  if (context.json) return print(JSON.stringify(shown.map(toPlain), null, 2));
  for (const file of shown) printFile(file);
}

export interface ListFilesOptions {
  /** Most rows. Default: all. */
  readonly limit?: number;
  /** File id behind which the listing continues. */
  readonly after?: string;
}

/** Lists the files of an account in the order of the chain's keys, which is random but the same for every listing. */
export async function listFiles(
  context: CliContext,
  address: string | undefined,
  { limit, after }: ListFilesOptions,
): Promise<void> {
  const owner = await accountOf(context, address);
  const behind = after === undefined ? undefined : parseFileId(after);
  const { json } = context;
  await withChain(context, (client) => printListing(listedFiles(client, owner, behind), { json, limit }));
}

async function* listedFiles(
  client: ChainClient,
  owner: Uint8Array,
  behind: Uint8Array | undefined,
): AsyncGenerator<Listed> {
  for await (const { id, info } of filesOf(client, owner, behind)) {
    const rest = { segments: info.segment_count, block: info.declared_at, content: contentOf(info) };
    const file = toHex0x(id);
    const [size, stored] = [Number(info.size), Number(info.stored_bytes)];
    yield {
      row: { file, size: formatBytes(size), stored: formatBytes(stored), ...rest },
      json: { file, size, stored, ...rest },
      cursor: file,
    };
  }
}

/** An exported index is a file of the owner, too. */
function contentOf({ order_id: order }: FileInfo): 'data' | 'index' {
  return isIndexOrder(order) ? 'index' : 'data';
}

interface ShownFile {
  readonly record: FileRecord;
  /** Entries proven, when the record was verified. */
  readonly provenEntries: number | undefined;
}

async function loadFile(
  context: CliContext,
  client: ChainClient,
  id: Uint8Array,
  options: ShowFileOptions,
): Promise<ShownFile> {
  if (options.verify !== true) return { record: await readFileRecord(client, id), provenEntries: undefined };
  return proveFile(await verifiedHead(client, trustOf(context, options)), id);
}

/** How long to wait for the declaration of an object that was just stored. */
const declarationWaitMs = 20_000;

async function idsOfObject(context: CliContext, location: string): Promise<readonly Uint8Array[]> {
  // Signing imports gateway code, which takes longer to load than everything that other targets need.
  const { headObject } = await import('../s3-head.js');
  for (let waitedMs = 0; ; waitedMs += 500) {
    const { fileIds, status } = await headObject(context.home, location);
    if (fileIds.length === 0) throw new CessError('OBJECT_HAS_NO_FILE', 'An empty object has no file on the chain.');
    if (status !== 'stored' || waitedMs >= declarationWaitMs) return fileIds.map(fromHex);
    await delay(500);
  }
}

function printFile({ record, provenEntries }: ShownFile): void {
  const { info, segments } = record;
  print(
    fields({
      file: toHex0x(record.id),
      owner: encodeSs58(info.owner, SS58_PREFIX),
      territory: fromUtf8(info.territory),
      'declared by': encodeSs58(info.gateway, SS58_PREFIX),
      'declared in block': info.declared_at,
      content: contentOf(info) === 'index' ? 'part of the exported index of the gateway' : 'data',
      state: info.state,
      size: `${formatBytes(info.size)} of ciphertext, ${formatBytes(info.stored_bytes)} stored`,
      'state of block': `${record.blockNumber} (${toHex0x(record.blockHash)}), finalized`,
      proof:
        provenEntries === undefined
          ? 'not checked (--verify checks it)'
          : `holds: ${provenEntries} entries proven against the finalized header, id recomputed from all roots`,
    }),
  );
  for (const segment of segments) {
    const holes = segment.fragments.filter(({ holder }) => holder === undefined).length;
    const left = segment.n - holes;
    const isLost = left < segment.k;
    print(
      `\nsegment ${segment.index}: any ${segment.k} of ${segment.n} fragments of ${formatBytes(segment.fragmentLength)}${holes === 0 ? '' : `, ${holes} without a holder`}${isLost ? `, LOST: only ${left} are left` : ''}, root ${toHex0x(segment.root)}`,
    );
    print(
      table(
        segment.fragments.map((fragment) => ({
          fragment: fragment.index,
          provider: fragment.holder ?? null,
          state: stateOf(fragment),
          tagged: fragment.taggedAt ?? null,
          proven: fragment.provenAt ?? null,
          restored: fragment.restored,
          root: toHex0x(fragment.root),
        })),
      ),
    );
  }
}

function stateOf({ holder, taggedAt, provenAt }: FragmentRecord): string {
  if (holder === undefined) return 'to be restored';
  if (taggedAt === undefined) return 'declared';
  return provenAt === undefined ? 'tagged' : 'proven';
}

function toPlain({ record, provenEntries }: ShownFile) {
  const { info } = record;
  return {
    file: toHex0x(record.id),
    owner: encodeSs58(info.owner, SS58_PREFIX),
    territory: fromUtf8(info.territory),
    gateway: encodeSs58(info.gateway, SS58_PREFIX),
    declaredAt: info.declared_at,
    state: info.state,
    size: Number(info.size),
    storedBytes: Number(info.stored_bytes),
    block: { number: record.blockNumber, hash: toHex0x(record.blockHash) },
    verified: provenEntries !== undefined,
    provenEntries: provenEntries ?? 0,
    segments: record.segments.map((segment) => ({
      index: segment.index,
      k: segment.k,
      n: segment.n,
      ciphertextLength: segment.ciphertextLength,
      fragmentLength: segment.fragmentLength,
      root: toHex0x(segment.root),
      fragments: segment.fragments.map((fragment) => ({
        index: fragment.index,
        root: toHex0x(fragment.root),
        provider: fragment.holder ?? null,
        state: stateOf(fragment),
        taggedAt: fragment.taggedAt ?? null,
        provenAt: fragment.provenAt ?? null,
        restored: fragment.restored,
      })),
    })),
  };
}
