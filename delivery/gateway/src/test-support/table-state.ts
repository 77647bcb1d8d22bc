// The finalized state of a table chain, as far as receipts read it. It proves nothing.
import { type Header, query } from '@cess/client';
import type { FinalizedState } from '@cess/object-receipt';
import { toHex, utf8 } from '@cess/primitives';
import { fileId, segmentRoot } from '@cess/types';
import type { FileDeclaration } from '../chain-port.js';

export interface TableState {
  readonly genesis: Uint8Array;
  readonly gateway: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly files: readonly FileDeclaration[];
}

type Entry = readonly [key: Uint8Array, value: Uint8Array];

export function tableState(table: TableState): FinalizedState {
  const { BlockHash } = query.System;
  const { Oss } = query.Oss;
  const oss = {
    node_key: table.nodeKey,
    wrapping_key: new Uint8Array(32),
    endpoint: utf8('http://gateway'),
    domain: utf8(''),
  };
  const entries: Entry[] = [
    [BlockHash.key(0), table.genesis],
    [Oss.key(table.gateway), Oss.codec.encode(oss)],
    ...table.files.flatMap((file) => fileEntries(table, file)),
  ];
  const values = new Map(entries.map(([key, value]) => [toHex(key), value]));
  const hash = new Uint8Array(32);
  const header: Header = {
    parent_hash: hash,
    number: 9,
    state_root: hash,
    extrinsics_root: hash,
    digest: { logs: [] },
  };
  return {
    header,
    justification: new Uint8Array(0),
    setChanges: [],
    read: async (keys) => keys.map((key) => values.get(toHex(key))),
    prove: async () => [],
  };
}

function fileEntries(
  { genesis, gateway }: TableState,
  { owner, territory, orderId, segments }: FileDeclaration,
): Entry[] {
  const { Files, Segments, Fragments } = query.FileBank;
  const { Miners } = query.Sminer;
  const roots = segments.map(({ k, ciphertextLength, fragments }) =>
    segmentRoot({ k, ciphertextLength, fragmentRoots: fragments.map(({ root }) => root) }),
  );
  const id = fileId({ genesis, owner, orderId, segmentRoots: roots });
  const size = segments.reduce((sum, { ciphertextLength }) => sum + ciphertextLength, 0);
  const info = {
    ...{ owner, territory: utf8(territory), order_id: orderId, gateway, segment_count: segments.length },
    ...{ size: BigInt(size), stored_bytes: 0n, state: 'Active' as const, declared_at: 1 },
  };
  return [
    [Files.key(id), Files.codec.encode(info)],
    ...segments.flatMap(({ k, ciphertextLength, fragmentLength, fragments }, index): Entry[] => {
      const shape = { k, n: fragments.length, ciphertext_length: ciphertextLength, fragment_length: fragmentLength };
      return [
        [Segments.key(id, index), Segments.codec.encode({ ...shape, root: roots[index] ?? new Uint8Array(32) })],
        ...fragments.map(({ root, holder }, fragment): Entry => {
          const record = { root, holder, declared_at: 1, restored: 0 };
          return [Fragments.key(id, index, fragment), Fragments.codec.encode(record)];
        }),
        ...fragments.flatMap(({ holder }): Entry[] => {
          if (holder === undefined) return [];
          const miner = {
            ...{ account: new Uint8Array(32), beneficiary: new Uint8Array(32), node_key: new Uint8Array(32) },
            ...{ endpoint: utf8(''), staked: 0n, declared_space: 0n, service_space: 0n, fragment_count: 0n },
            ...{ proven_space: 0n, debt: 0n, failures: 0, state: 'Positive' as const, registered_at: 0 },
          };
          return [[Miners.key(holder), Miners.codec.encode(miner)]];
        }),
      ];
    }),
  ];
}
