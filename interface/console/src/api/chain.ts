// The chain over the relay of the gateway: what the node answers, not verified (`light.ts` verifies). One connection serves all screens; it is
// made when a screen first needs it.
import { ChainClient, type Header, isPruned, query, readExtrinsic, SS58_PREFIX } from '@cess/client';
import { decodeSs58, encodeSs58 } from '@cess/crypto';
import { CessError, fromHex, isCessError, silentLogger, toHex } from '@cess/primitives';
import { followFinalized } from './follow-finalized.js';
import { relayUrl } from './relay.js';

let connecting: Promise<ChainClient> | undefined;

/** Rejects where the relay cannot be reached; the next call tries again. */
export function connectChain(): Promise<ChainClient> {
  connecting ??= ChainClient.connect({ endpoint: relayUrl(), logger: silentLogger }).catch((error: unknown) => {
    connecting = undefined;
    throw error;
  });
  return connecting;
}

export const addressOf = (account: Uint8Array): string => encodeSs58(account, SS58_PREFIX);

/** Undefined for what is no address, whatever its prefix. */
export function accountOf(address: string): Uint8Array | undefined {
  const decoded = decodeSs58(address);
  return decoded.ok && decoded.value.accountId.length === 32 ? decoded.value.accountId : undefined;
}

interface BlockSummary {
  readonly number: number;
  /** Hex. */
  readonly hash: string;
  readonly extrinsics: number;
}

export interface Heads {
  readonly best: number;
  readonly finalized: number;
  /** Newest first. */
  readonly blocks: readonly BlockSummary[];
}

const shownBlocks = 20;

/** Calls back with the newest finalized blocks, and again with each new one, until the result is called. */
export function followHeads(client: ChainClient, onHeads: (heads: Heads) => void, onError: (error: unknown) => void) {
  let known: readonly BlockSummary[] = [];
  const read = async () => {
    const { number } = await client.header(await client.finalizedHash());
    const first = Math.max(1, number - shownBlocks + 1, (known[0]?.number ?? 0) + 1);
    const added: BlockSummary[] = [];
    for (let at = number; at >= first; at--) added.push(await summaryOf(client, at));
    known = [...added, ...known].slice(0, shownBlocks);
    const { number: best } = await client.header();
    return { best, finalized: number, blocks: known };
  };
  return followFinalized(client, read, onHeads, onError);
}

async function summaryOf(client: ChainClient, number: number): Promise<BlockSummary> {
  const hash = await blockHashOf(client, number);
  const { extrinsics } = await client.block(hash);
  return { number, hash: toHex(hash), extrinsics: extrinsics.length };
}

export interface ShownEvent {
  readonly pallet: string;
  readonly name: string;
  readonly value: unknown;
  /** Of the block, in which it happened; undefined: in its hooks. */
  readonly extrinsic: number | undefined;
}

export interface ShownExtrinsic {
  readonly index: number;
  readonly pallet: string;
  readonly call: string;
  /** Undefined for what the author of the block puts in. */
  readonly signer: string | undefined;
  readonly args: unknown;
  readonly bytes: number;
  /** Undefined where the events are pruned. */
  readonly isSuccess: boolean | undefined;
}

export interface ShownBlock {
  readonly number: number;
  readonly hash: string;
  readonly parent: string;
  readonly stateRoot: string;
  readonly extrinsicsRoot: string;
  readonly isFinal: boolean;
  readonly hasNext: boolean;
  /** Unix milliseconds; undefined where the state is pruned, and for the genesis. */
  readonly timeMs: number | undefined;
  readonly extrinsics: readonly ShownExtrinsic[];
  /** Undefined where the state is pruned. */
  readonly events: readonly ShownEvent[] | undefined;
}

