// Light clients by number, with plain data in and out, so that one table of lies runs in Node and in a page of Chromium.
import { LightClient, parseCheckpoint } from '@cess/client/light';
import { fromHex, isCessError, toHex } from '@cess/primitives';

export interface OpenRequest {
  readonly endpoint: string;
  /** Text of a checkpoint. */
  readonly trust: string;
  readonly maxAgeMs?: number;
}

/** What came out of a call: a value that was proven, or the code of the refusal. */
export type Outcome<T> = { readonly value: T } | { readonly code: string };

export interface SyncedBlock {
  readonly number: number;
  readonly hash: string;
  readonly stateRoot: string;
}

export interface LightSubject {
  open(request: OpenRequest): Promise<number>;
  sync(client: number): Promise<Outcome<SyncedBlock>>;
  /** Values in hex, null where proven to be absent, and the block. */
  read(
    client: number,
    keys: readonly string[],
  ): Promise<Outcome<{ readonly at: number; readonly values: readonly (string | null)[] }>>;
  /** The newest verified block, without a question to the node. */
  finalized(client: number): Promise<SyncedBlock | null>;
  close(client: number): Promise<void>;
}

const clients: LightClient[] = [];

function clientOf(number: number): LightClient {
  const client = clients[number];
  if (client === undefined) throw new Error(`no client ${number}`);
  return client;
}

export const lightSubject: LightSubject = {
  open: async ({ endpoint, trust, maxAgeMs }) => {
    const limits = { callTimeoutMs: 1_500, maxProofBytes: 256 * 1024 };
    return clients.push(LightClient.over({ endpoint, trust: parseCheckpoint(trust), maxAgeMs, limits })) - 1;
  },
  sync: (client) =>
    outcomeOf(async () => {
      await clientOf(client).sync();
      return blockOf(clientOf(client)) as SyncedBlock;
    }),
  read: (client, keys) =>
    outcomeOf(async () => {
      const state = clientOf(client).state();
      const values = await state.read(keys.map(fromHex));
      return { at: state.block.number, values: values.map((value) => (value === undefined ? null : toHex(value))) };
    }),
  finalized: async (client) => blockOf(clientOf(client)),
  close: (client) => clientOf(client).stop(),
};

function blockOf({ finalized }: LightClient): SyncedBlock | null {
  if (finalized === undefined) return null;
  const { number, hash, header } = finalized;
  return { number, hash: toHex(hash), stateRoot: toHex(header.state_root) };
}

async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (isCessError(error)) return { code: error.code };
    throw error;
  }
}

Object.assign(globalThis, { lightSubject });
