// Issues a receipt: reads the facts of the chain at one finalized block, collects their proof, and has the statement signed.
import {
  type ChainClient,
  type Header,
  headerCodec,
  headerHash,
  query,
  type SetChange,
  type SetChangeHistory,
} from '@cess/client';
import { CessError, toHex0x } from '@cess/primitives';
import { readFacts, wantedFacts } from './chain-facts.js';
import { encodeReceipt, maxReceiptBytes, maxSetChanges } from './envelope.js';
import type { ReadState } from './read-state.js';
import { type ReceiptStatement, statementMessage } from './statement.js';

/** The state after one finalized block. */
export interface FinalizedState {
  readonly header: Header;
  readonly justification: Uint8Array;
  /** How the voters changed before the block, from set 0 on. */
  readonly setChanges: readonly SetChange[];
  readonly read: ReadState;
  /** Trie nodes and values that prove these entries. */
  readonly prove: (keys: readonly Uint8Array[]) => Promise<readonly Uint8Array[]>;
}

/** What the gateway says of an object. */
export type ObjectStatement = Pick<ReceiptStatement, 'object' | 'extents' | 'files'>;

export interface Issuer {
  readonly genesis: Uint8Array;
  /** Account of the gateway. */
  readonly gateway: Uint8Array;
  /** Signs with the node key of the gateway. */
  readonly sign: (message: Uint8Array) => Uint8Array;
  readonly nowMs: () => number;
}

/** Entries for which a node is asked for a proof at once. */
const keysPerProof = 64;

/** The bytes of a receipt. Throws `OBJECT_RECEIPT_FACT_MISSING`, `OBJECT_RECEIPT_TOO_LARGE`, and errors of the chain. */
export async function issueReceipt(
  issuer: Issuer,
  state: FinalizedState,
  object: ObjectStatement,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { header, justification, setChanges } = state;
  const statement: ReceiptStatement = {
    genesis: toHex0x(issuer.genesis),
    gateway: toHex0x(issuer.gateway),
    block: { number: header.number, hash: toHex0x(headerHash(header)) },
    issuedAtMs: issuer.nowMs(),
    ...object,
  };
  const keys: Uint8Array[] = [];
  const chain = await readFacts((wanted) => {
    signal?.throwIfAborted();
    keys.push(...wanted);
    return state.read(wanted);
  }, wantedFacts(statement));
  const signature = issuer.sign(statementMessage(statement));
  const proof = await collectProof(state, keys, signal);
  const receipt = encodeReceipt(
    { statement, signature, header: headerCodec.encode(header), justification, setChanges, proof },
    chain,
  );
  if (receipt.length > maxReceiptBytes || setChanges.length > maxSetChanges)
    throw new CessError('OBJECT_RECEIPT_TOO_LARGE', `The receipt would have ${receipt.length} bytes.`);
  return receipt;
}

async function collectProof(
  state: FinalizedState,
  keys: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<readonly Uint8Array[]> {
  const items = new Map<string, Uint8Array>();
  for (let at = 0; at < keys.length; at += keysPerProof) {
    signal?.throwIfAborted();
    for (const item of await state.prove(keys.slice(at, at + keysPerProof))) items.set(toHex0x(item), item);
  }
  return [...items.values()];
}

/** The newest finalized state of the chain. Throws `OBJECT_RECEIPT_UNPROVABLE` and errors of the chain. */
export async function finalizedStateOf(client: ChainClient, changes: SetChangeHistory): Promise<FinalizedState> {
  const hash = await client.finalizedHash();
  const { header, justification } = await client.block(hash);
  if (justification === undefined) throw unprovable('has no finality proof for its finalized block');
  const setChanges = await changes.before(header.number);
  const setId = await client.value(query.Grandpa.CurrentSetId, header.parent_hash);
  if (BigInt(setChanges.length) !== setId) throw unprovable(`cannot prove how the voters became set ${setId}`);
  return {
    header,
    justification,
    setChanges,
    read: (keys) => client.values(keys, hash),
    prove: (keys) => client.readProof(keys, hash),
  };
}

function unprovable(reason: string): CessError {
  return new CessError('OBJECT_RECEIPT_UNPROVABLE', `The chain node ${reason}.`);
}
