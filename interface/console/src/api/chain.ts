// The chain as the node says it, over the relay of the gateway: blocks, extrinsics, events, accounts, files. Not verified. Loaded when a
// screen of the chain is opened first.
import { ChainClient, type EventRecord, query, readExtrinsic, SS58_PREFIX } from '@cess/client';
import { decodeSs58, encodeSs58 } from '@cess/crypto';
import { fromHex, silentLogger, toHex, utf8OrEmpty } from '@cess/primitives';

export interface BlockHead {
  readonly number: number;
  readonly hash: string;
}

/** Of decoded data: bytes as hex, amounts as text. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

export interface ShownCall {
  readonly index: number;
  /** SS58; undefined for what the author of the block includes. */
  readonly signer: string | undefined;
  readonly name: string;
  readonly args: Plain;
  readonly events: readonly ShownEvent[];
  readonly isFailed: boolean;
}

export interface ShownEvent {
  readonly name: string;
  readonly fields: Plain;
}

export interface ShownBlock extends BlockHead {
  readonly parent: string;
  readonly stateRoot: string;
  readonly extrinsicsRoot: string;
  /** The node has a finality proof of this very block. */
  readonly hasJustification: boolean;
  readonly calls: readonly ShownCall[];
  /** Of no extrinsic. */
  readonly events: readonly ShownEvent[];
}

export interface ShownAccount {
  readonly address: string;
  /** In the smallest unit. */
  readonly free: string;
  readonly reserved: string;
  readonly nonce: number;
}

export type Found =
  | { readonly kind: 'block'; readonly hash: string }
  | { readonly kind: 'account'; readonly account: ShownAccount }
  | { readonly kind: 'file'; readonly fileId: string; readonly owner: string; readonly info: Plain };

let connection: Promise<ChainClient> | undefined;

/** One connection for all screens of the page. */
function connect(): Promise<ChainClient> {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  connection ??= ChainClient.connect({ endpoint: `${scheme}://${location.host}/chain`, logger: silentLogger }).catch(
    (error: unknown) => {
      connection = undefined;
      throw error;
    },
  );
  return connection;
}

/** The newest finalized blocks, the newest first. */
export async function latestBlocks(count: number): Promise<readonly BlockHead[]> {
  const client = await connect();
  const { number: newest } = await client.header(await client.finalizedHash());
  const numbers = Array.from({ length: Math.min(count, newest + 1) }, (_, index) => newest - index);
  const hashes = await Promise.all(numbers.map((number) => client.blockHash(number)));
  return numbers.flatMap((number, index) => {
    const hash = hashes[index];
    return hash === undefined ? [] : [{ number, hash: toHex(hash) }];
  });
}

/** Calls back with every new finalized block until the result is called. */
export function followBlocks(onBlock: (head: BlockHead) => void, onError: (error: unknown) => void): () => void {
  let isStopped = false;
  let stop: () => Promise<void> = async () => {};
  connect().then((client) => {
    if (!isStopped) stop = client.followFinalized(({ number }, hash) => onBlock({ number, hash: toHex(hash) }));
  }, onError);
  return () => {
    isStopped = true;
    void stop();
  };
}

export async function readBlock(hash: string): Promise<ShownBlock> {
  const client = await connect();
  const bytes = fromHex(hash);
  const [{ header, extrinsics, justification }, records] = await Promise.all([
    client.block(bytes),
    client.events(bytes),
  ]);
  return {
    number: header.number,
    hash,
    parent: toHex(header.parent_hash),
    stateRoot: toHex(header.state_root),
    extrinsicsRoot: toHex(header.extrinsics_root),
    hasJustification: justification !== undefined,
    calls: extrinsics.map((encoded, index) => callOf(encoded, index, records)),
    events: records.filter(({ phase }) => phase.type !== 'ApplyExtrinsic').map(eventOf),
  };
}

/** A block by number or hash, an account by its address, a file by its id. Undefined: the finalized chain has none of this name. */
export async function search(text: string): Promise<Found | undefined> {
  const client = await connect();
  if (/^\d{1,15}$/.test(text)) {
    const hash = await client.blockHash(Number(text));
    return hash === undefined ? undefined : { kind: 'block', hash: toHex(hash) };
  }
  const digits = /^(?:0x)?([0-9a-f]{64})$/i.exec(text)?.[1]?.toLowerCase();
  if (digits !== undefined) return fileOrBlock(client, digits);
  const address = decodeSs58(text);
  if (!address.ok) return undefined;
  const { accountId } = address.value;
  const { nonce, data } = await client.entry(query.System.Account, [accountId], await client.finalizedHash());
  const account = { address: text, nonce, free: String(data.free), reserved: String(data.reserved) };
  return { kind: 'account', account };
}

async function fileOrBlock(client: ChainClient, digits: string): Promise<Found | undefined> {
  const id = fromHex(digits);
  const info = await client.entry(query.FileBank.Files, [id], await client.finalizedHash());
  if (info !== undefined)
    return { kind: 'file', fileId: digits, owner: encodeSs58(info.owner, SS58_PREFIX), info: plain(info) };
  const json = await client.call<object | null>('chain_getHeader', [`0x${digits}`]);
  return json === null ? undefined : { kind: 'block', hash: digits };
}

function callOf(encoded: Uint8Array, index: number, records: readonly EventRecord[]): ShownCall {
  const { signer, pallet, call, args } = readExtrinsic(encoded);
  const events = records.filter(({ phase }) => phase.type === 'ApplyExtrinsic' && phase.value === index).map(eventOf);
  return {
    index,
    signer: signer === undefined ? undefined : encodeSs58(signer, SS58_PREFIX),
    name: `${pallet}.${call}`,
    args: plain(args),
    events,
    isFailed: events.some(({ name }) => name === 'System.ExtrinsicFailed'),
  };
}

function eventOf({ event }: EventRecord): ShownEvent {
  const { type, value } = event as {
    readonly type: string;
    readonly value: { readonly type: string; readonly value?: unknown };
  };
  return { name: `${type}.${value.type}`, fields: plain(value.value) };
}

function plain(value: unknown): Plain {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) return textOf(value) ?? `0x${toHex(value)}`;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

/** Names, such as those of territories, are bytes on the chain. */
function textOf(bytes: Uint8Array): string | undefined {
  const text = bytes.length > 0 && bytes.length < 64 ? utf8OrEmpty(bytes) : '';
  return /^[\x20-\x7e]+$/.test(text) ? JSON.stringify(text) : undefined;
}
