// JSON shapes of the Substrate RPC and their conversion to this project's types.

import { digestItem, type Header } from '@cess/chain-primitives';
import { fromHex } from '@cess/primitives';

export interface HeaderJson {
  readonly parentHash: string;
  readonly number: string;
  readonly stateRoot: string;
  readonly extrinsicsRoot: string;
  readonly digest: { readonly logs: readonly string[] };
}

export interface BlockJson {
  readonly block: { readonly header: HeaderJson; readonly extrinsics: readonly string[] };
  /** `[engine, encoded justification]`; nodes give bytes as hex or as arrays. */
  readonly justifications: readonly (readonly [unknown, unknown])[] | null;
}

export interface RuntimeVersionJson {
  readonly specName: string;
  readonly specVersion: number;
  readonly transactionVersion: number;
}

/** Throws `HEX_MALFORMED` or `SCALE_MALFORMED` on a header that is not one. */
export function headerFromJson(json: HeaderJson): Header {
  return {
    parent_hash: fromHex(json.parentHash),
    number: Number(json.number),
    state_root: fromHex(json.stateRoot),
    extrinsics_root: fromHex(json.extrinsicsRoot),
    digest: { logs: json.digest.logs.map((log) => digestItem.decode(fromHex(log))) },
  };
}