/** `id`: a number, or a hash in hex. Undefined where there is no such block. */
export async function readBlock(client: ChainClient, id: string): Promise<ShownBlock | undefined> {
  const hash = /^\d+$/.test(id) && id.length < 12 ? await client.blockHash(Number(id)) : hashOf(id);
  if (hash === undefined) return undefined;
  const block = await unlessMissing(client.block(hash));
  if (block === undefined) return undefined;
  const finalized = await client.header(await client.finalizedHash());
  const canonical = await client.blockHash(block.header.number);
  const events = await unlessMissing(client.events(hash));
  const now = await unlessMissing(client.value(query.Timestamp.Now, hash));
  const shown = events?.map(({ phase, event }) => ({
    pallet: event.type,
    name: event.value.type,
    value: event.value.value as unknown,
    extrinsic: phase.type === 'ApplyExtrinsic' ? phase.value : undefined,
  }));
  return {
    ...headerFields(block.header),
    hash: toHex(hash),
    isFinal: block.header.number <= finalized.number && canonical !== undefined && toHex(canonical) === toHex(hash),
    hasNext: block.header.number < finalized.number,
    timeMs: now === undefined || block.header.number === 0 ? undefined : Number(now),
    events: shown,
    extrinsics: block.extrinsics.map((encoded, index) => {
      const { pallet, call, signer, args } = readExtrinsic(encoded);
      return {
        ...{ index, pallet, call, args, bytes: encoded.length },
        signer: signer === undefined ? undefined : addressOf(signer),
        isSuccess: shown === undefined ? undefined : !shown.some((event) => failed(event, index)),
      };
    }),
  };
}

const failed = ({ pallet, name, extrinsic }: ShownEvent, index: number): boolean =>
  pallet === 'System' && name === 'ExtrinsicFailed' && extrinsic === index;

function headerFields({ number, parent_hash, state_root, extrinsics_root }: Header) {
  return { number, parent: toHex(parent_hash), stateRoot: toHex(state_root), extrinsicsRoot: toHex(extrinsics_root) };
}

interface ShownAccount {
  readonly address: string;
  readonly nonce: number;
  readonly free: bigint;
  readonly held: bigint;
  readonly frozen: bigint;
  /** What the held tokens are for. */
  readonly holds: unknown;
  readonly territories: readonly {
    readonly name: string;
    readonly state: string;
    readonly totalBytes: number;
    readonly usedBytes: number;
    readonly deadline: number;
  }[];
  readonly provider: number | undefined;
  readonly isCandidate: boolean;
}

export async function readAccount(client: ChainClient, account: Uint8Array): Promise<ShownAccount> {
  const at = await client.finalizedHash();
  const { nonce, data } = await client.entry(query.System.Account, [account], at);
  const territories = [];
  for await (const [[, name], info] of client.entries(query.StorageHandler.Territory, [account], at)) {
    territories.push({
      name: new TextDecoder().decode(name),
      state: String(info.state),
      totalBytes: Number(info.total_space),
      usedBytes: Number(info.used_space),
      deadline: info.deadline,
    });
  }
  return {
    address: addressOf(account),
    nonce,
    free: data.free,
    held: data.reserved,
    frozen: data.frozen,
    holds: await client.entry(query.Balances.Holds, [account], at),
    territories,
    provider: await client.entry(query.Sminer.MinerIndex, [account], at),
    isCandidate: (await client.entry(query.Staking.Candidates, [account], at)) !== undefined,
  };
}

interface ShownValidator {
  readonly seat: number;
  readonly address: string;
  /** Hex. */
  readonly key: string;
  readonly stake: bigint | undefined;
  readonly blocks: number;
  readonly missed: number;
}

interface ShownElection {
  readonly era: number;
  readonly epoch: number;
  readonly setId: number;
  readonly validators: readonly ShownValidator[];
  readonly candidates: number;
}

/** Undefined for a chain without elections. */
export async function readElection(client: ChainClient): Promise<ShownElection | undefined> {
  const at = await client.finalizedHash();
  const clock = await client.value(query.Session.Clock, at);
  if (clock === undefined) return undefined;
  const points = await client.value(query.Staking.Points, at);
  const validators: ShownValidator[] = [];
  for (const [seat, holder] of clock.seats.entries()) {
    if (holder === undefined) continue;
    const candidate = await client.entry(query.Staking.Candidates, [holder.account], at);
    const own = points.find(({ account }) => toHex(account) === toHex(holder.account));
    validators.push({
      seat,
      address: addressOf(holder.account),
      key: toHex(holder.key),
      stake: candidate?.stake,
      blocks: own?.blocks ?? 0,
      missed: own?.missed ?? 0,
    });
  }
  return {
    era: Number(clock.era),
    epoch: Number(clock.epoch),
    setId: Number(await client.value(query.Grandpa.CurrentSetId, at)),
    validators,
    candidates: await client.value(query.Staking.CandidateCount, at),
  };
}

