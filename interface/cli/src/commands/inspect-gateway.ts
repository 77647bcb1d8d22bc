// cess gateway check, cess gateway repair: the index in the data folder of a stopped gateway. The exit code of a check is 1 when
// something needs a repair or a person.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ChainClient, query } from '@cess/client';
import {
  checkIndex,
  dropStrays,
  type IndexCheck,
  isIndexElsewhere,
  isIndexSound,
  ObjectIndex,
  openIndexFormat,
  RememberedChain,
} from '@cess/object-index';
import { CessError, equalBytes, toHex0x } from '@cess/primitives';
import { type Kv, lockDirectory, openLmdb } from '@cess/store';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { fields, print, type Row } from '../output.js';
import { parseAddress } from './account.js';

export interface CheckGatewayOptions {
  /** Account of the gateway. */
  readonly address?: string;
}

interface ChainComparison {
  /** Declared files of the index that the chain does not have. */
  readonly missing: readonly string[];
  /** Files that the gateway declared and the index does not know; null when its account was not given. */
  readonly unknown: readonly string[] | null;
}

const pageFiles = 500;
const shownIds = 20;
/** Ids that a check lists; it counts all others as more than that. */
const listedIds = 10_000;

export async function checkGatewayFolder(
  context: CliContext,
  folder: string,
  { address }: CheckGatewayOptions,
): Promise<void> {
  const gateway = address === undefined ? undefined : parseAddress(address);
  const dir = gatewayFolder(folder);
  const check = (client?: ChainClient) =>
    withIndex(dir, client, async (kv) => ({
      index: checkIndex(kv),
      chain: client === undefined ? null : await compare(kv, client, gateway),
    }));
  const { index, chain } = context.rpc === undefined ? await check() : await withChain(context, check);
  const sound = isIndexSound(index) && (chain === null || chain.missing.length + (chain.unknown?.length ?? 0) === 0);
  if (!sound) process.exitCode = 1;
  if (context.json) return print(JSON.stringify({ dir, sound, ...index, chain }, null, 2));
  print(fields({ folder: dir, ...readable(index, chain) }));
  for (const id of chain?.missing.slice(0, shownIds) ?? []) print(`not on the chain: ${id}`);
  for (const id of chain?.unknown?.slice(0, shownIds) ?? []) print(`not in the index: ${id}`);
  print(sound ? '\nNothing to repair.' : `\n${adviceOn(index, chain)}`);
}

export async function repairGatewayFolder(context: CliContext, folder: string): Promise<void> {
  const dir = gatewayFolder(folder);
  const repair = (client?: ChainClient) =>
    withIndex(dir, client, async (kv) => ({ dropped: await dropStrays(kv), index: checkIndex(kv) }));
  const { dropped, index } = context.rpc === undefined ? await repair() : await withChain(context, repair);
  const sound = isIndexSound(index);
  if (!sound) process.exitCode = 1;
  if (context.json) return print(JSON.stringify({ dir, dropped, sound, ...index }, null, 2));
  print(`${dropped} records that named nothing are dropped.`);
  if (!sound) print(adviceOn(index, null));
}

/**
 * Runs `work` with the index of a stopped gateway, upgraded if an older version wrote it. Throws `KV_LOCKED` while the gateway
 * runs, and what `openIndexFormat` throws for another network.
 */
async function withIndex<T>(dir: string, client: ChainClient | undefined, work: (kv: Kv) => Promise<T>): Promise<T> {
  const lock = lockDirectory(dir);
  try {
    const store = openLmdb({ path: dir });
    try {
      if (isIndexElsewhere(store)) {
        const message =
          'The index of this gateway lies in a database (index.postgres), which this command does not read.';
        throw new CessError('INDEX_IN_DATABASE', message);
      }
      const genesis = client?.genesisHash ?? new RememberedChain(store).identity()?.genesis;
      if (genesis === undefined) {
        throw new CessError('CHAIN_UNKNOWN', 'The folder does not say of which network it is. Pass --rpc.');
      }
      return await work(await openIndexFormat(store, genesis));
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}

async function compare(kv: Kv, client: ChainClient, gateway: Uint8Array | undefined): Promise<ChainComparison> {
  const index = new ObjectIndex(kv);
  const at = await client.finalizedHash();
  const { Files } = query.FileBank;
  const missing: string[] = [];
  for (
    let page = await index.listDeclared(pageFiles);
    page.length > 0;
    page = await index.listDeclared(pageFiles, page.at(-1))
  ) {
    const values = await client.values(
      page.map((id) => Files.key(id)),
      at,
    );
    for (const [i, id] of page.entries()) {
      if (values[i] === undefined && missing.length < listedIds) missing.push(toHex0x(id));
    }
  }
  if (gateway === undefined) return { missing, unknown: null };
  const unknown: string[] = [];
  for await (const [[id], info] of client.entries(Files, [], at)) {
    if (!equalBytes(info.gateway, gateway) || (await index.hasFile(id))) continue;
    if (unknown.length < listedIds) unknown.push(toHex0x(id));
  }
  return { missing, unknown };
}

function gatewayFolder(folder: string): string {
  const dir = resolve(folder);
  if (existsSync(join(dir, 'data.mdb'))) return dir;
  throw new CessError('FOLDER_NOT_FOUND', `${dir} is no data folder of a gateway.`);
}

function adviceOn(
  { strays, tables, withoutFile, segmentsMissing, packFaults, versionFaults }: IndexCheck,
  chain: ChainComparison | null,
): string {
  const advice: string[] = [];
  if (strays > 0) advice.push('cess gateway repair drops the records that name nothing.');
  if (
    withoutFile + segmentsMissing + packFaults + versionFaults > 0 ||
    Object.values(tables).some(({ unreadable }) => unreadable > 0)
  ) {
    advice.push('Restore the folder from a backup; objects with damaged records cannot be read, all others can.');
  }
  if (chain !== null && chain.missing.length > 0)
    advice.push('Objects of files that the chain lacks lose their fragments.');
  if ((chain?.unknown ?? []).length > 0) {
    advice.push('The owner can delete files that the index does not know with cess file delete.');
  }
  return advice.join('\n');
}

function readable({ tables, files, outbox, held, ...check }: IndexCheck, chain: ChainComparison | null): Row {
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ') || 'none';
  const unreadable = Object.fromEntries(
    Object.entries(tables).flatMap(([name, table]) => (table.unreadable === 0 ? [] : [[name, table.unreadable]])),
  );
  return {
    records: counts(Object.fromEntries(Object.entries(tables).map(([name, { records }]) => [name, records]))),
    unreadable: counts(unreadable),
    files: counts(files),
    'not yet on the chain': `${outbox.declarations} declarations, ${outbox.deletions} deletions`,
    'held for their owners': counts(held),
    'objects and parts without a file': check.withoutFile,
    'files and packs that contradict each other': check.packFaults,
    'versions that contradict each other': check.versionFaults,
    'segments missing': check.segmentsMissing,
    'records that name nothing': check.strays,
    'not on the chain': chain === null ? 'not compared' : chain.missing.length,
    'not in the index': chain?.unknown?.length ?? 'not compared',
  };
}
