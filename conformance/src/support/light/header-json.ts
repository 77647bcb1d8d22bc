// Headers as the RPC has them, there and back.
import { digestItem, type Header } from '@cess/chain-primitives';
import { fromHex, toHex0x } from '@cess/primitives';

interface HeaderJson {
  readonly parentHash: string;
  readonly number: string;
  readonly stateRoot: string;
  readonly extrinsicsRoot: string;
  readonly digest: { readonly logs: readonly string[] };
}

export function headerOfJson(value: unknown): Header {
  const json = value as HeaderJson;
  return {
    parent_hash: fromHex(json.parentHash),
    number: Number(json.number),
    state_root: fromHex(json.stateRoot),
    extrinsics_root: fromHex(json.extrinsicsRoot),
    digest: { logs: json.digest.logs.map((log) => digestItem.decode(fromHex(log))) },
  };
}

export function headerJson(header: Header): HeaderJson {
  return {
    parentHash: toHex0x(header.parent_hash),
    number: `0x${header.number.toString(16)}`,
    stateRoot: toHex0x(header.state_root),
    extrinsicsRoot: toHex0x(header.extrinsics_root),
    digest: { logs: header.digest.logs.map((log) => toHex0x(digestItem.encode(log))) },
  };
}