interface AnyItem {
  readonly itemPrefix: Uint8Array;
  readonly docs: readonly string[];
  readonly parts: readonly unknown[];
  decodeValue(bytes: Uint8Array | undefined): unknown;
  decodeKey?(raw: Uint8Array): readonly unknown[];
}

const pallets = query as unknown as Readonly<Record<string, Readonly<Record<string, AnyItem>>>>;

interface StorageItemName {
  readonly item: string;
  readonly docs: string;
  readonly isMap: boolean;
}

/** The storage of all pallets, as this console's version of the runtime declares it. */
export function storageItems(): ReadonlyMap<string, readonly StorageItemName[]> {
  return new Map(
    Object.entries(pallets).map(([pallet, items]) => [
      pallet,
      Object.entries(items).map(([item, { docs, parts }]) => ({ item, docs: docs.join(' '), isMap: parts.length > 0 })),
    ]),
  );
}

export interface StoragePage {
  readonly entries: readonly { readonly raw: string; readonly keys: readonly unknown[]; readonly value: unknown }[];
  /** Raw key behind which the next page begins; undefined after the last one. */
  readonly next: string | undefined;
}

const entriesPerPage = 50;

/** Undefined for an item that is not declared. */
export async function readStorage(
  client: ChainClient,
  { pallet, item, after }: { readonly pallet: string; readonly item: string; readonly after?: string | undefined },
): Promise<StoragePage | undefined> {
  const declared = pallets[pallet]?.[item];
  if (declared === undefined) return undefined;
  const at = await client.finalizedHash();
  const prefix = `0x${toHex(declared.itemPrefix)}`;
  const block = `0x${toHex(at)}`;
  const params = [prefix, entriesPerPage, after ?? null, block];
  const keys = await client.call<readonly string[]>('state_getKeysPaged', params);
  const raw = keys.map((key) => fromHex(key));
  const values = await client.values(raw, at);
  return {
    entries: raw.map((key, index) => ({
      raw: toHex(key),
      keys: declared.decodeKey?.(key) ?? [],
      value: declared.decodeValue(values[index]),
    })),
    next: keys.length < entriesPerPage ? undefined : keys.at(-1),
  };
}

/** Where a text leads: a block by number or hash, an account, a file. Undefined where the chain knows nothing of the kind. */
export async function findOnChain(client: ChainClient, text: string): Promise<readonly string[] | undefined> {
  const wanted = text.trim();
  if (/^\d{1,11}$/.test(wanted)) {
    return (await client.blockHash(Number(wanted))) === undefined ? undefined : ['explorer', 'block', wanted];
  }
  if (accountOf(wanted) !== undefined) return ['explorer', 'account', wanted];
  const hash = hashOf(wanted);
  if (hash === undefined) return undefined;
  if ((await client.entry(query.FileBank.Files, [hash])) !== undefined) return ['explorer', 'file', toHex(hash)];
  if ((await unlessMissing(client.header(hash))) !== undefined) return ['explorer', 'block', toHex(hash)];
  // Any 32 bytes may be an account; one that the chain knows has a nonce or tokens.
  const { nonce, data } = await client.entry(query.System.Account, [hash]);
  return nonce > 0 || data.free + data.reserved > 0n ? ['explorer', 'account', addressOf(hash)] : undefined;
}

function hashOf(text: string): Uint8Array | undefined {
  return /^(0x)?[0-9a-f]{64}$/i.test(text) ? fromHex(text) : undefined;
}

/** Undefined for a block that the node does not have, and for a state that it has pruned. */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isCessError(error, 'CHAIN_BLOCK_UNKNOWN') || isPruned(error)) return undefined;
    throw error;
  }
}

/** Throws `CHAIN_BLOCK_UNKNOWN`. */
export async function blockHashOf(client: ChainClient, number: number): Promise<Uint8Array> {
  const hash = await client.blockHash(number);
  if (hash === undefined) throw new CessError('CHAIN_BLOCK_UNKNOWN', 'The chain node does not have this block.');
  return hash;
}
